/** A school in memory: what the server's tables hold of it, as one value that a transaction replaces. */
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import type { RecordId } from "../../src/domain/ids.ts";
import type { Stage } from "../../src/domain/stages.ts";
import type { Answered, Sent } from "../../src/server/db/mutations/sent.ts";
import type { Loss, Slot } from "../../src/server/db/mutations/world.ts";

/** A line of the history, with what only the checker wants to know. */
export interface HistoryLine {
  readonly seq: number;
  readonly chain: string;
  readonly domain: string;
  readonly id: RecordId;
  readonly op: "create" | "update" | "delete";
  readonly before: AnyRecord | null;
  readonly after: AnyRecord | null;
  readonly version: number;
  /** True time of the commit. */
  readonly at: number;
  readonly mutation: Sent;
  /** What the mutation was told. */
  readonly status: string;
  /** Under which epoch the device wrote, and which it was. */
  readonly epochs: readonly [claimed: number, real: number];
}

/** What is remembered of a mutation, and since when. */
interface Known extends Answered {
  readonly at: number;
}

export interface Client {
  readonly user: string;
  readonly last: number;
  readonly retired: boolean;
  readonly seenSeq: number;
  readonly seenAt: number;
}

export interface School {
  seq: number;
  chain: string;
  stage: Stage;
  stages: Readonly<Record<string, Stage>>;
  epoch: number;
  /** Everything at or before it is purged; its own chain is kept. */
  floor: { readonly seq: number; readonly chain: string };
  readonly slots: Map<string, Slot>;
  /** Only what is behind the floor. */
  history: HistoryLine[];
  /** What was purged: no server knows it any more, but the checker does. */
  archive: readonly HistoryLine[];
  /** Every mutation that this timeline has answered, for the checker. */
  readonly answered: Map<string, { readonly mutation: Sent; readonly status: string }>;
  readonly clients: Map<string, Client>;
  /** By client and id. */
  readonly known: Map<string, Known>;
  losses: Loss[];
}

const noChain = "0000000000000000";

export const emptySchool = (stage: Stage): School => ({
  seq: 0,
  chain: noChain,
  stage,
  stages: {},
  epoch: 0,
  floor: { seq: 0, chain: noChain },
  slots: new Map(),
  history: [],
  archive: [],
  answered: new Map(),
  clients: new Map(),
  known: new Map(),
  losses: [],
});

/** What a transaction works on, or what a backup keeps. */
export const copySchool = (school: School): School => ({
  ...school,
  slots: new Map(school.slots),
  history: [...school.history],
  answered: new Map(school.answered),
  clients: new Map(school.clients),
  known: new Map(school.known),
  losses: [...school.losses],
});

/** The chained hash of a change: 16 hexadecimal digits, which another history does not have. */
export function chained(previous: string, line: string): string {
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  const text = previous + line;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x5bd1e995) ^ (low >>> 15);
  }
  return (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0");
}
