/** A school whose devices are simulated: a browser with a manual clock, a disk in memory, a scripted network. */
import type { HybridDataAdapter } from "../../src/adapter/contract.ts";
import { createHybridDataAdapter } from "../../src/adapter/create-hybrid-data-adapter.ts";
import type { Stage } from "../../src/domain/stages.ts";
import type { SchoolDomain } from "../../src/remote/api/school-domain.ts";
import { type Browser, breath, browser } from "../support/browser.ts";
import { network } from "../support/network.ts";
import type { TestServer } from "../support/server.ts";
import { type DeviceOptions, type More, type School, type SchoolDevice, schoolOn } from "./school-on.ts";

export interface AdapterDevice extends SchoolDevice {
  readonly browser: Browser;
  /** Another tab of the same browser, which follows while the first one leads. */
  openTab(): Promise<HybridDataAdapter<SchoolDomain>>;
  /** Closes this tab and opens another one on the same disk. */
  reopen(more?: More): Promise<void>;
}

export type AdapterSchool = School<AdapterDevice>;

export const adapterSchool = (server: TestServer, stage: Stage): Promise<AdapterSchool> =>
  schoolOn<AdapterDevice>({ server, stage, openDevice });

async function openDevice({ server, school, name, who, more, seed, opened }: DeviceOptions): Promise<AdapterDevice> {
  const own = browser(seed);
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
  opened(() => (current.tab.dead ? Promise.resolve() : settled(own, current.adapter.close())));
  return {
    get adapter() {
      return current.adapter;
    },
    browser: own,
    network: net,
    settled: (promise) => settled(own, promise),
    until: (check) => settled(own, until(check)),
    async sync() {
      await settled(own, current.adapter.syncNow());
    },
    async openTab() {
      const { tab, adapter } = await open(more);
      opened(() => (tab.dead ? Promise.resolve() : settled(own, adapter.close())));
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
    setOnline(online) {
      if (online) net.heal();
      else net.always("drop");
      own.online = online;
    },
    stored: async () => new Map(own.disk.values),
  };
}

async function until(check: () => boolean): Promise<void> {
  while (!check()) await breath();
}

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
