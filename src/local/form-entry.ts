/** From what a caller wants written to the mutations of one commit, tried against what this tab sees. */
import type { AnyRecord, Domain, DomainSet } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import { parseRecord } from "../domain/record.ts";
import { sameJson, withoutId } from "./base-record.ts";
import type { LogItem } from "./log.ts";
import type { Model } from "./model.ts";
import { mutationSize } from "./mutation-size.ts";
import type { Write } from "./record-store.ts";
import type { StoredMutation } from "./stored.ts";

/** A mutation with the record as it was before and is after it. */
export interface Made {
  readonly mutation: StoredMutation;
  readonly over: AnyRecord | null;
  readonly record: AnyRecord | null;
  /** Of the mutation's JSON, about, in UTF-16 code units. */
  readonly size: number;
}

/** An entry being made: its mutations see those before them. */
export interface Draft {
  readonly model: Model;
  readonly domains: DomainSet;
  readonly client: string;
  /** ISO-8601. */
  readonly at: string;
  /** The stamp that follows `last` at this moment. */
  readonly tick: (last: string | null) => string;
  readonly maxRecords: number;
  /** The last mutation on each record, by domain and id. */
  readonly drafted: Map<string, Map<string, Made>>;
  nextId: number;
  hlc: string | null;
  /** How many records more or fewer there are when the entry is written. */
  grown: number;
}

export interface Formed {
  readonly made: readonly Made[];
  /** Of the mutation that carries each write; `null` in stage `off`. */
  readonly ids: readonly (number | null)[];
}

/**
 * The mutations of one commit, all or none; the draft has them once they are adopted.
 * @throws RECORD_INVALID and the other input codes, NOT_FOUND, CREATE_CREATE, LIMIT
 */
export function formCommit(draft: Draft, writes: readonly Write[], group: boolean): Formed {
  const [first] = writes;
  if (first && writes.length === 1) {
    const alone = formWrite(draft, draft, first);
    return grouped(alone, [lastId(alone)], group);
  }
  const attempt: Draft = { ...draft, drafted: new Map() };
  const ids: (number | null)[] = [];
  const all: Made[] = [];
  for (const write of writes) {
    const one = formWrite(draft, attempt, write);
    adopt(attempt, one);
    ids.push(lastId(one));
    all.push(...one);
  }
  return grouped(all, ids, group);
}

/** What is drafted after these mutations sees them. */
export function adopt(draft: Draft, all: readonly Made[]): void {
  for (const one of all) {
    const { id, domain, recordId, hlc } = one.mutation;
    const byId = draft.drafted.get(domain);
    if (byId) byId.set(recordId, one);
    else draft.drafted.set(domain, new Map([[recordId, one]]));
    if (id !== null) draft.nextId = id + 1;
    draft.hlc = hlc;
    draft.grown += growth(one);
  }
}

const lastId = (all: readonly Made[]): number | null => all.at(-1)?.mutation.id ?? null;

const growth = ({ over, record }: Pick<Made, "over" | "record">): number =>
  Number(record !== null) - Number(over !== null);

function grouped(all: readonly Made[], ids: Formed["ids"], group: boolean): Formed {
  const first = all[0]?.mutation.id ?? null;
  if (!group || first === null || all.some(({ mutation }) => mutation.id === null)) return { made: all, ids };
  const together = { group: first, groupSize: all.length };
  return { made: all.map((one) => ({ ...one, mutation: { ...one.mutation, ...together } })), ids };
}

