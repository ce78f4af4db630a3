/** A demo: a school of its own on the page's server, a device with a real adapter on IndexedDB, and a store over it. */
import { seedRecords } from "../../mocks/seed-records.ts";
import { createSchoolStore } from "../../slices/create-school-store.ts";
import type { SchoolState } from "../../slices/school-slices.ts";
import type { HybridDataAdapter } from "../../src/adapter/contract.ts";
import { createHybridDataAdapter } from "../../src/adapter/create-hybrid-data-adapter.ts";
import { AdapterError } from "../../src/domain/errors.ts";
import { schoolIdOf } from "../../src/domain/ids.ts";
import type { Stage } from "../../src/domain/stages.ts";
import { browserPlatform } from "../../src/platform/browser-platform.ts";
import type { SchoolDomain } from "../../src/remote/api/school-domain.ts";
import { createFaultSwitch, type FaultSwitch, noFault } from "./fault-switch.ts";
import { type PageServer, pageServer } from "./page-server.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import { seeds } from "./seeds.ts";
import { type ServerRow, serverRows } from "./server-rows.ts";
import { createSights, type Sights } from "./sights.ts";
import { databaseName, deleteDatabase, demoLock, sweepDatabases } from "./stored-text.ts";

export interface Demo {
  readonly adapter: HybridDataAdapter<SchoolDomain>;
  readonly store: ReturnType<typeof createSchoolStore>;
  readonly fault: FaultSwitch;
  readonly requests: RequestLog;
  /** Where each record is. */
  readonly sights: Sights;
  /** Of the device, in IndexedDB. */
  readonly database: string;
  /** As they are in the tables, by SQL, whatever the network does. */
  rows(): Promise<readonly ServerRow[]>;
  /** Ends all of it and deletes the device's database. */
  close(): Promise<void>;
}

/** How the components of a demo see its store. */
export type DemoState = SchoolState;
export type DemoDispatch = Demo["store"]["dispatch"];

const user = "storybook";

export async function openDemo(stage: Stage): Promise<Demo> {
  const server = await pageServer();
  // Never the same twice: a story that is drawn again finds nothing of the one before.
  const name = `demo ${crypto.randomUUID()}`;
  const school = schoolIdOf(name);
  const database = databaseName(school, user);
  const release = await held(demoLock(database));
  await sweepDatabases(user);
  if (stage !== "off") await prepareServer(server, name, stage);

  const requests = createRequestLog();
  const fault = createFaultSwitch(server.mock.faults, () => adapter.tokenChanged());
  const platform = { ...browserPlatform(), connectivity: fault.connectivity };
  const adapter: HybridDataAdapter<SchoolDomain> = await createHybridDataAdapter({
    school,
    user,
    server: {
      baseUrl: location.origin,
      token: () => server.mock.tokenOf({ school: name, user }),
      fetch: requests.fetch,
    },
    platform,
    // This page is the server and the database, too, and may be slow to answer itself.
    answerWithinMs: 10_000,
    // Every read is compared, where the stage compares at all, so that it can be seen.
    compareShare: 1,
  });
  await adapter.syncNow();
  if (stage === "off") await seedDevice(adapter);
  const store = createSchoolStore({ adapter });
  const rows = () => serverRows(server.mock.server.services.db, school);
  const sights = await createSights({ adapter, rows, requests });
  return {
    adapter,
    store,
    fault,
    requests,
    sights,
    database,
    rows,
    async close() {
      fault.set(noFault);
      sights.close();
      store.disconnect();
      await adapter.close();
      await deleteDatabase(database);
      release();
    },
  };
}

/** Until somebody else has it, and for as long as the page lives or until it is let go. */
const held = (name: string): Promise<() => void> =>
  new Promise((resolve) => {
    void navigator.locks.request(name, () => new Promise<void>((release) => resolve(release)));
  });

/** The records are there and the stage is set before the device comes. */
async function prepareServer({ mock }: PageServer, school: string, stage: Stage): Promise<void> {
  const token = await mock.tokenOf({ school });
  /** Past the network and its faults. */
  const call = async (method: string, path: string, body: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const request = new Request(location.origin + path, { method, headers, body: JSON.stringify(body) });
    const response = await mock.server.fetch(request);
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    throw new AdapterError("SERVER_ANSWER", `The demo could not be prepared: ${JSON.stringify(answer)}`);
  };
  await seedRecords(mock.server.services.domains, seeds, (body) => call("POST", "/api/sync/patch", body));
  await call("PUT", "/api/migration/stage", { stage, epoch: 0 });
}

/** In `off` nobody but the device has anything. */
const seedDevice = (adapter: HybridDataAdapter<SchoolDomain>): Promise<unknown> =>
  adapter.batch(
    Object.entries(seeds).flatMap(([domain, records]) =>
      records.map((draft) => ({ kind: "create", domain, draft }) as const),
    ),
  );
