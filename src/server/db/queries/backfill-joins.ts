/** A backfill seen through the joins of its school: who was joined is not entered again, and its references find the survivor. */
import type { DomainSet } from "../../../domain/define-domain.ts";
import { type Move, noAliases, noteMoves, readAliases, standsFor, turned } from "../aliases.ts";
import type { Tx } from "../database.ts";
import type { Tenant } from "../with-tenant.ts";
import type { Ending, ParsedPart } from "./backfill-parts.ts";

export interface ThroughJoins {
  /** What is left to insert or to note, references turned. */
  readonly parts: readonly ParsedPart[];
  /** Of parts whose record was joined, by the key of the part; the record as sent is their payload. */
  readonly endings: ReadonlyMap<string, Ending>;
  /** Remembers the references that were turned in the records that became rows. */
  note(created: readonly { readonly domain: string; readonly recordId: string }[]): Promise<void>;
}

export async function throughJoins(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  fresh: readonly ParsedPart[],
): Promise<ThroughJoins> {
  const endings = new Map<string, Ending>();
  const survivorOf = fresh.length === 0 ? noAliases : await readAliases(tx, tenant, domains);
  if (survivorOf === noAliases) return { parts: fresh, endings, note: async () => {} };
  const moves: Move[] = [];
  const parts = fresh.flatMap((part): ParsedPart[] => {
    if (part.record === null) return [part];
    const { domain: name, record } = part;
    if (survivorOf(name, record.id) !== undefined) {
      const recordId = standsFor(survivorOf, name, record.id);
      endings.set(part.key, {
        outcome: "merged",
        reason: "ALIAS",
        recordId,
        digest: null,
        payload: JSON.stringify(record),
      });
      return [];
    }
    const seen = turned(domains.get(name), record, survivorOf);
    moves.push(...seen.moves);
    return [seen.moves.length === 0 ? part : { ...part, record: seen.record, sent: record }];
  });
  return {
    parts,
    endings,
    note: async (created) => {
      const rows = new Set(created.map(({ domain, recordId }) => `${domain}/${recordId}`));
      await noteMoves(
        tx,
        tenant,
        moves.filter((move) => rows.has(`${move.childDomain}/${move.childId}`)),
      );
    },
  };
}
