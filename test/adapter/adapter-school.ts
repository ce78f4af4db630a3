/** A school of its own on a test server, with devices whose whole app is an adapter. */

import type { HybridDataAdapter } from "../../src/adapter/contract.ts";
import { createHybridDataAdapter } from "../../src/adapter/create-hybrid-data-adapter.ts";
import type { HybridDataAdapterOptions } from "../../src/adapter/options.ts";
import { schoolIdOf } from "../../src/domain/ids.ts";
import type { Stage } from "../../src/domain/stages.ts";
import type { SchoolDomain } from "../../src/remote/api/school-domain.ts";
import { type Browser, breath, browser } from "../support/browser.ts";
import { type Network, network } from "../support/network.ts";
import type { TestServer, TokenFor } from "../support/server.ts";

type Row = Record<string, unknown>;
type More = Partial<HybridDataAdapterOptions<SchoolDomain>>;

export interface AdapterDevice {
  readonly adapter: HybridDataAdapter<SchoolDomain>;
  readonly browser: Browser;
  readonly network: Network;
  /** Moves the clock, while nothing else is at work, until the promise settles. */
  settled<T>(promise: Promise<T>): Promise<T>;
  /** Pushes and pulls. */
  sync(): Promise<void>;
  /** Another tab of the same browser, which follows while the first one leads. */
  openTab(): Promise<HybridDataAdapter<SchoolDomain>>;
  /** Closes this tab and opens another one on the same disk. */
  reopen(more?: More): Promise<void>;
  /** Dies with its tab, and opens another one on the same disk. */
  crash(more?: More): Promise<void>;
}

export interface AdapterSchool {
  readonly server: TestServer;
  readonly school: string;
  device(name: string, who?: TokenFor, more?: More): Promise<AdapterDevice>;
  setStage(stage: Stage, domain?: string): Promise<void>;
  rows(domain: string, columns?: readonly string[]): Promise<Row[]>;
  changes(): Promise<number>;
  /** By a strange client: straight into the server. */
  post(domain: string, fields: Row): Promise<Row>;
  close(): Promise<void>;
}

let schools = 0;

export async function adapterSchool(server: TestServer, stage: Stage): Promise<AdapterSchool> {
  schools += 1;
  const school = schoolIdOf(`adapter school ${schools}`);
  const devices: { close(): Promise<void> }[] = [];
  const it: AdapterSchool = {
    server,
    school,
    async device(name, who = {}, more = {}) {
      const own = browser(schools * 100 + devices.length);
      const net = network((request) => server.fetch(request));
      // Signing is real work, on another thread.
      let signing = 0;
      const token = (): Promise<string> => {
        signing += 1;
        return server.token({ user: name, ...who, school }).finally(() => {
          signing -= 1;
        });
      };
      own.busy = () => net.busy || signing > 0;
      const open = async (options: More) => {
        const tab = own.open();
        const adapter = await createHybridDataAdapter({
          school,
          user: name,
          storage: tab.storage,
          platform: tab.platform,
          server: {
            baseUrl: "http://server",
            token,
            fetch: (request) => (tab.dead ? new Promise(() => {}) : net.fetch(request)),
            WebSocket: null,
          },
          ...options,
        });
        return { tab, adapter };
      };
      let current = await open(more);
      const device: AdapterDevice = {
        get adapter() {
          return current.adapter;
        },
        browser: own,
        network: net,
        settled: (promise) => settled(own, promise),
        async sync() {
          await settled(own, current.adapter.syncNow());
        },
        async openTab() {
          const { tab, adapter } = await open(more);
          devices.push({ close: () => (tab.dead ? Promise.resolve() : settled(own, adapter.close())) });
          return adapter;
        },
        async reopen(next = {}) {
          await settled(own, current.adapter.close());
          current = await open({ ...more, ...next });
        },
        async crash(next = {}) {
          current.tab.kill();
          current = await open({ ...more, ...next });
        },
      };
      devices.push({ close: () => (current.tab.dead ? Promise.resolve() : settled(own, current.adapter.close())) });
      return device;
    },
    async setStage(to, domain) {
      const { epoch } = (await server.call("GET", "/api/migration/stage", { school })).body;
      const body = { stage: to, epoch, ...(domain === undefined ? {} : { domain }) };
      const answer = await server.call("PUT", "/api/migration/stage", { school, body });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    },
    rows: (domain, columns = ["name"]) =>
      server.sql(
        `select id::text, ${columns.join(", ")} from ${tableName(domain)} where school_id = '${school}' order by id`,
      ),
    async changes() {
      const [row] = await server.sql(`select count(*)::int as n from history where school_id = '${school}'`);
      return Number(row?.n);
    },
    async post(domain, fields) {
      const answer = await server.call("POST", `/api/${domain}`, { school, body: fields });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body;
    },
    close: async () => {
      await Promise.all(devices.map((device) => device.close()));
    },
  };
  if (stage !== "off") await it.setStage(stage);
  return it;
}

const tableName = (domain: string): string => domain.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The clock stands still while the server works; otherwise it runs, by a tenth of a second, until the promise settles. */
async function settled<T>(own: Browser, promise: Promise<T>): Promise<T> {
  let over = false;
  const watched = promise.finally(() => {
    over = true;
  });
  watched.catch(() => undefined);
  for (let quiet = 0; !over; ) {
    await breath();
    quiet = own.busy() ? 0 : quiet + 1;
    if (quiet > 40) {
      quiet = 0;
      await own.advance(100);
    }
  }
  return watched;
}
