/** What a backup holds, as one text with its manifest: a hash for each value and one over all. */
import * as z from "zod/mini";
import type { AnyRecord } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import { isForbiddenKey, isJsonObject } from "../../domain/json.ts";
import type { LegacySource } from "../types.ts";
import { sha256Hex, utf8 } from "./bytes.ts";

export type RecordsByDomain = Readonly<Record<string, readonly AnyRecord[]>>;

export type BackupContent =
  | { readonly kind: "source"; readonly source: LegacySource }
  | { readonly kind: "records"; readonly records: RecordsByDomain };

/** One value (or the records of one domain) in the manifest. */
export interface ManifestLine {
  readonly key: string;
  /** Of the text in UTF-8, or of its JSON string where UTF-8 cannot hold it. */
  readonly size: number;
  readonly sha256: string;
}

const count = z.int().check(z.gte(0));
const payload = z.strictObject({
  manifest: z.strictObject({
    values: z.array(z.strictObject({ key: z.string(), size: count, sha256: z.string() })),
    sha256: z.string(),
  }),
  name: z.string(),
  container: z.enum(["dump", "document", "array"]),
  fingerprint: z.string(),
  /** Of a school's records: the domain and the JSON of its list. */
  values: z.array(z.strictObject({ key: z.string(), raw: z.string() })),
});
const recordList = z.array(
  z.custom<AnyRecord>((value) => isJsonObject(value) && typeof value.id === "string" && isJsonObject(value.extra)),
);

function lineOf({ key, raw }: { readonly key: string; readonly raw: string }): ManifestLine {
  const bytes = utf8(raw.isWellFormed() ? raw : JSON.stringify(raw));
  return { key, size: bytes.length, sha256: sha256Hex(bytes) };
}

function manifestOf(values: LegacySource["values"]): { values: ManifestLine[]; sha256: string } {
  const lines = values.map(lineOf);
  return { values: lines, sha256: sha256Hex(utf8(JSON.stringify(lines.map((l) => [l.key, l.size, l.sha256])))) };
}

/** Both kinds of content are a list of named texts; that list is what the manifest speaks of. */
export function valuesOf(content: BackupContent): LegacySource["values"] {
  if (content.kind === "source") return content.source.values;
  return Object.entries(content.records).map(([key, list]) => ({ key, raw: JSON.stringify(list) }));
}

export function writeContent(content: BackupContent): string {
  const values = valuesOf(content);
  const { name, container, fingerprint } =
    content.kind === "source" ? content.source : { name: "records", container: "document" as const, fingerprint: "" };
  return JSON.stringify({
    manifest: manifestOf(values),
    name,
    container,
    fingerprint,
    values: values.map(({ key, raw }) => ({ key, raw })),
  });
}

const unlike = (cause?: unknown): AdapterError =>
  new AdapterError("BACKUP_AUTH", "The content of the backup is not what its manifest says.", { cause });

/** @throws BACKUP_AUTH when it is not such a text, or one hash of the manifest does not hold */
export function readContent(kind: BackupContent["kind"], text: string): BackupContent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unlike(cause);
  }
  const parsed = payload.safeParse(value);
  if (!parsed.success) throw unlike(parsed.error);
  const { manifest, name, container, fingerprint, values } = parsed.data;
  if (JSON.stringify(manifestOf(values)) !== JSON.stringify(manifest)) throw unlike();
  if (kind === "source") return { kind, source: { name, container, values, fingerprint } };
  return { kind, records: Object.fromEntries(values.map(({ key, raw }) => [key, readRecords(key, raw)])) };
}

function readRecords(domain: string, raw: string): readonly AnyRecord[] {
  if (isForbiddenKey(domain)) throw unlike();
  try {
    return z.parse(recordList, JSON.parse(raw));
  } catch (cause) {
    throw unlike(cause);
  }
}
