/** References that name a joined record, turned to the record that stands for it; the same on the server and in a proof. */
import type { AnyRecord, Domain } from "./define-domain.ts";
import type { RecordId } from "./ids.ts";

/** The record that stands for another one, directly; `undefined` for a record that was not joined. */
export type SurvivorOf = (domain: string, id: string) => RecordId | undefined;

/** A reference that was turned: it named `id` of the domain `to`. */
export interface Turned {
  readonly field: string;
  readonly to: string;
  readonly id: RecordId;
}

/**
 * The fields with every reference turned, step by step where a survivor was joined itself; the very object when there
 * is nothing to turn.
 */
export function turnReferences<F extends Readonly<Record<string, unknown>>>(
  domain: Domain,
  fields: F,
  survivorOf: SurvivorOf,
): { readonly fields: F; readonly turned: readonly Turned[] } {
  const turned: Turned[] = [];
  const changed: Record<string, unknown> = {};
  for (const [field, { to }] of Object.entries(domain.references)) {
    const named = fields[field];
    if (typeof named !== "string") continue;
    let id = named as RecordId;
    for (let next = survivorOf(to, id); next !== undefined; next = survivorOf(to, id)) {
      turned.push({ field, to, id });
      id = next;
    }
    if (id !== named) changed[field] = id;
  }
  return turned.length === 0 ? { fields, turned } : { fields: { ...fields, ...changed }, turned };
}

/** The record with every reference turned. */
export const turnRecord = (domain: Domain, record: AnyRecord, survivorOf: SurvivorOf): AnyRecord =>
  turnReferences(domain, record, survivorOf).fields;
