/** What a browser's disk holds about a record, read with no help of the store's own code. */

/** Keys and texts as they stand on disk. */
export type Stored = ReadonlyMap<string, string>;

interface WalMutation {
  readonly id: number | null;
  readonly kind: string;
  readonly recordId: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A mutation in the log of a tab. */
export interface Logged extends Pick<WalMutation, "id" | "kind" | "fields"> {
  /** Of the entry that holds it. */
  readonly key: string;
}

/** Behind a checksum of eight digits and a colon stands JSON. */
const parsed = (text: string): unknown => JSON.parse(text.slice(9));

function valuesUnder<T>(stored: Stored, prefix: string): (readonly [key: string, value: T])[] {
  const found = [...stored].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  return found.map(([key, text]) => [key, parsed(text) as T]);
}

/** The mutations of one record in the logs, in the order of their keys. */
export function loggedOf(stored: Stored, recordId: string): Logged[] {
  return valuesUnder<{ readonly mutations: readonly WalMutation[] }>(stored, "wal/").flatMap(([key, entry]) =>
    entry.mutations
      .filter((mutation) => mutation.recordId === recordId)
      .map(({ id, kind, fields }) => ({ key, id, kind, fields })),
  );
}

/** The ids of the mutations that an entry of a log gave up. */
export const discardedIn = (stored: Stored): number[] =>
  valuesUnder<{ readonly discards?: readonly (readonly [string, number])[] }>(stored, "wal/").flatMap(
    ([, { discards = [] }]) => discards.map(([, id]) => id),
  );

interface Step {
  readonly kind: string;
  readonly results?: readonly { readonly client: string; readonly id: number; readonly status: string }[];
  readonly position?: { readonly stage: string; readonly epoch: number };
}

/** How the server answered a logged mutation, by the leader's steps; in the order of the steps. */
export function answersTo(stored: Stored, { key, id }: Logged): string[] {
  const client = key.split("/")[1];
  return valuesUnder<Step>(stored, "sync/").flatMap(([, { results = [] }]) =>
    results.filter((result) => result.client === client && result.id === id).map(({ status }) => status),
  );
}

/** The record and its version in the chunks, those of the newest generation last. */
export function chunkedOf(
  stored: Stored,
  recordId: string,
): (readonly [Readonly<Record<string, unknown>>, number | null])[] {
  type Chunk = readonly (readonly [Readonly<Record<string, unknown>>, number | null])[];
  return valuesUnder<Chunk>(stored, "chunk/").flatMap(([, chunk]) =>
    chunk.filter(([record]) => record.id === recordId),
  );
}
