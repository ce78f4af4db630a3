/** What the sync engine is doing, what may happen to it, and what it then wants done: the words of SPEC.md as types. */
import type { ErrorCode } from "../domain/errors.ts";
import type { ChangeDown, MutationResult } from "../domain/sync-wire.ts";
import type { LoggedMutation, ReplyStep, SyncPosition } from "../local/record-store.ts";
import type { Limits } from "./limits.ts";

/** Why the engine waits by its own decision. */
export type OwnReason = "auth" | "forbidden" | "outdated" | "storage" | "critical";
/** Why somebody else had it wait; nothing but a release by the same name ends it. */
export type HoldReason = "user" | "maintenance";
export type PauseReason = OwnReason | HoldReason;

/** What a leading tab carries through its work. */
export interface Round {
  readonly limits: Limits;
  /** Failures in a row. */
  readonly failures: number;
  /** Repairs in a row without a reply between them: a server that always asks for another one is a failing server. */
  readonly mends: number;
  /** Something happened while it was busy: it goes round once more. */
  readonly again: boolean;
  /** A new token came while a request was out under the old one. */
  readonly freshToken: boolean;
  /** The highest `seq` that a poke named and no pull has reached. */
  readonly wanted: number;
  /** The gap that was mended by sending again; the same one a second time is mended by a new log. */
  readonly gap: { readonly client: string; readonly expected: number } | null;
  /** The first mutation of the last push that was answered. */
  readonly answered: string | null;
  readonly held: ReadonlySet<HoldReason>;
}

/** The part of a failure that decides anything. */
export interface Failure {
  readonly code: ErrorCode;
  readonly class: "transient" | "consistency" | "auth" | "critical" | "input";
  readonly place: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

export type Where = Omit<SyncPosition, "cursor">;

export interface SnapshotPage {
  readonly records: readonly ChangeDown[];
  readonly cursor: string;
  /** `null`: it was the last page. */
  readonly token: string | null;
  readonly position: Where;
}

/** What no request can carry, if the server does not have it already. */
export interface Aside {
  readonly unit: readonly LoggedMutation[];
  readonly code: ErrorCode;
  readonly place: string | null;
}

export type SyncState =
  | { readonly kind: "new"; readonly held: ReadonlySet<HoldReason> }
  /** Another tab leads, or none does yet. */
  | { readonly kind: "following"; readonly held: ReadonlySet<HoldReason> }
  /** The lock is held; the token of the leader is being written. */
  | { readonly kind: "taking"; readonly round: Round }
  | { readonly kind: "idle"; readonly round: Round }
  /** A push and pull is out. */
  | { readonly kind: "exchanging"; readonly round: Round }
  /** Its answer is being stored. */
  | {
      readonly kind: "applying";
      readonly round: Round;
      readonly more: boolean;
      readonly sent: number;
      /** The same mutation was answered before, and waits again. */
      readonly stuck: boolean;
    }
  /** The server is asked for the stage. */
  | { readonly kind: "asking"; readonly round: Round }
  /** The server is asked which mutations it has. */
  | { readonly kind: "locating"; readonly round: Round; readonly aside: Aside | null }
  /** A repair is being stored. */
  | { readonly kind: "mending"; readonly round: Round; readonly onward: "exchange" | "snapshot" }
  /** A page of a snapshot is asked for. */
  | { readonly kind: "paging"; readonly round: Round; readonly fresh: boolean }
  /** It is being stored. */
  | { readonly kind: "staging"; readonly round: Round; readonly page: SnapshotPage }
  | { readonly kind: "finishing"; readonly round: Round }
  | { readonly kind: "compacting"; readonly round: Round }
  /** `named`: the server named the time, and nobody shortens it. `unreachable`: a hint may end it. */
  | {
      readonly kind: "backingOff";
      readonly round: Round;
      readonly named: boolean;
      readonly unreachable: boolean;
    }
  /** `own` is `null` when only somebody's hold stands; there is always at least one reason. */
  | { readonly kind: "paused"; readonly round: Round; readonly own: OwnReason | null }
  | { readonly kind: "stopped" };

export type StateKind = SyncState["kind"];

export type SyncEvent =
  | { readonly kind: "start" }
  /** This tab holds the lock. */
  | { readonly kind: "elected" }
  /** The lock was taken away. */
  | { readonly kind: "deposed" }
  /** Only ever a hint (F17, F21). `seq`: what a poke named. */
  | { readonly kind: "wake"; readonly hint: "write" | "online" | "poke"; readonly seq: number | null }
  /** `syncNow` */
  | { readonly kind: "asked" }
  /** The wait is over. */
  | { readonly kind: "due" }
  /** `sent`: how many mutations the request carried; `first`: the first of them. */
  | {
      readonly kind: "replied";
      readonly reply: ReplyStep;
      readonly more: boolean;
      readonly sent: number;
      readonly first: string | null;
    }
  | { readonly kind: "paged"; readonly page: SnapshotPage }
  /** All pages are on disk already: the tab that stored them died before they were put in place. */
  | { readonly kind: "gathered"; readonly position: SyncPosition }
  /** What was done with any of them lies at `seq` or before. */
  | { readonly kind: "located"; readonly last: Readonly<Record<string, number>>; readonly seq: number }
  | { readonly kind: "positioned"; readonly position: Where }
  /** The request failed; `sent`: the mutations that it carried. */
  | { readonly kind: "refused"; readonly failure: Failure; readonly sent: readonly LoggedMutation[] }
  | { readonly kind: "stored" }
  | { readonly kind: "unstored"; readonly failure: Failure }
  | { readonly kind: "tokenChanged" }
  | { readonly kind: "held"; readonly reason: HoldReason }
  | { readonly kind: "released"; readonly reason: HoldReason }
  | { readonly kind: "closed" };

export type EventKind = SyncEvent["kind"];

/** What is known when an event arrives: chance comes in with it, and how the store stands. */
export interface Around {
  /** From 0 up to, not including, 1; spreads the waits. */
  readonly chance: number;
  readonly position: SyncPosition;
  /** Mutations that the server has not answered. */
  readonly waiting: number;
  readonly compactionDue: boolean;
}

export type Rejection = MutationResult & { readonly client: string };

/** What the driver shall do. All but the first three end in an event; none of them decides anything. */
export type SyncEffect =
  /** Lets go of the lock. */
  | { readonly do: "resign" }
  /** Asks for the lock, after a while. */
  | { readonly do: "contend"; readonly afterMs: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "takeLead" }
  | { readonly do: "exchange"; readonly limits: Limits }
  | { readonly do: "askStage" }
  | { readonly do: "askClients" }
  /** `fresh`: from the first page, whatever is staged. */
  | { readonly do: "fetchPage"; readonly fresh: boolean; readonly limit: number }
  | { readonly do: "apply"; readonly reply: ReplyStep }
  | { readonly do: "stagePage"; readonly page: SnapshotPage }
  | { readonly do: "finishSnapshot"; readonly position: SyncPosition & { readonly seq: number } }
  | { readonly do: "setPosition"; readonly position: Where }
  | { readonly do: "rewind"; readonly last: Readonly<Record<string, number>> }
  | { readonly do: "rehome"; readonly client: string; readonly fromId: number }
  /** Answers what no request can carry in the server's place; logs whose ids it has not counted go on under new names. */
  | {
      readonly do: "setAside";
      readonly reply: ReplyStep;
      readonly rehome: readonly { readonly client: string; readonly fromId: number }[];
    }
  | { readonly do: "compact" };

export interface Step {
  readonly state: SyncState;
  readonly effects: readonly SyncEffect[];
}
