/** The pending mutations laid over the base, and the views that come of it; only touched records have one. */
import type { AnyRecord } from "../domain/define-domain.ts";
import type { RecordId } from "../domain/ids.ts";
import type { Base } from "./base.ts";
import { confirmedOf, isTwin } from "./base-record.ts";
import type { Made } from "./form-entry.ts";
import { compareItems, isWaiting, type LogItem } from "./log.ts";
import type { RecordState, RecordView } from "./record-store.ts";

/** What lies over one record. */
interface Laid {
  /** In the order in which they apply. */
  readonly items: LogItem[];
  /** Shown when nothing is pending. */
  flag: "conflict" | "parked" | null;
  /** The record as the mutations leave it, and what is shown of it; `undefined` until somebody asks. */
  record: AnyRecord | null | undefined;
  view: RecordView | null | undefined;
}

export class Overlay {
  readonly #base: Base;
  readonly #laid = new Map<string, Map<string, Laid>>();

  constructor(base: Base) {
    this.#base = base;
  }

  get(domain: string, id: string): RecordView | null {
    const laid = this.#laid.get(domain)?.get(id);
    return laid ? this.#shown(domain, id, laid) : this.#base.get(domain, id);
  }

  /** The record alone: what a write needs of it, without what is shown beside it. */
  record(domain: string, id: string): AnyRecord | null {
    const laid = this.#laid.get(domain)?.get(id);
    return laid ? this.#record(domain, id, laid) : (this.#base.get(domain, id)?.record ?? null);
  }

  *all(domain: string): Iterable<RecordView> {
    const laid = this.#laid.get(domain);
    if (!laid || laid.size === 0) {
      yield* this.#base.records(domain).values();
      return;
    }
    for (const [id, entry] of this.#base.records(domain)) if (!laid.has(id)) yield entry;
    for (const [id, entry] of laid) {
      const view = this.#shown(domain, id, entry);
      if (view) yield view;
    }
  }

  count(domain: string): number {
    let count = this.#base.count(domain);
    for (const [id, laid] of this.#laid.get(domain) ?? [])
      count += Number(this.#record(domain, id, laid) !== null) - Number(this.#base.get(domain, id) !== null);
    return count;
  }

  /** The mutations over a record, in their order. */
  items(domain: string, id: string): readonly LogItem[] {
    return this.#laid.get(domain)?.get(id)?.items ?? [];
  }

  lay(item: LogItem, made?: Pick<Made, "over" | "record">): void {
    const { domain, recordId } = item.mutation;
    const laid = this.#open(domain, recordId);
    const { items } = laid;
    const last = items.at(-1);
    if (last && compareItems(item, last) < 0) {
      items.splice(
        items.findIndex((other) => compareItems(item, other) < 0),
        0,
        item,
      );
      this.refresh(domain, recordId);
      return;
    }
    // The usual case, a later write, is laid on what is there already.
    const before = this.#record(domain, recordId, laid);
    items.push(item);
    laid.view = undefined;
    // What lies below it may come back to sight.
    if (isDeletion(item) || (before === null && made?.over !== before)) laid.record = undefined;
    else laid.record = made && made.over === before ? made.record : apply(before, item);
  }

  lift(item: LogItem): void {
    const { domain, recordId } = item.mutation;
    const laid = this.#laid.get(domain)?.get(recordId);
    const at = laid?.items.indexOf(item) ?? -1;
    if (!laid || at < 0) return;
    laid.items.splice(at, 1);
    this.refresh(domain, recordId);
  }

  flag(domain: string, id: string, flag: Laid["flag"]): void {
    const laid = flag ? this.#open(domain, id) : this.#laid.get(domain)?.get(id);
    if (!laid) return;
    laid.flag = flag;
    this.refresh(domain, id);
  }

  /** Looks at a record again whose base or mutations have changed. */
  refresh(domain: string, id: string): void {
    const laid = this.#laid.get(domain)?.get(id);
    if (!laid) return;
    if (laid.items.length === 0 && laid.flag === null) {
      this.#laid.get(domain)?.delete(id);
      return;
    }
    laid.record = undefined;
    laid.view = undefined;
  }

  #open(domain: string, id: string): Laid {
    let byId = this.#laid.get(domain);
    if (!byId) {
      byId = new Map();
      this.#laid.set(domain, byId);
    }
    let laid = byId.get(id);
    if (!laid) {
      laid = { items: [], flag: null, record: undefined, view: undefined };
      byId.set(id, laid);
    }
    return laid;
  }

  #record(domain: string, id: string, laid: Laid): AnyRecord | null {
    if (laid.record !== undefined) return laid.record;
    const entry = this.#base.get(domain, id);
    let record = entry?.record ?? null;
    // What was edited in stage `off` stays in sight, although it was deleted elsewhere.
    let gone = this.#base.deletedElsewhere(domain, id);
    // What was created here in stage `off` hides what was created elsewhere, until it is deleted.
    const confirmed = entry && entry.serverVersion !== null ? confirmedOf(entry) : null;
    let hidden = entry && isTwin(entry) ? confirmed : null;
    for (const item of laid.items) {
      const { id: number, kind } = item.mutation;
      if (isEdit(item)) record ??= gone;
      else if (kind !== "update") gone = null;
      if (number === null && kind === "create" && record) hidden = confirmed;
      record = apply(record, item);
      if (!isDeletion(item)) continue;
      record = hidden;
      hidden = null;
    }
    laid.record = record;
    return record;
  }

  #shown(domain: string, id: string, laid: Laid): RecordView | null {
    if (laid.view !== undefined) return laid.view;
    const record = this.#record(domain, id, laid);
    laid.view = record && this.#view(domain, id, record, laid);
    return laid.view;
  }

  #view(domain: string, id: string, record: AnyRecord, { items, flag }: Laid): RecordView {
    const base = this.#base.get(domain, id);
    const answered = items.findLast((item) => item.answer !== null && item.answer.version !== null);
    const serverVersion = answered?.answer?.version ?? base?.serverVersion ?? null;
    return { record, serverVersion, state: stateOf(items, flag, base?.state ?? "synced") };
  }
}

function stateOf(items: readonly LogItem[], flag: Laid["flag"], atRest: RecordState): RecordState {
  if (items.some(isWaiting)) return "pending";
  if (items.some((item) => item.mutation.id === null)) return "local";
  return flag ?? (items.length > 0 ? "synced" : atRest);
}

/** Made in stage `off`. */
const isEdit = ({ mutation: { id, kind, fields } }: LogItem): boolean =>
  id === null && kind === "update" && Object.keys(fields).length > 0;

const isDeletion = ({ mutation: { id, kind } }: LogItem): boolean => id === null && kind === "delete";

/** An update of nothing shows nothing; a create over a record shows the create. */
function apply(record: AnyRecord | null, { mutation }: LogItem): AnyRecord | null {
  switch (mutation.kind) {
    case "create": {
      const { externalId = null, extra = {} } = mutation.fields;
      return { ...mutation.fields, externalId, extra, id: mutation.recordId as RecordId } as AnyRecord;
    }
    case "update":
      return record && { ...record, ...mutation.fields };
    case "delete":
      return null;
  }
}
