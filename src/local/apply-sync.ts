/** What a step of the leader does to the store in memory; the same in every tab, and after every opening. */
import type { ChangeDown } from "../domain/sync-wire.ts";
import type { Log, LogItem } from "./log.ts";
import type { Model } from "./model.ts";
import { mutationSize } from "./mutation-size.ts";
import type { ReplyStep } from "./record-store.ts";
import type { Answer, Promotion, StoredMutation, SyncEntry } from "./stored.ts";

type Result = ReplyStep["results"][number];

/** What a step needs of the disk besides itself. */
export interface Fetched {
  /** `snapshot`: the confirmed records by domain and id. */
  readonly confirmed?: ReadonlyMap<string, ReadonlyMap<string, ChangeDown>>;
  /** `rewind`: the answered mutations that are kept, by client, in their order. */
  readonly kept?: Readonly<Record<string, readonly StoredMutation[]>>;
}

/** No server takes it for a cursor: the next request is refused, and a full snapshot mends what was lost. */
export const noCursor = "lost";

type Step<Kind extends SyncEntry["kind"]> = Extract<SyncEntry, { kind: Kind }>;
type Steps = { readonly [Kind in SyncEntry["kind"]]: (model: Model, step: Step<Kind>, fetched: Fetched) => void };

const steps: Steps = { reply, snapshot, rehome, rewind, position };

export function applySync(model: Model, entry: number, step: SyncEntry, fetched: Fetched): void {
  for (let missing = model.syncEntry + 1; missing < entry; missing++) loseStep(model, missing);
  model.syncEntry = entry;
  const apply = steps[step.kind] as (model: Model, step: SyncEntry, fetched: Fetched) => void;
  apply(model, step, fetched);
  model.settle();
  model.statusChanged();
}

/** A step could not be read: answers are asked for again. */
export function loseStep(model: Model, entry: number): void {
  model.missedSteps.add(entry);
  loseRecords(model);
}

/** The records may lack changes. */
export function loseRecords(model: Model): void {
  model.holed = true;
  model.position = { ...model.position, cursor: noCursor };
}

function reply(model: Model, { at, results, changes, cursor, seq, position: told }: Step<"reply">): void {
  const byLog = new Map<Log, Map<number, { readonly answer: Answer; readonly result: Result }>>();
  for (const result of results) {
    const place = model.logs.locate(result.client, result.id);
    if (!place) continue;
    const answers = byLog.get(place.log) ?? new Map<number, { answer: Answer; result: Result }>();
    const status: Answer["status"] = result.status === "duplicate" ? (result.earlier ?? "unknown") : result.status;
    const { version = null, code = null, place: field = null } = result;
    const answer = { status, seq, version, code, place: field, at };
    // Whoever waits for it knows it by the name that its commit gave it.
    answers.set(place.id, { answer, result: { ...result, client: place.log.client, id: place.id } });
    byLog.set(place.log, answers);
  }
  model.position = { ...told, cursor: model.holed ? noCursor : cursor };
  for (const [log, answers] of byLog) {
    for (const item of log.items) {
      const given = item.answer === null ? answers.get(item.mutation.id ?? 0) : undefined;
      if (!given || item.mutation.id === null) continue;
      answers.delete(item.mutation.id);
      log.answered = Math.max(log.answered, item.mutation.id);
      model.answered(item, given.answer);
      model.note(given.result);
    }
    for (const [id, { answer, result }] of answers) {
      // Known, or of a mutation that this tab has not read yet.
      if (id <= log.answered) continue;
      log.answered = Math.max(log.answered, id);
      log.early.set(id, { answer, step: model.syncEntry });
      model.note(result);
    }
  }
  for (const change of changes) {
    model.base.confirm(change, model.isOff(change.domain));
    model.refresh(change.domain, change.id);
  }
}

function snapshot(model: Model, step: Step<"snapshot">, { confirmed = new Map() }: Fetched): void {
  model.snapshot = Math.max(model.snapshot, step.snapshot);
  model.holed = false;
  model.position = step.position;
  for (const domain of new Set([...model.base.domains(), ...confirmed.keys()])) {
    const told = confirmed.get(domain) ?? new Map();
    for (const id of model.base.replaceConfirmed(domain, told, model.isOff(domain))) model.refresh(domain, id);
  }
}

function rehome(model: Model, { client, from, to }: Step<"rehome">): void {
  const log = model.logs.open(client);
  // One in the middle ends where the next one begins.
  log.aliases = [...log.aliases, { from, to }].sort((a, b) => a.from - b.from);
}

function rewind(model: Model, { answered }: Step<"rewind">, { kept = {} }: Fetched): void {
  for (const [client, until] of Object.entries(answered)) {
    const log = model.logs.open(client);
    if (until >= log.answered) continue;
    for (const item of log.items) if ((item.mutation.id ?? 0) > until) forgetAnswer(model, item);
    const again = new Set(kept[client]?.map(({ id }) => id));
    for (const { mutation } of model.parked.values()) {
      // What is kept no longer cannot wait again: it stays where somebody sees it.
      if (mutation.client !== client || mutation.id <= until || !again.has(mutation.id)) continue;
      model.parked.delete(`${client}/${mutation.id}`);
    }
    const settled = log.answered;
    log.answered = until;
    revive(model, log, kept[client] ?? [], settled);
  }
}

function forgetAnswer(model: Model, item: LogItem): void {
  if (item.answer === null) return;
  model.covering.delete(item);
  model.logs.forgetAnswer(item);
  model.refresh(item.mutation.domain, item.mutation.recordId);
}

/** Mutations that had been settled, those up to `settled`, wait again, before all others of their log. */
export function revive(model: Model, log: Log, kept: readonly StoredMutation[], settled: number): void {
  const present = new Set(log.items.map((item) => item.mutation.id));
  const later = log.items;
  log.items = [];
  for (const [index, mutation] of kept.entries()) {
    if (mutation.id === null || mutation.id <= log.answered || mutation.id > settled) continue;
    if (present.has(mutation.id)) continue;
    // Its id has to be filled, but what was given up is not sent again.
    const sent = log.discarded.has(mutation.id) ? { ...mutation, kind: "update" as const, fields: {} } : mutation;
    model.lay({ log, entry: 0, index, mutation: sent, bytes: mutationSize(sent), answer: null });
  }
  log.items = [...log.items, ...later];
}

function position(model: Model, { position: told, promoted }: Step<"position">): void {
  model.position = { ...told, cursor: model.position.cursor };
  if (promoted) promote(model, promoted);
}

function promote(model: Model, { based, adopted, domains, unconfirmed, last }: Promotion): void {
  const taken = new Set(adopted.map(([client, entry, index]) => `${client}/${entry}/${index}`));
  if (model.lastOff === null || last > model.lastOff) model.lastOff = last;
  const orphans = model.fold(based, ({ log, entry, index }) => taken.has(`${log.client}/${entry}/${index}`));
  // Of the domains that left `off`, mutations were made by who had read it.
  model.orphans.push(...orphans.filter(({ mutation }) => !domains.includes(mutation.domain)));
  for (const domain of domains)
    for (const id of model.base.restoreConfirmed(domain, unconfirmed)) model.refresh(domain, id);
}
