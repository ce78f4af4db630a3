/** The record store on our driver, as the app has it. */
import { type AnyRecord, domainSet } from "../../src/domain/define-domain.ts";
import type { ChangeDown } from "../../src/domain/sync-wire.ts";
import { openStorage } from "../../src/local/localforage-storage.ts";
import { openRecordStore } from "../../src/local/open-record-store.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import { browserPlatform } from "../../src/platform/browser-platform.ts";
import { browserDisk } from "../../src/platform/disk.ts";
import { browserHints } from "../../src/platform/hints.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import type { Subject } from "./subject.ts";

export interface Ours extends Subject {
  readonly store: RecordStore;
}

export const domains = domainSet(schoolDomains);
const platform = browserPlatform();

/** In `dualwrite`: every write is a record change and an outbox entry at once. */
const position = { stage: "dualwrite", stages: {}, epoch: 1 } as const;

export async function openOurs(name: string): Promise<RecordStore> {
  const storage = await openStorage({ name, disk: browserDisk(), timers: platform.timers, hints: browserHints() });
  return openRecordStore({ storage, domains, platform, name });
}

export async function ours(name: string): Promise<Ours> {
  const store = await openOurs(name);
  const put = async (record: AnyRecord): Promise<void> => {
    await store.commit([{ kind: "update", domain: "attendance", id: record.id, fields: { notes: record.notes } }]);
  };
  return {
    store,
    fill: (records) => fillSynced(store, records),
    put,
    putAll: async (records) => {
      await Promise.all(records.map(put));
    },
    close: () => store.close(),
  };
}

/** As a fresh device gets them: a snapshot from the server. */
async function fillSynced({ sync }: RecordStore, records: readonly AnyRecord[]): Promise<void> {
  await sync.lead();
  for (let at = 0; at < records.length; at += 1_000) {
    const page = records
      .slice(at, at + 1_000)
      .map((record): ChangeDown => ({ domain: "attendance", id: record.id, record: { ...record }, version: 1 }));
    const isLast = at + 1_000 >= records.length;
    await sync.stageSnapshot(page, { cursor: "1.c", token: isLast ? null : `t${at}` });
  }
  await sync.finishSnapshot({ ...position, cursor: "1.c", seq: 1 });
}

/** One answer of the server, with changes of records all over the store. */
export async function changeEverywhere(store: RecordStore, changes: number): Promise<void> {
  const { sync } = store;
  await sync.lead();
  const records = [...store.all("attendance")];
  const step = Math.max(1, Math.floor(records.length / changes));
  await sync.applyReply({
    results: [],
    changes: records
      .filter((_, at) => at % step === 0)
      .map(({ record }): ChangeDown => ({ domain: "attendance", id: record.id, record: { ...record }, version: 2 })),
    cursor: "2.c",
    seq: 2,
    position,
  });
}
