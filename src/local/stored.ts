/** The shapes of what is stored under the keys of `keys.ts`. */
import type { AnyRecord } from "../domain/define-domain.ts";
import type { ChangeDown, Mutation, MutationResult } from "../domain/sync-wire.ts";
import type { Parked, SyncPosition } from "./record-store.ts";

/** A mutation in its log; `id` is `null` when it was made in stage `off`, where there is no outbox. */
export type StoredMutation = Omit<Mutation, "id" | "client"> & { readonly id: number | null };

type PositionOnly = Omit<SyncPosition, "cursor">;

/** `wal/<client>/<entry>`: what one tab committed at once. */
export interface WalEntry {
  readonly mutations: readonly StoredMutation[];
  /** In which version of its domain's schema the mutations are; the first, where a domain is not named. */
  readonly schemaVersions?: Readonly<Record<string, number>>;
  /** Parked mutations that were given up, or sent again as those above. */
  readonly discards?: readonly (readonly [client: string, id: number])[];
  /** The first entry of a promotion's log repeats its step, so that a damaged step is not taken a second time. */
  readonly promotion?: { readonly step: number; readonly position: PositionOnly; readonly promoted: Promotion };
}

/** `sync/<entry>`: one step of the leader, replayed in order by every tab. Clients are named as on disk, not as on the wire. */
export type SyncEntry =
  | {
      readonly kind: "reply";
      /** When it arrived, milliseconds since 1970. */
      readonly at: number;
      readonly results: readonly (MutationResult & { readonly client: string })[];
      readonly changes: readonly ChangeDown[];
      readonly cursor: string;
      readonly seq: number;
      readonly position: PositionOnly;
    }
  | { readonly kind: "snapshot"; readonly snapshot: number; readonly pages: number; readonly position: SyncPosition }
  | { readonly kind: "rehome"; readonly client: string; readonly from: number; readonly to: string }
  | { readonly kind: "rewind"; readonly answered: Readonly<Record<string, number>> }
  | {
      readonly kind: "position";
      readonly position: PositionOnly;
      /** Present when mutations were made of what stage `off` left; they stand in a log of their own. */
      readonly promoted?: Promotion;
    };

export interface Promotion {
  /** Up to which entry of each log the unnumbered mutations are folded in. */
  readonly based: Readonly<Record<string, number>>;
  /** Those that lay on a pending mutation became numbered ones as they were, instead of being folded in: entry and place in it. */
  readonly adopted: readonly (readonly [client: string, entry: number, index: number])[];
  /** The domains whose dirty marks and tombstones became mutations. */
  readonly domains: readonly string[];
  /** Records that the server has never confirmed became creates. */
  readonly unconfirmed: boolean;
  /** The log that the mutations are in, and how many entries it has. */
  readonly client: string;
  readonly entries: number;
  /** The stamp of the last of them: what is promoted later goes out behind them. */
  readonly last: string;
}

/** What the server answered to a mutation. */
export interface Answer {
  /** `unknown`: the server had it, and has purged what became of it. */
  readonly status: "applied" | "merged" | "conflict" | "rejected" | "unknown";
  /** The school's `seq` after the push; from there on the cursor covers the mutation. */
  readonly seq: number;
  readonly version: number | null;
  readonly code: string | null;
  readonly place: string | null;
  /** When it arrived, milliseconds since 1970. */
  readonly at: number;
}

/**
 * `[record, serverVersion]`, and for one edited in stage `off` the confirmed values of the edited fields and the version edited;
 * `serverVersion` is then `null` when it was deleted since.
 */
export type StoredRecord =
  | readonly [AnyRecord, number | null]
  | readonly [AnyRecord, number | null, Readonly<Record<string, unknown>>, number];

/** `[chunk, generation, records]` */
export type ChunkRef = readonly [chunk: number, generation: number, records: number];

/** All that makes up one generation: everything else is replayed on top of it. */
export interface Generation {
  readonly generation: number;
  readonly chunks: Readonly<Record<string, readonly ChunkRef[]>>;
  /** Up to which entry each log is folded away, and up to which its unnumbered mutations are in the chunks. */
  readonly logs: Readonly<Record<string, { readonly gone: number; readonly based: number }>>;
  readonly syncFolded: number;
  /** The last snapshot that is folded in. */
  readonly snapshot: number;
}

/** `meta` */
export interface Meta extends Generation {
  readonly format: 1;
  /** Made with the store: what is derived from it is derived in no other one. */
  readonly origin: string;
  readonly previous: Generation | null;
  readonly schemaVersions: Readonly<Record<string, number>>;
}

/** What is kept of a log whose entries are folded away. */
export interface LogState {
  readonly answered: number;
  readonly lastId: number;
  readonly aliases: readonly { readonly from: number; readonly to: string }[];
  /** Answered, but not yet covered by the cursor. */
  readonly covering: readonly (readonly [id: number, answer: Answer])[];
  /** What is kept under `kept/<client>/<first>`, and when the last of it was folded away. */
  readonly kept: readonly { readonly first: number; readonly last: number; readonly at: number }[];
  readonly discarded: readonly number[];
  /** When its last entry was folded away, milliseconds since 1970. */
  readonly at: number;
}

/** `state/<generation>`: what is neither record nor log. */
export interface StoreState {
  readonly position: SyncPosition;
  readonly hlc: string | null;
  readonly lastOff: string | null;
  readonly tombstones: readonly (readonly [
    domain: string,
    record: AnyRecord,
    version: number | null,
    since: number,
    here: boolean,
  ])[];
  readonly conflicts: readonly (readonly [domain: string, id: string, hlc: string])[];
  readonly parked: readonly Parked[];
  readonly logs: Readonly<Record<string, LogState>>;
}

/** `stage/<snapshot>/<page>` */
export interface StagePage {
  readonly changes: readonly ChangeDown[];
  readonly cursor: string;
  readonly token: string | null;
}
