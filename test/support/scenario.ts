/** A school with its real server and its devices: each with a browser, tabs, and a network that can be scripted. */

import { WebSocket } from "ws";
import { type Domain, domainSet } from "../../src/domain/define-domain.ts";
import { parseRecordId, schoolIdOf } from "../../src/domain/ids.ts";
import { emptyRecord } from "../../src/domain/record.ts";
import type { Stage } from "../../src/domain/stages.ts";
import { openRecordStore } from "../../src/local/open-record-store.ts";
import type { Committed, RecordStore, RecordView } from "../../src/local/record-store.ts";
import { createLiveChannel } from "../../src/remote/live-channel.ts";
import { createSyncTransport } from "../../src/remote/sync-transport.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { createSyncEngine, type SyncEngine } from "../../src/sync/engine.ts";
import type { SyncEvent, SyncState } from "../../src/sync/state.ts";
import type { SyncReport } from "../../src/sync/status.ts";
import { type Browser, type BrowserTab, breath, browser } from "./browser.ts";
import { type Network, network } from "./network.ts";
import type { TestServer, TokenFor } from "./server.ts";

type Row = Record<string, unknown>;

export interface Tab {
  readonly store: RecordStore;
  readonly engine: SyncEngine;
  /** What the engine went through: `state event`. */
  readonly trace: string[];
  create(domain: string, id: string, fields: Row): Promise<Committed>;
  update(domain: string, id: string, fields: Row): Promise<Committed>;
  remove(domain: string, id: string): Promise<Committed>;
  get(domain: string, id: string): RecordView | null;
  sync(): Promise<SyncReport>;
  /** Ends in order. */
  close(): Promise<void>;
  /** Dies. */
  kill(): void;
}

export interface Device extends Omit<Tab, "close" | "kill"> {
  readonly browser: Browser;
  readonly network: Network;
  /** Open live channels. */
  readonly sockets: ReadonlySet<object>;
  /** The first tab, or the one that was opened by `reopen`. */
  readonly tab: Tab;
  openTab(options?: { readonly domains?: readonly Domain[] }): Promise<Tab>;
  /** Closes this tab and opens another one on the same disk. */
  reopen(options?: { readonly domains?: readonly Domain[] }): Promise<Tab>;
  /** Waits, in real moments but without moving the clock, until something is so. */
  until(what: () => boolean): Promise<void>;
}

export interface Scenario {
  readonly server: TestServer;
  readonly school: string;
  /** @param prepare what is wrong with its network from the beginning */
  device(name: string, who?: Omit<TokenFor, "school">, prepare?: (net: Network) => void): Promise<Device>;
  setStage(stage: Stage, domain?: string): Promise<void>;
  /** The rows of a domain, by SQL: id, version and the named columns. */
  rows(domain: string, columns?: readonly string[]): Promise<Row[]>;
  /** How many changes the history holds, of a domain or in all. */
  changes(domain?: string): Promise<number>;
  /** The mutations that the server has taken, by client and id in the order of their sequence. */
  conflicts(): Promise<Row[]>;
  close(): Promise<void>;
}

export interface ScenarioOptions {
  readonly stage?: Stage;
  readonly domains?: readonly Domain[];
  /** Where the server listens for WebSockets; without it, no device has a live channel. */
  readonly live?: string;
}

let schools = 0;

/** A school of its own on the server that is given. */
export async function scenario(
  server: TestServer,
  { stage = "dualwrite", domains = schoolDomains, live }: ScenarioOptions = {},
): Promise<Scenario> {
  schools += 1;
  const school = schoolIdOf(`scenario ${schools}`);
  const tabs: Tab[] = [];
  const it: Scenario = {
    server,
    school,
    async device(name, who = {}, prepare = () => undefined) {
      const user = who.user ?? name;
      const sockets = new Set<object>();
      const own = browser(schools * 100 + tabs.length);
      const net = network((request) => server.fetch(request));
      prepare(net);
      own.busy = () => net.busy;
      const open = async (options: { readonly domains?: readonly Domain[] } = {}): Promise<Tab> => {
        const token = await server.token({ ...who, user, school });
        const place = { net, token, name: `${school}/${user}`, live, sockets };
        const tab = await openTab(own.open(), place, options.domains ?? domains);
        tabs.push(tab);
        return tab;
      };
      return deviceOf(await open(), open, { own, net, sockets });
    },
    async setStage(to, domain) {
      const { epoch } = (await server.call("GET", "/api/migration/stage", { school })).body;
      const body = { stage: to, epoch, ...(domain === undefined ? {} : { domain }) };
      const answer = await server.call("PUT", "/api/migration/stage", { school, body });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    },
    rows: (domain, columns = ["name"]) =>
      server.sql(
        `select id::text, version::int, ${columns.join(", ")} from ${tableName(domain)} where school_id = '${school}' order by id`,
      ),
    async changes(domain) {
      const which = domain === undefined ? "" : `and domain = '${domain}'`;
      const [row] = await server.sql(`select count(*)::int as n from history where school_id = '${school}' ${which}`);
      return Number(row?.n);
    },
    conflicts: () =>
      server.sql(`select kind, domain, loser, author from conflicts where school_id = '${school}' order by at`),
    close: async () => {
      await Promise.all(tabs.map((tab) => tab.close()));
    },
  };
  if (stage !== "off") await it.setStage(stage);
  return it;
}

