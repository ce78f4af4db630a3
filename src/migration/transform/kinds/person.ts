/** What students and teachers have in common. */
import { nameOf } from "../convert.ts";
import { nameParts } from "../names.ts";
import type { RecordBuilder } from "../record-builder.ts";

/** The name, whole or out of its parts; the parts are kept as they were. */
export function personName(record: RecordBuilder): void {
  const whole = record.source.peek("name");
  if (whole && whole.value !== "" && whole.value !== null) {
    record.field("name");
    return;
  }
  if (whole) record.field("name");
  const parts = nameParts.map((part) => record.source.take(part));
  record.values.name = nameOf(parts.map((part) => part?.value)) || null;
  for (const part of parts) {
    if (!part) continue;
    if (typeof part.value === "string" && part.value.trim() !== "") record.claim(part.path, "name", true);
    record.keep(part);
  }
}
