/** A school whose devices are this page: real IndexedDB, locks, timers and fetch, and the server behind a service worker. */
import { createHybridDataAdapter } from "../../src/adapter/create-hybrid-data-adapter.ts";
import type { Stage } from "../../src/domain/stages.ts";
import { indexedDbBytes } from "../support/indexeddb-bytes.ts";
import { mortalTab } from "../support/mortal-tab.ts";
import { network } from "../support/network.ts";
import type { TestServer } from "../support/server-on.ts";
import { type DeviceOptions, type More, type School, type SchoolDevice, schoolOn } from "./school-on.ts";

export const schoolInPage = (server: TestServer, stage: Stage): Promise<School> =>
  schoolOn({ server, stage, openDevice, run: crypto.randomUUID() });

async function openDevice({ server, school, name, who, more, opened }: DeviceOptions): Promise<SchoolDevice> {
  const net = network((request) => fetch(request));
  const database = `hybrid-data-adapter/${school}/${name}`;
  const open = async (options: More) => {
    const tab = await mortalTab(database);
    const adapter = await createHybridDataAdapter({
      school,
      user: name,
      storage: tab.storage,
      platform: tab.platform,
      // On a machine that is busy with other tests an answer may take its time; who tests that none comes says so.
      answerWithinMs: 10_000,
      server: {
        baseUrl: location.origin,
        token: () => server.token({ user: name, ...who, school }),
        fetch: (request) => (tab.dead ? new Promise(() => {}) : net.fetch(request)),
        WebSocket: null,
      },
      ...options,
    });
    await until(() => adapter.status().sync.leading);
    return { tab, adapter };
  };
  let current = await open(more);
  opened(() => current.adapter.close());
  return {
    get adapter() {
      return current.adapter;
    },
    network: net,
    settled: (promise) => promise,
    until,
    async sync() {
      await current.adapter.syncNow();
    },
    async crash(next = {}) {
      current.tab.kill();
      current = await open({ ...more, ...next });
    },
    setOnline(online) {
      if (online) net.heal();
      else net.always("drop");
      current.tab.setOnline(online);
    },
    stored: () => indexedDbBytes(database),
  };
}

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 5));
}