const tableName = (domain: string): string => domain.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

interface Place {
  readonly net: Network;
  readonly token: string;
  readonly name: string;
  readonly live: string | undefined;
  readonly sockets: Set<object>;
}

/** A page's socket: the browser says from which origin. */
const pageSocket = (origin: string, sockets: Set<object>) =>
  class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers: { origin } });
      this.on("open", () => sockets.add(this));
      this.on("close", () => sockets.delete(this));
    }
  };

async function openTab(
  tab: BrowserTab,
  { net, token, name, live, sockets }: Place,
  list: readonly Domain[],
): Promise<Tab> {
  const domains = domainSet(list);
  const { platform, storage } = tab;
  const store = await openRecordStore({ storage, domains, platform, name });
  const trace: string[] = [];
  const transport = createSyncTransport({
    fetch: (request) => (tab.dead ? new Promise(() => {}) : net.fetch(request)),
    baseUrl: "http://server",
    token: () => token,
    timers: platform.timers,
  });
  const engine = createSyncEngine({
    store,
    transport,
    ...(live === undefined
      ? {}
      : {
          live: createLiveChannel({
            WebSocket: pageSocket(live, sockets),
            baseUrl: live,
            token: () => token,
            timers: platform.timers,
            entropy: platform.entropy,
          }),
        }),
    platform,
    domains,
    name,
    trace: (state: SyncState, event: SyncEvent) => trace.push(`${state.kind} ${event.kind}`),
  });
  engine.start();
  let closed = false;
  return {
    store,
    engine,
    trace,
    create: (domain, id, fields) => {
      const record = { ...emptyRecord(domains.get(domain), parseRecordId(id), null), ...fields, id: parseRecordId(id) };
      return store.commit([{ kind: "create", domain, record: { externalId: null, extra: {}, ...record } }]);
    },
    update: (domain, id, fields) => store.commit([{ kind: "update", domain, id: parseRecordId(id), fields }]),
    remove: (domain, id) => store.commit([{ kind: "delete", domain, id: parseRecordId(id) }]),
    get: (domain, id) => store.get(domain, id),
    sync: () => engine.syncNow(),
    async close() {
      if (closed || tab.dead) return;
      closed = true;
      await engine.close();
      await store.close();
    },
    kill() {
      tab.kill();
    },
  };
}

function deviceOf(
  first: Tab,
  open: (options?: { readonly domains?: readonly Domain[] }) => Promise<Tab>,
  { own, net, sockets }: { readonly own: Browser; readonly net: Network; readonly sockets: ReadonlySet<object> },
): Device {
  let current = first;
  return {
    browser: own,
    network: net,
    sockets,
    get tab() {
      return current;
    },
    get store() {
      return current.store;
    },
    get engine() {
      return current.engine;
    },
    get trace() {
      return current.trace;
    },
    create: (...args) => current.create(...args),
    update: (...args) => current.update(...args),
    remove: (...args) => current.remove(...args),
    get: (...args) => current.get(...args),
    sync: () => current.sync(),
    openTab: open,
    async reopen(options) {
      await current.close();
      current = await open(options);
      return current;
    },
    async until(what) {
      // The server works in real moments; this is only how long a broken test may take.
      for (const since = performance.now(); performance.now() - since < 20_000; ) {
        if (what()) return;
        await breath();
      }
      throw new Error(`it never came to it; the engine is ${JSON.stringify(current.engine.status())}`);
    },
  };
}
