/** Whole records of a domain for tests: every field `null` but those that are given. */

import { parseRecordId } from "../../src/domain/ids.ts";
import { emptyRecord } from "../../src/domain/record.ts";
import { schoolDomains } from "../../src/school/domains.ts";

export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/** The fields of a create. */
export function fieldsOf(domain: string, given: object): Record<string, unknown> {
  const found = schoolDomains.find((d) => d.name === domain);
  if (!found) throw new Error(`no domain ${domain}`);
  const { id: _, ...fields } = emptyRecord(found, parseRecordId(uuid(0)), null);
  return { ...fields, ...given };
}

/** A create of one record. */
export const create = (domain: string, recordId: string, given: object) =>
  ({ kind: "create", domain, recordId, fields: fieldsOf(domain, given) }) as const;
