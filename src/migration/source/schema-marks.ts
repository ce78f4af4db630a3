/** Marks of a schema newer than this program knows. */
import type { Finding } from "../types.ts";
import type { JsonScan } from "./json-scan.ts";

/** The newest layout of the old app's storage that is known. */
const newestMajor = 1;

/**
 * A finding when a value says that it is of a newer schema: a `schemaVersion` above 1, or, under a key that the layout
 * declares to be metadata, a `version` whose first number is above 1.
 */
export function newerSchema(key: string, raw: string, scan: JsonScan, isMetadata: boolean): Finding | null {
  const names = isMetadata ? ["schemaVersion", "version"] : ["schemaVersion"];
  const read = (start: number, end: number): number => majorOf(raw.slice(start, Math.min(end, start + 100)));
  const found =
    scan.type === "object"
      ? scan.items.filter((item) => names.includes(item.key ?? "") && !item.defect).map((i) => read(i.start, i.end))
      : names.includes(key) && (scan.type === "string" || scan.type === "number")
        ? [read(scan.start, scan.end)]
        : [];
  const newest = Math.max(0, ...found);
  if (newest <= newestMajor) return null;
  return {
    severity: "blocks",
    code: "SCHEMA_NEWER",
    domain: null,
    message: `The data is of schema version ${newest}; this program knows ${newestMajor}. It is only read.`,
    count: 1,
    examples: [key],
  };
}

const majorOf = (text: string): number => {
  const digits = /^"?v?(\d{1,9})(?:\.|"|$)/.exec(text);
  return digits ? Number(digits[1]) : 0;
};
