/** A domain is data: everything that differs between kinds of record stands in its definition. */
import * as z from "zod/mini";
import { AdapterError } from "./errors.ts";
import type { Field, Fields, ValueOf } from "./fields.ts";
import type { RecordId } from "./ids.ts";
import type { JsonObject } from "./json.ts";

export const roles = ["admin", "teacher", "student", "viewer"] as const;
export type Role = (typeof roles)[number];
/** `own`: only records whose `owner` field names the student of the token. */
export type Right = "write" | "read" | "own" | "none";

/** What happens to a record when the one it names is deleted. */
export type DeleteRule = "restrict" | "cascade" | "detach";
export interface Reference {
  readonly to: string;
  readonly onDelete: DeleteRule;
}

export type ConflictRule = "lastWriteWins" | "mergeFields" | "clientWins" | "serverWins" | "userDecision";

/** How a list may be ordered. Text keys are normalised and compared by code point. */
export interface SortKey {
  readonly field: string;
  readonly by: "text" | "value";
}
export const byText = (field: string): SortKey => ({ field, by: "text" });
export const byValue = (field: string): SortKey => ({ field, by: "value" });

/** One step of a domain's schema history; `down` undoes `up`. */
export interface SchemaStep {
  readonly description: string;
  readonly up: (fields: JsonObject) => JsonObject;
  readonly down: (fields: JsonObject) => JsonObject;
}

export interface DomainSpec<Name extends string, F extends Fields> {
  readonly name: Name;
  readonly fields: F;
  readonly references: { readonly [field in keyof F]?: Reference };
  /** Sets of fields of which no two records share all values; a set with a `null` in it still counts. */
  readonly unique?: readonly (readonly (keyof F & string)[])[];
  /** Fields by which a human would call two records the same; tried in order. */
  readonly naturalKey?: readonly (readonly (keyof F & string)[])[];
  readonly sortKeys: Readonly<Record<string, SortKey>>;
  readonly conflict: ConflictRule;
  readonly rights: Readonly<Record<Role, Right>>;
  /** The field that names the student whose record this is; `id` for the student itself. */
  readonly owner?: (keyof F & string) | "id";
  readonly migrations: readonly SchemaStep[];
}

/** A declared domain. Its keys are plain text here, so that any domain fits where "some domain" is asked for. */
export interface Domain<Name extends string = string, F extends Fields = Fields> {
  readonly name: Name;
  readonly fields: F;
  readonly fieldNames: readonly string[];
  readonly references: Readonly<Record<string, Reference>>;
  readonly unique: readonly (readonly string[])[];
  readonly naturalKey: readonly (readonly string[])[];
  readonly sortKeys: Readonly<Record<string, SortKey>>;
  readonly conflict: ConflictRule;
  readonly rights: Readonly<Record<Role, Right>>;
  readonly owner: string | null;
  readonly migrations: readonly SchemaStep[];
  readonly schemaVersion: number;
  /** A whole record as it crosses the wire: strict, so that an unknown key is refused. */
  readonly schema: z.ZodMiniType;
  /** True only for what the schema gives back as it is, as `Field.accepts`. */
  readonly accepts: (value: unknown) => boolean;
}

/** The canonical shape of a record: the same in the browser, on the wire and out of the server. */
export type RecordOf<F extends Fields> = {
  readonly id: RecordId;
  /** The id it had in the old app. */
  readonly externalId: string | null;
  /** What no field fits, unchanged. */
  readonly extra: JsonObject;
} & { readonly [K in keyof F]: ValueOf<F[K]> };

/** A record of a domain that is only known at run time. */
export interface AnyRecord {
  readonly id: RecordId;
  readonly externalId: string | null;
  readonly extra: JsonObject;
  readonly [field: string]: unknown;
}

export type RecordOfDomain<D> = D extends Domain<string, infer F> ? RecordOf<F> : never;

const namePattern = /^[a-z][A-Za-z0-9]{0,39}$/;
const reserved = new Set(["id", "externalId", "extra", "version", "seq", "schoolId", "digest", "deletedAt"]);

/**
 * Declares a domain.
 * @throws CONFIG_INVALID when a name is not a plain camelCase word or is reserved, or when a reference, key or owner
 * names a field that is not there
 */
