/** From what a caller wants written to the mutations of one commit, tried against what this tab sees. */
import type { AnyRecord, Domain, DomainSet } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import { tickHlc } from "../domain/hlc.ts";
import { parseRecord } from "../domain/record.ts";
import type { LogItem } from "./log.ts";
import type { Model } from "./model.ts";
import type { Write } from "./record-store.ts";
import type { StoredMutation } from "./stored.ts";

/** What an earlier commit of the same entry did to a record. */
interface Drafted {
  readonly record: AnyRecord | null;
  /** The id of the last numbered mutation on it. */
  readonly last: number | null;
}

/** An entry being made: its mutations see those before them. */
export interface Draft {
  readonly model: Model;
  readonly domains: DomainSet;
  readonly client: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The same, ISO-8601. */
  readonly at: string;
  readonly drafted: Map<string, Drafted>;
  readonly maxRecords: number;
  nextId: number;
  hlc: string | null;
  /** How many records more or fewer there are when the entry is written. */
  grown: number;
}

export interface Formed {
  readonly mutations: readonly StoredMutation[];
  /** Of the mutation that carries each write; `null` in stage `off`. */
  readonly ids: readonly (number | null)[];
}

/**
 * The mutations of one commit, drafted all or none.
 * @throws RECORD_INVALID and the other input codes, NOT_FOUND, CREATE_CREATE, LIMIT
 */
export function formCommit(draft: Draft, writes: readonly Write[], group: boolean): Formed {
  const attempt: Draft = { ...draft, drafted: new Map() };
  const mutations: StoredMutation[] = [];
  const ids: (number | null)[] = [];
  for (const write of writes) {
    const made = formWrite(draft, attempt, write);
    mutations.push(...made);
    ids.push(made.at(-1)?.id ?? null);
  }
  for (const [key, drafted] of attempt.drafted) draft.drafted.set(key, drafted);
  draft.nextId = attempt.nextId;
  draft.hlc = attempt.hlc;
  draft.grown = attempt.grown;
  const first = mutations[0]?.id ?? null;
  if (!group || first === null || mutations.some(({ id }) => id === null)) return { mutations, ids };
  return { mutations: mutations.map((m) => ({ ...m, group: first, groupSize: mutations.length })), ids };
}

function formWrite(draft: Draft, attempt: Draft, write: Write): StoredMutation[] {
  const domain = draft.domains.get(write.domain);
  const id = write.kind === "create" ? write.record.id : write.id;
  const key = `${domain.name}/${id}`;
  const known = attempt.drafted.get(key) ?? draft.drafted.get(key);
  const current = known ? known.record : (draft.model.overlay.get(domain.name, id)?.record ?? null);
  const { record, fields } = wanted(domain, write, current);
  const below = known?.last == null ? draft.model.lastNumbered(domain.name, id) : null;
  const base = baseOf(draft, domain.name, id, known?.last ?? null, below);
  attempt.grown += Number(record !== null) - Number(current !== null);
  if (attempt.grown > 0 && draft.model.base.size + attempt.grown > draft.maxRecords)
    throw new AdapterError("LIMIT", `A tab holds at most ${draft.maxRecords} records.`, { place: key });
  const numbered = !overUnnumbered(draft, known, domain.name, id) && (onMutation(base) || goesOut(draft, domain.name));
  const make = (part: Pick<StoredMutation, "kind" | "base" | "fields">): StoredMutation => {
    attempt.hlc = tickHlc(attempt.hlc, draft.now, draft.client);
    const number = numbered ? attempt.nextId++ : null;
    attempt.drafted.set(key, { record, last: number });
    return { id: number, domain: domain.name, recordId: id, at: draft.at, hlc: attempt.hlc, ...part };
  };
  const whole = (of: AnyRecord) => make({ kind: "create", base: null, fields: withoutId(of) });
  if (!numbered) return [make({ kind: write.kind, base: null, fields })];
  if (write.kind === "create") return [make({ kind: "create", base: null, fields })];
  if (base !== "unknown") return [make({ kind: write.kind, base, fields })];
  // The server has never confirmed the record: it is sent whole.
  if (record) return [whole(record)];
  const created = whole(current as AnyRecord);
  return [created, make({ kind: "delete", base: { mutation: created.id ?? 0 }, fields: {} })];
}

const onMutation = (base: ReturnType<typeof baseOf>): boolean => base !== "unknown" && "mutation" in base;

/** While mutations are being made of what stage `off` left, a write to a record that may be among it has to come after them. */
const goesOut = ({ model }: Draft, domain: string): boolean => !model.isOff(domain) && !model.promoting;

/** A write over one that has no number yet gets its own together with it: the leader keeps their order. */
const overUnnumbered = ({ model }: Draft, known: Drafted | undefined, domain: string, id: string): boolean =>
  known ? known.last === null : model.overlay.items(domain, id).at(-1)?.mutation.id === null;

interface Wanted {
  /** The record afterwards. */
  readonly record: AnyRecord | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

function wanted(domain: Domain, write: Write, current: AnyRecord | null): Wanted {
  if (write.kind === "create") {
    const record = parseRecord(domain, write.record);
    if (current)
      throw new AdapterError("CREATE_CREATE", `A record of ${domain.name} has this id.`, { place: `/${record.id}` });
    return { record, fields: withoutId(record) };
  }
  if (!current)
    throw new AdapterError("NOT_FOUND", `There is no such record of ${domain.name}.`, { place: `/${write.id}` });
  if (write.kind === "delete") return { record: null, fields: {} };
  const merged = { ...current, ...write.fields };
  // What does not change was valid before.
  const record = isPlainly(domain, write.fields) ? merged : parseRecord(domain, merged);
  if (record.id !== current.id) throw new AdapterError("RECORD_INVALID", "A record keeps its id.", { place: "/id" });
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(write.fields)) if (name !== "id") fields[name] = record[name];
  return { record, fields };
}

/** Every one of these fields is valid as it is; of one that is not, the whole record's schema says what is wrong. */
function isPlainly(domain: Domain, fields: Readonly<Record<string, unknown>>): boolean {
  for (const [name, value] of Object.entries(fields)) {
    const field = Object.hasOwn(domain.fields, name) ? domain.fields[name] : undefined;
    // JSON is stored with its keys in order, which is the whole schema's business.
    if (!field || field.kind === "json" || !field.schema.safeParse(value).success) return false;
  }
  return true;
}

function withoutId(record: AnyRecord): Record<string, unknown> {
  const { id: _, ...fields } = record;
  return fields;
}

/** On what a mutation is made; `unknown`: the server has never confirmed the record. */
function baseOf(
  { model, client }: Draft,
  domain: string,
  id: string,
  drafted: number | null,
  below: LogItem | null,
): NonNullable<StoredMutation["base"]> | "unknown" {
  if (drafted !== null) return { mutation: drafted };
  if (below && below.mutation.id !== null) {
    if (below.answer && below.answer.version !== null) return { version: below.answer.version };
    const mutation = below.mutation.id;
    return below.log.client === client ? { mutation } : { mutation, client: below.log.client };
  }
  const version = model.base.get(domain, id)?.serverVersion ?? null;
  return version === null ? "unknown" : { version };
}
