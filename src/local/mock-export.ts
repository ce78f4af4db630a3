/** The text of a full export of the mock data service: every domain that was ever saved, an empty one as `[]`. */
import * as z from "zod/mini";
import type { AnyRecord } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";

const format = "hybrid-data-adapter/export/1";

const shape = z.object({
  format: z.literal(format),
  lastUpdated: z.string(),
  schemaVersions: z.record(z.string(), z.number()),
  domains: z.record(z.string(), z.array(z.unknown())),
});
export type MockExport = z.infer<typeof shape>;

export const exportText = (
  domains: Readonly<Record<string, readonly AnyRecord[]>>,
  { lastUpdated, schemaVersions }: Pick<MockExport, "lastUpdated" | "schemaVersions">,
): string => JSON.stringify({ format, lastUpdated, schemaVersions, domains }, null, 2);

/**
 * The export, or `null` for JSON that is none of ours: an export of the old app, perhaps.
 * @throws SOURCE_CORRUPT for text that is cut or no JSON at all
 */
export function readExport(text: string): MockExport | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AdapterError("SOURCE_CORRUPT", `The export is no whole JSON (${text.length} characters).`, { cause });
  }
  const parsed = shape.safeParse(value);
  return parsed.success ? parsed.data : null;
}
