/** What the server confirmed, and what stage `off` folded in: the records without the pending mutations over them. */
import type { AnyRecord } from "../domain/define-domain.ts";
import type { ChangeDown } from "../domain/sync-wire.ts";
import {
  type BaseRecord,
  confirmedOf,
  isOwn,
  isTwin,
  made,
  pick,
  sameJson,
  type Tombstone,
  tombstoneOf,
  withoutId,
} from "./base-record.ts";
import { ChunkIndex } from "./chunk-index.ts";
import type { StoredMutation, StoredRecord } from "./stored.ts";

/** Records and tombstones by domain, and in which chunk each is stored. */
export class Base {
  readonly #records = new Map<string, Map<string, BaseRecord>>();
  /** Read from chunks, and not yet looked for by anybody: finding a place for each by its id costs half as much as parsing. */
  readonly #loaded = new Map<string, (readonly [chunk: number, records: readonly StoredRecord[]])[]>();
  readonly #tombstones = new Map<string, Map<string, Tombstone>>();
  readonly chunks = new ChunkIndex();
  /** Of all domains. */
  size = 0;

  records(domain: string): ReadonlyMap<string, BaseRecord> {
    return this.#domain(domain);
  }

  count(domain: string): number {
    let count = this.#records.get(domain)?.size ?? 0;
    for (const [, records] of this.#loaded.get(domain) ?? []) count += records.length;
    return count;
  }

  domains(): IterableIterator<string> {
    return this.#records.keys();
  }

  get(domain: string, id: string): BaseRecord | null {
    if (this.#loaded.size > 0) this.#place(domain);
    return this.#records.get(domain)?.get(id) ?? null;
  }

  tombstones(domain: string): ReadonlyMap<string, Tombstone> {
    return this.#tombstones.get(domain) ?? new Map();
  }

  /** As it was before it was deleted elsewhere, and nowhere else. */
  deletedElsewhere(domain: string, id: string): AnyRecord | null {
    const stone = this.#tombstones.get(domain)?.get(id);
    return stone && !stone.here ? stone.record : null;
  }

  #domain(domain: string): Map<string, BaseRecord> {
    if (this.#loaded.size > 0) this.#place(domain);
    let records = this.#records.get(domain);
    if (!records) {
      records = new Map();
      this.#records.set(domain, records);
    }
    return records;
  }

  /** Puts the records that were read from a chunk. */
  load(domain: string, chunk: number, records: readonly StoredRecord[]): void {
    if (!this.#records.has(domain)) this.#records.set(domain, new Map());
    const loaded = this.#loaded.get(domain);
    if (loaded) loaded.push([chunk, records]);
    else this.#loaded.set(domain, [[chunk, records]]);
    this.size += records.length;
  }

  /** Gives every record of a domain its place by id, when the first of them is looked for. */
  #place(domain: string): void {
    const loaded = this.#loaded.get(domain);
    const byId = this.#records.get(domain);
    if (!loaded || !byId) return;
    this.#loaded.delete(domain);
    for (const [chunk, records] of loaded)
      for (const stored of records) {
        const record = stored[0];
        const version = stored[1];
        const edited = stored.length === 4;
        byId.set(record.id, made(record, version, edited ? stored[2] : null, edited ? stored[3] : version, chunk));
      }
  }

  /**
   * What the server says of a record: it is this, or it is gone. It makes no difference whether what was written in stage `off`
   * is folded in before or after.
   */
  confirm({ domain, id, record, version }: ChangeDown, off: boolean): void {
    const before = this.get(domain, id);
    const tombstone = this.#tombstones.get(domain)?.get(id);
    if (tombstone?.here) {
      // Not yet sent: it stays deleted, on the version that was deleted.
      const confirmed = record === null ? tombstone.record : (record as AnyRecord);
      this.bury(domain, { ...tombstone, record: confirmed, version });
      return;
    }
    if (off && before && isOwn(before)) {
      // Created here and elsewhere: the two meet when this one is sent.
      if (record !== null) this.put(domain, before.record, version, withoutId(record as AnyRecord), 0);
      return;
    }
    if (before && isTwin(before) && record === null) {
      this.put(domain, before.record, null);
      return;
    }
    if (before?.dirty) {
      // Its edit is not yet sent; a deletion meets it as a conflict when it is, and until then it stays in sight.
      if (record === null) {
        this.put(domain, before.record, null, before.dirty, before.since);
        return;
      }
      const edited = Object.keys(before.dirty);
      const kept = { ...record, ...pick(before.record, edited) } as AnyRecord;
      this.put(domain, kept, version, pick(record, edited), before.since);
      return;
    }
    if (record !== null) {
      this.#tombstones.get(domain)?.delete(id);
      this.put(domain, record as AnyRecord, version);
      return;
    }
    this.remove(domain, id);
    // What some tab edited is not folded in yet, or not even read.
    const stone = off && before && tombstoneOf(before);
    if (stone) this.bury(domain, { ...stone, version: null });
  }

  put(
    domain: string,
    record: AnyRecord,
    version: number | null,
    dirty: BaseRecord["dirty"] = null,
    since: number | null = version,
  ): void {
    const records = this.#domain(domain);
    const before = records.get(record.id);
    if (!before) this.size += 1;
    const chunk = before ? this.chunks.touch(domain, before.chunk) : this.chunks.place(domain);
    records.set(record.id, made(record, version, dirty, since, chunk));
  }

  remove(domain: string, id: string): void {
    const before = this.get(domain, id);
    if (!before) return;
    this.#domain(domain).delete(id);
    this.size -= 1;
    this.chunks.free(domain, before.chunk);
  }

  /** Moves a record to another chunk, so that the one that it leaves can go. */
  move(domain: string, entry: BaseRecord): void {
    this.chunks.free(domain, entry.chunk);
    this.#domain(domain).set(entry.record.id, { ...entry, chunk: this.chunks.place(domain) });
  }

  bury(domain: string, tombstone: Tombstone): void {
    const stones = this.#tombstones.get(domain) ?? new Map<string, Tombstone>();
    this.#tombstones.set(domain, stones.set(tombstone.record.id, tombstone));
  }

  /** Folds in a mutation of stage `off`, keeping what the server had confirmed; `false`: there is no record to change. */
  fold({ kind, domain, recordId, fields, base }: StoredMutation): boolean {
    const before = this.get(domain, recordId);
    const stone = this.#tombstones.get(domain)?.get(recordId);
    const known = stone ?? (before && tombstoneOf(before));
    // What was confirmed since it was made, its tab had not seen.
    const seen = (since: number): number => (base && "version" in base ? Math.min(since, base.version) : since);
    if (kind === "delete") {
      if (before && isTwin(before)) {
        this.put(domain, confirmedOf(before), before.serverVersion);
        return true;
      }
      this.remove(domain, recordId);
      if (known) this.bury(domain, { ...known, since: seen(known.since), here: true });
      return true;
    }
    const over = before?.record ?? this.deletedElsewhere(domain, recordId);
    if (kind === "update" && !over) return false;
    const names = Object.keys(fields);
    if (kind === "update" && names.length === 0) return true;
    const record = (kind === "create" ? { id: recordId, ...fields } : { ...over, ...fields }) as AnyRecord;
    this.#tombstones.get(domain)?.delete(recordId);
    // One that is created where another is, or was deleted, elsewhere is not that one.
    const isNew = kind === "create" && !stone?.here;
    if (!known || (isNew && (stone || known.version === null))) {
      this.put(domain, record, null);
      return true;
    }
    if (isNew) {
      this.put(domain, record, known.version, withoutId(known.record), 0);
      return true;
    }
    const edited = [...new Set([...Object.keys(before?.dirty ?? {}), ...names])];
    this.put(domain, record, known.version, pick(known.record, edited), seen(known.since));
    return true;
  }

  /** Is the record as the mutation left it? */
  shows({ kind, domain, recordId, fields }: StoredMutation): boolean {
    const record = this.get(domain, recordId)?.record;
    if (kind === "delete") return record === undefined;
    return record !== undefined && Object.keys(fields).every((name) => sameJson(record[name], fields[name]));
  }

  /** Back to what the server confirmed, because mutations were made of the difference. */
  restoreConfirmed(domain: string, unconfirmed: boolean): readonly string[] {
    const changed: string[] = [];
    for (const entry of this.records(domain).values()) {
      if (entry.dirty && entry.serverVersion !== null) this.put(domain, confirmedOf(entry), entry.serverVersion);
      else if (entry.dirty || (unconfirmed && isOwn(entry))) this.remove(domain, entry.record.id);
      else continue;
      changed.push(entry.record.id);
    }
    for (const { record, version } of this.tombstones(domain).values()) {
      if (version === null) continue;
      this.put(domain, record, version);
      changed.push(record.id);
    }
    this.#tombstones.delete(domain);
    return changed;
  }

  /** Replaces what the server had confirmed; records that it never confirmed and unsent edits stay. */
  replaceConfirmed(domain: string, confirmed: ReadonlyMap<string, ChangeDown>, off: boolean): readonly string[] {
    const changed: string[] = [];
    for (const entry of this.records(domain).values()) {
      const { id } = entry.record;
      if (entry.serverVersion === null || confirmed.has(id)) continue;
      this.confirm({ domain, id, record: null, version: null }, off);
      changed.push(id);
    }
    for (const [id, change] of confirmed) {
      const before = this.get(domain, id);
      if (before && before.serverVersion === change.version && sameJson(before.record, change.record)) continue;
      this.confirm(change, off);
      changed.push(id);
    }
    for (const id of this.tombstones(domain).keys())
      if (!confirmed.has(id)) this.confirm({ domain, id, record: null, version: null }, off);
    return changed;
  }
}
