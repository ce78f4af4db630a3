/** The one way by which records change: mutations, tried in memory in their order and written as sets. */
import { sql } from "drizzle-orm";
import { digestOf } from "../../domain/digest.ts";
import type { Services } from "../services.ts";
import type { Tx } from "./database.ts";
import { appendHistory, type Change } from "./history.ts";
import { preload } from "./mutations/preload.ts";
import type { Trial } from "./mutations/simulate.ts";
import { rejectUnit, simulateUnit, type Unit, unitsOf } from "./mutations/simulate-batch.ts";
import { turnMutations } from "./mutations/turn-mutations.ts";
import {
  copyOf,
  type Incoming,
  type Loss,
  type Outcome,
  type PlannedChange,
  type Remembered,
  writtenBy,
} from "./mutations/world.ts";
import { asRejection, writeChanges } from "./mutations/write-changes.ts";
import type { SchoolState } from "./school.ts";
import type { Tenant } from "./with-tenant.ts";

export interface ToApply {
  readonly mutations: readonly Incoming[];
  /** A mutation that was not made on the version that is there is rejected instead of being merged. */
  readonly strict?: boolean;
  /** Earlier mutations that these may be made on, by `logKey`. */
  readonly remembered?: ReadonlyMap<string, Remembered>;
}

export interface Applied {
  readonly school: SchoolState;
  /** One for each mutation, in their order. */
  readonly outcomes: readonly Outcome[];
}

/**
 * Applies the mutations in their order; one that cannot be applied is rejected with its group, and the others go on. The
 * school must be locked by this transaction. The number of statements does not grow with the number of mutations, unless the
 * database itself refuses one: then the batch is halved until that one is found.
 */
export async function applyMutations(
  tx: Tx,
  { domains, now }: Services,
  tenant: Tenant,
  school: SchoolState,
  { mutations: sent, strict = false, remembered = new Map() }: ToApply,
): Promise<Applied> {
  const at = now();
  const plan = { domains, tenant, strict, at: at.toISOString() };
  const joins = await turnMutations(tx, { tenant, domains }, sent, remembered);
  const { mutations } = joins;
  let world = await preload(tx, domains, mutations, remembered);
  const changes: (PlannedChange & { readonly mutation: Incoming })[] = [];
  const outcomes = new Map<Incoming, Outcome>();

  const attempt = (units: readonly Unit[]) => {
    const trial: Trial = { ...plan, world };
    const tried = units.flatMap((unit) => {
      const made = simulateUnit(trial, unit, school.stages);
      return unit.map((mutation, i) => ({ mutation, outcome: made[i] as Outcome }));
    });
    const planned = tried.flatMap(({ mutation, outcome }) => outcome.changes.map((c) => ({ ...c, mutation })));
    const run = (part: Tx) => writeChanges(part, domains, tenant.school, school.seq + changes.length, planned);
    return { tried, planned, run };
  };

  const write = async (units: readonly Unit[]): Promise<void> => {
    const before = copyOf(world);
    const { tried, planned, run } = attempt(units);
    try {
      if (planned.length > 0) await tx.savepoint(run);
    } catch (error) {
      world = before;
      const [unit] = units;
      const [first] = unit ?? [];
      if (!unit || !first || !asRejection(error, first)) throw error;
      if (units.length > 1) {
        const half = Math.ceil(units.length / 2);
        await write(units.slice(0, half));
        return write(units.slice(half));
      }
      const culprit = await culpritOf(unit);
      const rejection = asRejection(error, culprit);
      if (!rejection) throw error;
      const rejected = rejectUnit(world, unit, culprit, rejection);
      unit.forEach((mutation, i) => {
        outcomes.set(mutation, rejected[i] as Outcome);
      });
      return;
    }
    for (const { mutation, outcome } of tried) outcomes.set(mutation, outcome);
    changes.push(...planned);
  };

  /** The mutation of a group at which the database refuses it: the shortest beginning that fails, and nothing stays. */
  const culpritOf = async (unit: Unit): Promise<Incoming> => {
    let [good, bad] = [0, unit.length];
    while (bad - good > 1) {
      const middle = Math.floor((good + bad) / 2);
      const before = copyOf(world);
      const { run } = attempt(unit.slice(0, middle).map((mutation) => [mutation]));
      const undone = new Error("undone");
      const fine = await tx
        .savepoint(async (part) => {
          await run(part);
          throw undone;
        })
        .catch((error: unknown) => error === undone);
      world = before;
      if (fine) good = middle;
      else bad = middle;
    }
    return unit[good] as Incoming;
  };

  const units = unitsOf(mutations);
  if (units.length > 0) await write(units);
  const lines = changes.map(
    ({ domain, id, op, before, after, hlc, mutation }): Change => ({
      domain: domain.name,
      recordId: id,
      op,
      before,
      digestAfter: after && digestOf(domain, after),
      author: writtenBy(tenant, mutation),
      clientId: mutation.client ?? null,
      mutationId: mutation.client === undefined ? null : mutation.id,
      importId: null,
      hlc,
    }),
  );
  const all = mutations.map((mutation) => outcomes.get(mutation) as Outcome);
  await storeLosses(
    tx,
    tenant,
    all.flatMap((outcome) => outcome.losses),
  );
  await joins.note(all);
  return { school: await appendHistory(tx, school, lines, at), outcomes: all };
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
