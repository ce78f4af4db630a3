/** The records that entries name across each other, kept while the accounting runs. */
import type { AnyRecord, DomainSet } from "../../domain/define-domain.ts";
import type { RecordId } from "../../domain/ids.ts";
import type { TransformedEntry } from "../types.ts";

export type RecordBook = (domain: string, id: RecordId) => AnyRecord | undefined;

/** Collects what other entries may name: records of domains that are referred to, and enrolments. */
export function recordBook(transformed: Iterable<TransformedEntry>, domains: DomainSet): RecordBook {
  const referred = new Set(["enrollments"]);
  for (const domain of domains.all)
    for (const reference of Object.values(domain.references)) referred.add(reference.to);
  const records = new Map<string, AnyRecord>();
  for (const { parts } of transformed)
    for (const part of parts)
      if (part.record && referred.has(part.domain)) records.set(`${part.domain}/${part.record.id}`, part.record);
  return (domain, id) => records.get(`${domain}/${id}`);
}
