/** A tab with the record store and the sync engine, as the app has them; called by the driven tests. */
import { domainSet } from "../../../src/domain/define-domain.ts";
import { parseRecordId } from "../../../src/domain/ids.ts";
import { emptyRecord, parseRecord } from "../../../src/domain/record.ts";
import { openStorage } from "../../../src/local/localforage-storage.ts";
import { openRecordStore } from "../../../src/local/open-record-store.ts";
import type { RecordStore } from "../../../src/local/record-store.ts";
import { browserPlatform } from "../../../src/platform/browser-platform.ts";
import { browserDisk } from "../../../src/platform/disk.ts";
import { browserHints } from "../../../src/platform/hints.ts";
import { createSyncTransport } from "../../../src/remote/sync-transport.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { students } from "../../../src/school/students.ts";
import { createSyncEngine, type SyncEngine } from "../../../src/sync/engine.ts";

const platform = browserPlatform();
const domains = domainSet(schoolDomains);

const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

const studentOf = (number: number) =>
  parseRecord(students, {
    ...emptyRecord(students, parseRecordId(idOf(number)), null),
    name: `Student ${number}`,
    email: `student-${number}@school.example`,
  });

/** Milliseconds since 1970, in fractions. */
const wallClock = (): number => performance.timeOrigin + performance.now();

const seen = { records: new Map<string, number>(), bare: new Map<string, number>() };

const bareChannel = new BroadcastChannel("bare");

let tab: { readonly store: RecordStore; readonly engine: SyncEngine } | null = null;

function opened(): { readonly store: RecordStore; readonly engine: SyncEngine } {
  if (tab === null) throw new Error("not opened");
  return tab;
}

export const syncPage = {
  async open(name: string, token: string): Promise<{ count: number; warnings: readonly string[] }> {
    const storage = await openStorage({ name, disk: browserDisk(), timers: platform.timers, hints: browserHints() });
    const store = await openRecordStore({ storage, domains, platform, name });
    const transport = createSyncTransport({
      fetch: (request) => fetch(request),
      baseUrl: location.origin,
      token: () => token,
      timers: platform.timers,
    });
    tab = { store, engine: createSyncEngine({ store, transport, platform, domains, name }) };
    return { count: store.count("students"), warnings: store.warnings };
  },

  start(): void {
    opened().engine.start();
  },

  leads: (): boolean => opened().engine.status().leading,

  /** Creates the students of these numbers that are not there, one after the other; the test hears of each and may hold the next back. */
  async write(numbers: readonly number[]): Promise<void> {
    const { acknowledge } = globalThis as typeof globalThis & { acknowledge(number: number): Promise<void> };
    const { store } = opened();
    for (const number of numbers) {
      if (store.get("students", idOf(number)) === null)
        await store.commit([{ kind: "create", domain: "students", record: studentOf(number) }]);
      await acknowledge(number);
    }
  },

  /** Notes from now on when each record, and the bare message sent with it, is first seen here, by the clock that all tabs share. */
  listen(): void {
    bareChannel.onmessage = ({ data }) => void seen.bare.set(String(data), wallClock());
    opened().store.subscribe((change) => {
      if (change.kind !== "records") return;
      for (const { id } of change.keys) if (!seen.records.has(id)) seen.records.set(id, wallClock());
    });
  },

  /** One create after the other. @returns when each was acknowledged */
  async writeTimed(numbers: readonly number[]): Promise<readonly (readonly [id: string, at: number])[]> {
    const times: (readonly [string, number])[] = [];
    for (const number of numbers) {
      await opened().store.commit([{ kind: "create", domain: "students", record: studentOf(number) }]);
      times.push([idOf(number), wallClock()]);
      bareChannel.postMessage(idOf(number));
      await platform.timers.sleep(5);
    }
    return times;
  },

  seen: () => ({ records: Object.fromEntries(seen.records), bare: Object.fromEntries(seen.bare) }),

  syncNow: () => opened().engine.syncNow(),

  state(): { count: number; waiting: number; ids: number; states: Record<string, number> } {
    const { store } = opened();
    const states: Record<string, number> = {};
    const ids = new Set<string>();
    for (const { record, state } of store.all("students")) {
      ids.add(record.id);
      states[state] = (states[state] ?? 0) + 1;
    }
    return { count: store.count("students"), waiting: store.outbox().mutations, ids: ids.size, states };
  },

  async close(): Promise<void> {
    await opened().engine.close();
    await opened().store.close();
  },
};

Object.assign(globalThis, { syncPage });