/** @param attempt what this commit has drafted so far, over `draft` */
function formWrite(draft: Draft, attempt: Draft, write: Write): readonly Made[] {
  const { model } = draft;
  const domain = draft.domains.get(write.domain);
  const { name } = domain;
  const id = write.kind === "create" ? write.record.id : write.id;
  const known = draftedOn(attempt, name, id) ?? (attempt === draft ? undefined : draftedOn(draft, name, id));
  const top = known ? undefined : model.overlay.items(name, id).at(-1);
  const over = known ? known.record : model.overlay.record(name, id);
  const { record, fields } = wanted(domain, write, over);
  const grown = attempt.grown + growth({ over, record });
  if (grown > 0 && model.base.size + grown > draft.maxRecords)
    throw new AdapterError("LIMIT", `A tab holds at most ${draft.maxRecords} records.`, { place: `${name}/${id}` });
  const last = known ? known.mutation : top?.mutation;
  const base = last?.id === null ? null : known ? { mutation: known.mutation.id ?? 0 } : baseOf(draft, name, id, top);
  // A write over one that has no number yet gets its own together with it: the leader keeps their order.
  const numbered = base !== null && (onMutation(base) || goesOut(draft, name));
  const hlc = attempt.tick(attempt.hlc);
  const seen = base === "unknown" ? null : base;
  const mutation: StoredMutation = {
    id: numbered ? attempt.nextId : null,
    domain: name,
    recordId: id,
    at: draft.at,
    hlc,
    kind: write.kind,
    // Without a number, too: what its tab had not seen it is not to overwrite unnoticed, however late it gets one.
    base: write.kind === "create" ? null : (seen ?? (numbered ? null : seenOf(draft, name, id, last))),
    // In stage `off`, where fields of references go on changing below it, what is written as it was is no edit.
    fields: numbered || write.kind !== "update" ? fields : changedFrom(over, fields),
    ...(write.app === undefined ? {} : { app: write.app }),
  };
  if (!numbered || write.kind === "create" || base !== "unknown") return [made(mutation, over, record)];
  // The server has never confirmed the record: it is sent whole.
  const whole: StoredMutation = { ...mutation, kind: "create", fields: withoutId(record ?? (over as AnyRecord)) };
  if (record) return [made(whole, over, record)];
  const deletion: StoredMutation = {
    ...mutation,
    id: attempt.nextId + 1,
    hlc: attempt.tick(hlc),
    base: { mutation: attempt.nextId },
  };
  return [made(whole, over, over), made(deletion, over, null)];
}

const draftedOn = ({ drafted }: Draft, domain: string, id: string): Made | undefined => drafted.get(domain)?.get(id);

const made = (mutation: StoredMutation, over: Made["over"], record: Made["record"]): Made => ({
  mutation,
  over,
  record,
  size: mutationSize(mutation),
});

/** The version under what has no number; of a record that the server has never confirmed, it will be the first. */
function seenOf({ model }: Draft, domain: string, id: string, last?: StoredMutation): StoredMutation["base"] {
  if (last?.id === null && last.base) return last.base;
  return { version: model.base.get(domain, id)?.since || model.base.tombstones(domain).get(id)?.since || 1 };
}

const onMutation = (base: ReturnType<typeof baseOf>): boolean => base !== "unknown" && "mutation" in base;

/**
 * While mutations are being made of what stage `off` left, a write to a record that may be among it has to come after them.
 * So does one that is made after what some tab wrote unaware of the stage, to which it may refer.
 */
const goesOut = ({ model }: Draft, domain: string): boolean =>
  !model.isOff(domain) && !model.promoting && !model.strayed();

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
  const names = Object.keys(write.fields);
  const merged = { ...current, ...write.fields };
  // What does not change was valid before; of what is not plainly valid, the whole record's schema says what is wrong.
  const record = names.every((name) => accepts(domain, name, merged[name])) ? merged : parseRecord(domain, merged);
  if (record.id !== current.id) throw new AdapterError("RECORD_INVALID", "A record keeps its id.", { place: "/id" });
  const fields: Record<string, unknown> = {};
  for (const name of names) if (name !== "id") fields[name] = record[name];
  return { record, fields };
}

const changedFrom = (over: AnyRecord | null, fields: Wanted["fields"]): Wanted["fields"] =>
  Object.fromEntries(Object.entries(fields).filter(([name, value]) => !sameJson(over?.[name], value)));

const accepts = ({ fields }: Domain, name: string, value: unknown): boolean =>
  Object.hasOwn(fields, name) && fields[name]?.accepts(value) === true;

/** On what a mutation is made that follows `top`; `unknown`: the server has never confirmed the record. */
function baseOf(
  { model, client }: Draft,
  domain: string,
  id: string,
  top: LogItem | undefined,
): NonNullable<StoredMutation["base"]> | "unknown" {
  if (top && top.mutation.id !== null) {
    if (top.answer && top.answer.version !== null) return { version: top.answer.version };
    const mutation = top.mutation.id;
    return top.log.client === client ? { mutation } : { mutation, client: top.log.client };
  }
  const version = model.base.get(domain, id)?.serverVersion ?? null;
  return version === null ? "unknown" : { version };
}
