/** What the old app had stored, kept in this browser byte for byte, and what was done with it. */
import type { Namespace } from "../domain/ids.ts";
import type { Storage } from "../local/storage.ts";
import type { Container, LegacySource } from "../migration/types.ts";

const prefix = "legacy/";
const placePrefix = "legacy-place/";

/** What was done with one source; the journal of its way to the server, too. */
export interface ArchiveNote {
  readonly name: string;
  /** ISO-8601. */
  readonly at: string;
  readonly values: number;
  readonly container: Container;
  /** Whose ids its records get, as the server asks for it. */
  readonly namespace: "shared" | "own";
  /** Its records are in the store. */
  readonly adopted: boolean;
  /** The import under which the server has it, byte for byte; `null`: it has yet to be sent. */
  readonly server: { readonly importId: string; readonly at: string } | null;
}

/** What is remembered of a place (localStorage, a database) across everything that it ever held. */
export interface PlaceNote {
  /** Of the first source that was found there: a record keeps its id when the old app goes on writing. */
  readonly namespace: Namespace;
  /** The source whose records were adopted last; `null`: none were yet; empty: there was nothing to adopt. */
  readonly fingerprint: string | null;
}

const noteKey = (fingerprint: string): string => `${prefix}${fingerprint}/note`;
const valuePrefix = (fingerprint: string): string => `${prefix}${fingerprint}/value/`;
const placeKey = (name: string): string => placePrefix + name;

async function readJson<T>(storage: Storage, key: string): Promise<T | null> {
  const text = (await storage.read([key])).get(key);
  return text === undefined ? null : (JSON.parse(text) as T);
}

export const readNote = (storage: Storage, fingerprint: string): Promise<ArchiveNote | null> =>
  readJson(storage, noteKey(fingerprint));

export const readPlace = (storage: Storage, name: string): Promise<PlaceNote | null> =>
  readJson(storage, placeKey(name));

export const notePlace = (storage: Storage, name: string, place: PlaceNote): Promise<void> =>
  storage.commit({ puts: [[placeKey(name), JSON.stringify(place)]] });

/** The places from which records were adopted. */
export async function adoptedPlaces(storage: Storage): Promise<readonly string[]> {
  const places = await storage.scan(placePrefix);
  return places
    .filter(([, text]) => Boolean((JSON.parse(text) as PlaceNote).fingerprint))
    .map(([key]) => key.slice(placePrefix.length));
}

/** All of it in one step, together with its note and the place it comes from. */
export async function archiveHere(
  storage: Storage,
  source: LegacySource,
  { note, place }: { readonly note: ArchiveNote; readonly place: PlaceNote },
): Promise<void> {
  const values = source.values.map(({ key, raw }, i): [string, string] => [
    valuePrefix(source.fingerprint) + String(i).padStart(6, "0"),
    JSON.stringify([key, raw]),
  ]);
  await storage.commit({
    puts: [
      ...values,
      [noteKey(source.fingerprint), JSON.stringify(note)],
      [placeKey(source.name), JSON.stringify(place)],
    ],
  });
}

/** The source as it was archived; `null` when it never was. */
export async function readArchived(storage: Storage, fingerprint: string): Promise<LegacySource | null> {
  const note = await readNote(storage, fingerprint);
  if (note === null) return null;
  const values = (await storage.scan(valuePrefix(fingerprint))).map(([, text]) => {
    const [key, raw] = JSON.parse(text) as [string, string];
    return { key, raw };
  });
  return { name: note.name, container: note.container, values, fingerprint };
}

/** The sources that the server has yet to be sent. */
export async function unsentArchives(storage: Storage): Promise<readonly string[]> {
  const notes = (await storage.keys(prefix)).filter((key) => key.endsWith("/note"));
  const found = await storage.read(notes);
  return notes
    .filter((key) => (JSON.parse(found.get(key) ?? "{}") as Partial<ArchiveNote>).server === null)
    .map((key) => key.slice(prefix.length, -"/note".length));
}

/** Adopted: the source's records are in the store, and the place has told all that it held. */
export const noteAdopted = (
  storage: Storage,
  { name, fingerprint }: Pick<LegacySource, "name" | "fingerprint">,
  { note, place }: { readonly note: ArchiveNote; readonly place: PlaceNote },
): Promise<void> =>
  storage.commit({
    puts: [
      [noteKey(fingerprint), JSON.stringify({ ...note, adopted: true })],
      [placeKey(name), JSON.stringify({ ...place, fingerprint })],
    ],
  });

/** What another tab noted meanwhile stays. */
export async function noteSent(storage: Storage, fingerprint: string, server: ArchiveNote["server"]): Promise<void> {
  const note = await readNote(storage, fingerprint);
  if (note) await storage.commit({ puts: [[noteKey(fingerprint), JSON.stringify({ ...note, server })]] });
}
