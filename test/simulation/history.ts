/** What was asked of the devices, and what is left of it at the end of a run. */
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import type { Parked, Quarantined } from "../../src/local/record-store.ts";
import type { Sent } from "../../src/server/db/mutations/sent.ts";
import type { Loss } from "../../src/server/db/mutations/world.ts";
import type { DomainName } from "./domains.ts";
import type { HistoryLine } from "./model-school.ts";

/** One write that a tab was asked for. */
export interface Attempt {
  /** Stands in each field that the write sets, and in no other write's. */
  readonly sign: string;
  readonly device: number;
  /** Which opening of a tab. */
  readonly tab: string;
  readonly kind: "create" | "update" | "delete";
  readonly domain: DomainName;
  readonly recordId: string;
  readonly fields: readonly string[];
  /** True time of the call. */
  readonly askedAt: number;
  readonly clockAhead: number;
  state: "asked" | "acknowledged" | "refused";
  acknowledgedAt: number;
  /** Stage `off`: there is no outbox. */
  numbered: boolean;
  /** What the commit's answer called it, as `client/id`; `null`: it has no number. */
  name: string | null;
  code: string | null;
  /** Why nobody can expect it to be there any more. */
  excuse: string | null;
  /** It had no number when the profile went back to an image: nothing tells that it was sent before. */
  nameless: boolean;
  /** Nobody knew any more what had become of it, and somebody sent it once more: as a new write. */
  sentAgain: boolean;
  /** It was parked, and somebody sent it once more: that is a later word than what was written meanwhile. */
  mended: boolean;
}

/** Where the clock was put back, stamps go on from what they were, and do not tell apart what is written at once. */
export const clockWentBack = (attempts: readonly Attempt[], { device, clockAhead }: Attempt): boolean =>
  attempts.some((other) => other.device === device && other.clockAhead > clockAhead);

/** What the server holds at the end. */
export interface ServerState {
  readonly cursor: string;
  readonly records: ReadonlyMap<string, { readonly record: AnyRecord; readonly version: number }>;
  readonly lines: readonly HistoryLine[];
  readonly answered: readonly { readonly mutation: Sent; readonly status: string }[];
  readonly losses: readonly Pick<Loss, "domain" | "recordId" | "kind" | "loser">[];
}

/** What one tab shows at the end. */
export interface TabState {
  readonly name: string;
  readonly device: number;
  readonly records: ReadonlyMap<
    string,
    { readonly record: AnyRecord; readonly serverVersion: number | null; readonly state: string }
  >;
  /** By the store's own count. */
  readonly counted: number;
  /** What somebody knows who only listened. */
  readonly heard: {
    readonly records: ReadonlyMap<string, string>;
    readonly standing: string;
    readonly results: ReadonlySet<string>;
  };
  /** Since it opened it has read everything from the disk once more: how things stand, and not how that came about. */
  readonly readAgain: boolean;
  /** Calls that nobody has answered, although all is quiet. */
  readonly unanswered: readonly string[];
  readonly waiting: number;
  /** Of the outbox. */
  readonly bytes: number;
  /** Outbox, parked writes and position, as text. */
  readonly standing: string;
  readonly parked: readonly Parked[];
  readonly cursor: string | null;
}

/** Signs that a device keeps in sight of somebody although the server does not have them. */
export interface Kept {
  /** Signs, and for deletions `domain/id`. */
  readonly parked: ReadonlySet<string>;
  /** Of raw values in quarantine. */
  readonly quarantined: string;
  /** The same, one by one; nothing where a value rotted. */
  readonly aside: readonly Quarantined[];
  /** Nothing rotted there. */
  readonly isWhole: boolean;
  /** As `client/id`: the answer was lost, and purged before it was asked for again (F28). */
  readonly forgotten: ReadonlySet<string>;
  /** Handed back when a parked write was given up. */
  readonly discarded: ReadonlySet<string>;
}

export interface Breach {
  readonly law: string;
  readonly what: string;
}
