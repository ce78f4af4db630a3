/** Mutations seen through the joins of their school: an update of a joined record goes to its survivor, references name it. */
import { turnReferences } from "../../../domain/aliases.ts";
import type { DomainSet } from "../../../domain/define-domain.ts";
import { type Move, noAliases, noteMoves, readAliases, standsFor } from "../aliases.ts";
import type { Tx } from "../database.ts";
import type { Tenant } from "../with-tenant.ts";
import { basePlace, type Incoming, keyOf, logKey, type Outcome, type Remembered } from "./world.ts";

export interface TurnedMutations {
  /** One for each that was sent, in their order. */
  readonly mutations: readonly Incoming[];
  /** Remembers the references that were turned in what was written. */
  note(outcomes: readonly Outcome[]): Promise<void>;
}

/** A version that no record has: what its client saw is not known, so that every difference counts and none is lost. */
const unknownVersion = { version: 2_147_483_647 };

/**
 * - An update of a joined record meets the survivor as an update whose base is not known; a create of one as a second
 *   create; a delete of one is done already, and the survivor stays.
 * - What comes over REST names the record that it read: only its references are turned.
 */
export async function turnMutations(
  tx: Tx,
  { tenant, domains }: { readonly tenant: Tenant; readonly domains: DomainSet },
  sent: readonly Incoming[],
  remembered: ReadonlyMap<string, Remembered>,
): Promise<TurnedMutations> {
  const survivorOf = sent.length === 0 ? noAliases : await readAliases(tx, tenant, domains);
  if (survivorOf === noAliases) return { mutations: sent, note: async () => {} };
  const moves: Move[][] = [];
  const mutations = sent.map((mutation) => {
    if (!domains.has(mutation.domain)) {
      moves.push([]);
      return mutation;
    }
    const domain = domains.get(mutation.domain);
    const isTurned = mutation.client !== undefined && mutation.kind !== "delete";
    const recordId = isTurned ? standsFor(survivorOf, domain.name, mutation.recordId) : mutation.recordId;
    const { fields, turned } = turnReferences(domain, mutation.fields, survivorOf);
    moves.push(turned.map((t) => ({ ...t, childDomain: domain.name, childId: recordId })));
    if (recordId === mutation.recordId) return turned.length === 0 ? mutation : { ...mutation, fields };
    const key = keyOf(domain.name, recordId);
    return { ...mutation, recordId, fields, base: baseOn(mutation, key, remembered) };
  });
  return {
    mutations,
    note: async (outcomes) => {
      const written = moves.flatMap((some, at) =>
        some.filter((move) =>
          outcomes[at]?.changes.some(({ id, domain }) => id === move.childId && domain.name === move.childDomain),
        ),
      );
      await noteMoves(tx, tenant, written);
    },
  };
}

/** A mutation of this request, or one that met the survivor already, is still a base; a version of the joined record is none. */
function baseOn(mutation: Incoming, key: string, remembered: ReadonlyMap<string, Remembered>): Incoming["base"] {
  const { base } = mutation;
  if (base === null) return null;
  if ("version" in base) return unknownVersion;
  const place = basePlace(mutation);
  const prior = place && remembered.get(logKey(place));
  return prior && prior.key !== key && prior.result.status !== "rejected" ? unknownVersion : base;
}
