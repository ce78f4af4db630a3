/** The row of a school: whoever writes locks it first, so that `seq` is the order of commits. */
import { type SQL, sql } from "drizzle-orm";
import type { SchoolId } from "../../domain/ids.ts";
import type { Stage } from "../../domain/stages.ts";
import type { Tx } from "./database.ts";

/** How far a school's history is, and under which stage and epoch it is written. */
export interface SchoolState {
  readonly school: SchoolId;
  readonly seq: number;
  /** The chained hash of the change `seq`; 32 zero bytes before the first. */
  readonly chain: Uint8Array;
  readonly stage: Stage;
  /** Of the domains that are not in the school's stage. */
  readonly stages: Readonly<Record<string, Stage>>;
  readonly epoch: number;
  /** Before images up to this change are gone; 0: none. */
  readonly purged: number;
}

interface Row {
  readonly seq: string;
  readonly chain: string;
  readonly stage: Stage;
  readonly stages: string;
  readonly epoch: number;
  readonly purged: string;
}

const columns = sql`seq::text as seq, encode(chain, 'hex') as chain, stage, stages::text as stages, epoch,
  purged_seq::text as purged`;

const stateOf = (school: SchoolId, row: Row | undefined): SchoolState => ({
  school,
  seq: Number(row?.seq ?? 0),
  chain: row ? fromHex(row.chain) : new Uint8Array(32),
  stage: row?.stage ?? "off",
  stages: row ? (JSON.parse(row.stages) as SchoolState["stages"]) : {},
  epoch: row?.epoch ?? 0,
  purged: Number(row?.purged ?? 0),
});

/** The school as it is now, locked until the transaction ends; its row is made at the first use. */
export async function lockSchool(tx: Tx, school: SchoolId): Promise<SchoolState> {
  const select = sql`select ${columns} from schools where id = ${school}::uuid for update`;
  const found = await tx.rows<Row>(select);
  if (found[0]) return stateOf(school, found[0]);
  await tx.rows(sql`insert into schools (id) values (${school}::uuid) on conflict do nothing`);
  return stateOf(school, (await tx.rows<Row>(select))[0]);
}

/** The school as last committed, without waiting for a writer; a school that nobody wrote to yet is at 0. */
export async function readSchool(tx: Tx, school: SchoolId): Promise<SchoolState> {
  return stateOf(school, (await tx.rows<Row>(sql`select ${columns} from schools where id = ${school}::uuid`))[0]);
}

/** The statement that writes how far the locked school has come. */
export const schoolAdvance = ({ school, seq, chain }: SchoolState): SQL =>
  sql`update schools set seq = ${seq}::bigint, chain = decode(${toHex(chain)}, 'hex') where id = ${school}::uuid`;

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
