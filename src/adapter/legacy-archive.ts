/** What the old app had stored, kept in this browser byte for byte, beside what was made of it. */
import type { Storage } from "../local/storage.ts";
import type { LegacySource } from "../migration/types.ts";

const prefix = "legacy/";

/** What was done with one source. */
export interface ArchiveNote {
  readonly name: string;
  /** ISO-8601. */
  readonly at: string;
  readonly values: number;
  /** Its records are in the store. */
  readonly adopted: boolean;
}

const noteKey = (fingerprint: string): string => `${prefix}${fingerprint}/note`;
const valuePrefix = (fingerprint: string): string => `${prefix}${fingerprint}/value/`;

export async function readNote(storage: Storage, fingerprint: string): Promise<ArchiveNote | null> {
  const text = (await storage.read([noteKey(fingerprint)])).get(noteKey(fingerprint));
  return text === undefined ? null : (JSON.parse(text) as ArchiveNote);
}

/** All of it in one step, together with its note. */
export async function archiveHere(storage: Storage, source: LegacySource, note: ArchiveNote): Promise<void> {
  const values = source.values.map(({ key, raw }, i): [string, string] => [
    valuePrefix(source.fingerprint) + String(i).padStart(6, "0"),
    JSON.stringify([key, raw]),
  ]);
  await storage.commit({ puts: [...values, [noteKey(source.fingerprint), JSON.stringify(note)]] });
}

export const writeNote = (storage: Storage, fingerprint: string, note: ArchiveNote): Promise<void> =>
  storage.commit({ puts: [[noteKey(fingerprint), JSON.stringify(note)]] });
