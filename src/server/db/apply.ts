/** The one way by which records change: mutations, tried in memory in their order and written as sets. */
import { sql } from "drizzle-orm";
import { digestOf } from "../../domain/digest.ts";
import type { Services } from "../services.ts";
import type { Tx } from "./database.ts";
import { appendHistory, type Change } from "./history.ts";
import { preload } from "./mutations/preload.ts";
import { reject, simulate, type Trial } from "./mutations/simulate.ts";
import {
  copyOf,
  type Incoming,
  type Loss,
  type Outcome,
  type PlannedChange,
  type Remembered,
} from "./mutations/world.ts";
import { asRejection, writeChanges } from "./mutations/write-changes.ts";
import type { SchoolState } from "./school.ts";
import type { Tenant } from "./with-tenant.ts";

export interface ToApply {
  /** `null`: not from a device. */
  readonly clientId: string | null;
  readonly mutations: readonly Incoming[];
  /** A mutation that was not made on the version that is there is rejected instead of being merged. */
  readonly strict?: boolean;
  /** Earlier mutations of the client that these may be made on, by id. */
  readonly remembered?: ReadonlyMap<number, Remembered>;
}

export interface Applied {
  readonly school: SchoolState;
  /** One for each mutation, in their order. */
  readonly outcomes: readonly Outcome[];
}

/**
 * Applies the mutations in their order; one that cannot be applied is rejected, and the others go on. The school must
 * be locked by this transaction. The number of statements does not grow with the number of mutations, unless the
 * database itself refuses one: then the batch is halved until that one is found.
 */
export async function applyMutations(
  tx: Tx,
  { domains, now }: Services,
  tenant: Tenant,
  school: SchoolState,
  { clientId, mutations, strict = false, remembered = new Map() }: ToApply,
): Promise<Applied> {
  const at = now();
  const plan = { domains, tenant, clientId, strict, at: at.toISOString() };
  let world = await preload(tx, domains, mutations, remembered);
  const changes: (PlannedChange & { readonly mutation: Incoming })[] = [];

  const write = async (batch: readonly Incoming[]): Promise<Outcome[]> => {
    const before = copyOf(world);
    const trial: Trial = { ...plan, world };
    const outcomes = batch.map((mutation) => simulate(trial, mutation));
    const planned = outcomes.flatMap((outcome, i) =>
      outcome.changes.map((c) => ({ ...c, mutation: batch[i] as Incoming })),
    );
    if (planned.length === 0) return outcomes;
    try {
      await tx.savepoint((part) => writeChanges(part, domains, tenant.school, school.seq + changes.length, planned));
    } catch (error) {
      const [first] = batch;
      const rejection = first && asRejection(error, first);
      if (!rejection) throw error;
      world = before;
      if (batch.length === 1) return [reject(world, first, rejection)];
      const half = Math.ceil(batch.length / 2);
      return [...(await write(batch.slice(0, half))), ...(await write(batch.slice(half)))];
    }
    changes.push(...planned);
    return outcomes;
  };

  const outcomes = mutations.length === 0 ? [] : await write(mutations);
  const lines = changes.map(
    ({ domain, id, op, before, after, mutation }): Change => ({
      domain: domain.name,
      recordId: id,
      op,
      before,
      digestAfter: after && digestOf(domain, after),
      author: tenant.user,
      clientId,
      mutationId: clientId === null ? null : mutation.id,
      importId: null,
    }),
  );
  await storeLosses(
    tx,
    tenant,
    outcomes.flatMap((outcome) => outcome.losses),
  );
  return { school: await appendHistory(tx, school, lines, at), outcomes };
}

/** Keeps what lost (law 6); one statement. */
async function storeLosses(tx: Tx, { school }: Tenant, losses: readonly Loss[]): Promise<void> {
  if (losses.length === 0) return;
  const rows = losses.map(({ domain, recordId, kind, loser, baseVersion, by }) => ({
    domain,
    record_id: recordId,
    kind,
    loser,
    base_version: baseVersion,
    author: by.author,
    client_id: by.clientId,
    mutation_id: by.mutationId,
    at: by.at,
  }));
  await tx.rows(sql`
    insert into conflicts (school_id, domain, record_id, kind, loser, base_version, author, client_id, mutation_id, at)
    select ${school}::uuid, r.* from json_to_recordset(${JSON.stringify(rows)}::text::json) as r(domain text, record_id uuid,
      kind text, loser json, base_version integer, author text, client_id uuid, mutation_id bigint, at timestamptz)`);
}
