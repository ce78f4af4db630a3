/** From an untrusted value to a record, with the place of everything that is wrong. */
import type { AnyRecord, Domain } from "./define-domain.ts";
import { AdapterError, type ErrorCode, errorKinds } from "./errors.ts";
import { canonicalJson, isForbiddenKey } from "./json.ts";

/**
 * The record that a value is: every field present, JSON fields with sorted keys.
 * @throws TEXT_UNSUPPORTED, UNSERIALIZABLE, PRECISION, DATE_INVALID, LIMIT or RECORD_INVALID, naming the field
 */
export function parseRecord(domain: Domain, value: unknown): AnyRecord {
  // A copy, as the schema's would be: what the caller does to its own must not reach it.
  if (domain.accepts(value)) return { ...(value as AnyRecord), extra: {} };
  const parsed = domain.schema.safeParse(value);
  if (!parsed.success) throw invalid(domain, parsed.error.issues);
  const record = parsed.data as Record<string, unknown>;
  for (const name of domain.fieldNames) {
    if (domain.fields[name]?.kind === "json" && record[name] !== null)
      record[name] = canonicalJson(record[name], `/${name}`);
  }
  record.extra = canonicalJson(record.extra, "/extra");
  return record as AnyRecord & Record<string, unknown>;
}

/** A record of nothing but its id: every field `null`; a start for building one. */
export function emptyRecord(domain: Domain, id: AnyRecord["id"], externalId: string | null): Record<string, unknown> {
  const record: Record<string, unknown> = { id, externalId };
  for (const name of domain.fieldNames) record[name] = null;
  record.extra = {};
  return record;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly code?: string | undefined;
  readonly keys?: readonly string[];
}

function invalid(domain: Domain, issues: readonly Issue[]): AdapterError {
  const issue = issues[0];
  const path = `/${(issue?.path ?? []).map(String).join("/")}`;
  const forbidden = issue?.keys?.find(isForbiddenKey);
  if (forbidden) return new AdapterError("BAD_REQUEST", `The key ${forbidden} is refused.`, { place: path });
  const code: ErrorCode = issue && issue.message in errorKinds ? (issue.message as ErrorCode) : "RECORD_INVALID";
  const what = issue?.keys ? `unknown field ${issue.keys.join(", ")}` : (issue?.message ?? "invalid");
  return new AdapterError(code, `A record of ${domain.name} is refused at ${path}: ${what}.`, {
    place: path,
    facts: { domain: domain.name, fields: issues.map((i) => i.path.map(String).join("/") || i.keys?.join(",")) },
  });
}
