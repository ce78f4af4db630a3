/** What lost where the old app and this one wrote both: kept with its author and time until a person has decided. */
import type { AnyRecord } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import { parseRecordId, uuidV5 } from "../../domain/ids.ts";
import { isJsonObject } from "../../domain/json.ts";
import type { RecordStore, Write } from "../../local/record-store.ts";
import type { Storage } from "../../local/storage.ts";
import type { Loss } from "./foreign-changes.ts";

const prefix = "mirror/loss/";

export interface MirrorLoss extends Loss {
  /** The same loss has the same one. */
  readonly id: string;
  /** When it was found, ISO-8601. */
  readonly at: string;
}

export interface MirrorLosses {
  list(): Promise<readonly MirrorLoss[]>;
  /**
   * `restore`: what lost is written, and what stands gives way; `keep`: what stands stays. Either way it is settled.
   * @throws NOT_FOUND, and what `RecordStore.commit` throws; it stays open then
   */
  settle(id: string, decision: "keep" | "restore"): Promise<void>;
}

const keyOf = (id: string): string => prefix + id;

export async function listLosses(storage: Storage): Promise<readonly MirrorLoss[]> {
  return (await storage.scan(prefix)).map(([, text]) => JSON.parse(text) as MirrorLoss);
}

/** Found again after a crash, it is the same one. */
export async function keepLosses(storage: Storage, losses: readonly Loss[], at: string): Promise<void> {
  if (losses.length === 0) return;
  const puts = losses.map((loss): [string, string] => {
    const id = `${loss.domain}/${uuidV5(loss.recordId, JSON.stringify(loss))}`;
    return [keyOf(id), JSON.stringify({ ...loss, id, at } satisfies MirrorLoss)];
  });
  await storage.commit({ puts });
}

export const createLosses = (storage: Storage, store: RecordStore, changed: () => void): MirrorLosses => ({
  list: () => listLosses(storage),
  async settle(id, decision) {
    const text = (await storage.read([keyOf(id)])).get(keyOf(id));
    if (text === undefined) throw new AdapterError("NOT_FOUND", "There is no such open conflict.", { place: id });
    const write = decision === "restore" ? restoring(store, JSON.parse(text) as MirrorLoss) : null;
    if (write) await store.commit([write]);
    await storage.commit({ puts: [], deletes: [keyOf(id)] });
    changed();
  },
});

/** `null`: it stands already. */
function restoring(store: RecordStore, { domain, recordId, loser }: MirrorLoss): Write | null {
  const id = parseRecordId(recordId);
  const now = store.get(domain, id);
  if (loser === "deleted") return now && { kind: "delete", domain, id };
  if (now) {
    const { id: _, ...fields } = loser;
    return { kind: "update", domain, id, fields };
  }
  if (isRecord(loser)) return { kind: "create", domain, record: loser };
  throw new AdapterError("NOT_FOUND", "The record is gone; only a whole record can be written again.", {
    place: `${domain}/${recordId}`,
  });
}

const isRecord = (loser: Readonly<Record<string, unknown>>): loser is AnyRecord =>
  typeof loser.id === "string" && isJsonObject(loser.extra);
