/** An element of a domain that the user of the package declared: field by field, references checked. */
import type { EntryBuilder } from "../entry-builder.ts";
import { mainRecord } from "./main-record.ts";

export function buildDeclared(entry: EntryBuilder): void {
  const record = mainRecord(entry);
  const { domain } = record.identity;
  const { index, log } = entry.context;
  for (const column of domain.fieldNames) {
    const reference = domain.references[column];
    if (!reference) {
      record.field(column);
      continue;
    }
    const found = record.source.take(column);
    if (!found) continue;
    if (reference.to === domain.name && index.isInCycle(domain.name, found.key, index.keyOf(entry.entry))) {
      entry.quarantine(domain.name, found.path, "CIRCULAR_REFERENCE", found.value as never);
      log.add(
        {
          severity: "ask",
          code: "CIRCULAR_REFERENCE",
          domain: domain.name,
          message: "Records refer to each other in a circle; the reference is set aside and the records are kept.",
        },
        `${entry.place}${found.path}`,
      );
      continue;
    }
    record.refer(column, found, reference.to);
  }
  record.finish();
}