export function defineDomain<const Name extends string, const F extends Fields>(
  spec: DomainSpec<Name, F>,
): Domain<Name, F> {
  const fail = (what: string): never => {
    throw new AdapterError("CONFIG_INVALID", `Domain ${spec.name}: ${what}.`, { place: spec.name });
  };
  if (!namePattern.test(spec.name)) fail("the name must be a camelCase word of at most 40 letters");
  const fieldNames = Object.keys(spec.fields);
  for (const name of fieldNames)
    if (!namePattern.test(name) || reserved.has(name)) fail(`a field may not be called "${name}"`);
  const known = (name: string, where: string): void => {
    if (!fieldNames.includes(name)) fail(`${where} names "${name}", which is no field`);
  };
  const references: DomainSpec<string, Fields>["references"] = spec.references;
  for (const [name, reference] of Object.entries(references)) {
    if (!reference) continue;
    known(name, "references");
    if (spec.fields[name]?.kind !== "id") fail(`the reference "${name}" is not an id field`);
    if (reference.onDelete === "detach" && !spec.fields[name]?.nullable)
      fail(`"${name}" cannot be detached: it is not nullable`);
  }
  for (const set of [...(spec.unique ?? []), ...(spec.naturalKey ?? [])]) for (const name of set) known(name, "a key");
  for (const key of Object.values(spec.sortKeys)) known(key.field, "a sort key");
  if (spec.owner !== undefined && spec.owner !== "id") known(spec.owner, "owner");
  return {
    ...spec,
    fieldNames,
    references: references as Readonly<Record<string, Reference>>,
    unique: spec.unique ?? [],
    naturalKey: spec.naturalKey ?? [],
    owner: spec.owner ?? null,
    schemaVersion: 1 + spec.migrations.length,
    schema: recordSchema(spec.fields),
    accepts: recordAccepts(spec.fields),
  };
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const uuid = z.string().check(z.regex(uuidPattern));
const mostExternalId = 1100;
const externalId = z.nullable(z.string().check(z.minLength(1), z.maxLength(mostExternalId)));
const extra = z.record(z.string(), z.unknown());

const recordSchema = (fields: Fields) =>
  z.strictObject({ id: uuid, externalId, ...mapValues(fields, (field) => field.schema), extra });

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function recordAccepts(fields: Fields): Domain["accepts"] {
  const names = Object.keys(fields);
  const checks = Object.values(fields).map(({ accepts }) => accepts);
  const keys = names.length + 3;
  return (value) => {
    // As many keys as there are names, and something fitting under each: there is no other.
    if (!isPlain(value) || Object.keys(value).length !== keys) return false;
    const { id, externalId, extra } = value;
    if (typeof id !== "string" || !uuidPattern.test(id)) return false;
    if (externalId !== null && !isExternalId(externalId)) return false;
    // What it holds would have to be brought in order.
    if (!isPlain(extra) || Object.keys(extra).length > 0) return false;
    for (let i = 0; i < keys - 3; i++) if (!checks[i]?.(value[names[i] ?? ""])) return false;
    return true;
  };
}

const isExternalId = (value: unknown): boolean =>
  typeof value === "string" && value.length > 0 && value.length <= mostExternalId;

function mapValues<T>(fields: Fields, f: (field: Field) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, f(field)]));
}

/** The domains of one app, by name; parents stand before the children that name them. */
export interface DomainSet {
  readonly all: readonly Domain[];
  /** @throws NOT_FOUND */
  get(name: string): Domain;
  has(name: string): boolean;
}

/**
 * Puts domains together, ordered so that a domain stands behind those it refers to.
 * @throws CONFIG_INVALID for a name given twice, a reference to no domain, or domains that refer to each other in a circle
 */
export function domainSet(domains: readonly Domain[]): DomainSet {
  const byName = new Map<string, Domain>();
  for (const domain of domains) {
    if (byName.has(domain.name))
      throw new AdapterError("CONFIG_INVALID", `The domain ${domain.name} is declared twice.`);
    byName.set(domain.name, domain);
  }
  const ordered: Domain[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (domain: Domain): void => {
    if (state.get(domain.name) === "done") return;
    if (state.get(domain.name) === "open") {
      throw new AdapterError("CONFIG_INVALID", `The domains refer to each other in a circle at ${domain.name}.`);
    }
    state.set(domain.name, "open");
    for (const reference of Object.values(domain.references)) {
      if (reference.to === domain.name) continue;
      const parent = byName.get(reference.to);
      if (!parent)
        throw new AdapterError("CONFIG_INVALID", `${domain.name} refers to ${reference.to}, which is not declared.`);
      visit(parent);
    }
    state.set(domain.name, "done");
    ordered.push(domain);
  };
  for (const domain of domains) visit(domain);
  return {
    all: ordered,
    has: (name) => byName.has(name),
    get(name) {
      const domain = byName.get(name);
      if (!domain) throw new AdapterError("NOT_FOUND", `There is no domain ${name}.`);
      return domain;
    },
  };
}
