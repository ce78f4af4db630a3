/** An adapter that keeps its records in memory: the contract of `src/adapter/contract.ts` without a store and a server. */
import type {
  AdapterControls,
  AdapterStatus,
  BatchWrite,
  DomainAdapter,
  Item,
  Mismatch,
  Page,
  Source,
  Written,
} from "../../src/adapter/contract.ts";
import type { AnyRecord, Domain } from "../../src/domain/define-domain.ts";
import { AdapterError } from "../../src/domain/errors.ts";
import { parseRecordId } from "../../src/domain/ids.ts";
import { emptyRecord } from "../../src/domain/record.ts";
import { compareCodePoints, sortKeyOf } from "../../src/domain/sort-key.ts";
import { modeOf } from "../../src/domain/stages.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { uuid } from "./records.ts";

export interface MemoryAdapter extends AdapterControls {
  /** Writes as another device would: only the change is told. */
  put(domain: string, records: readonly object[], state?: Item["state"]): void;
  drop(domain: string, ids: readonly string[]): void;
  /** Until it is called with `null`, every read and write rejects with it. */
  failWith(error: Error | null): void;
  /** Reads answer only when `open` is called; the answer is what stood when the read began. */
  hold(): { open(): void };
  tellStatus(changes: Partial<AdapterStatus>): void;
  tellMismatch(mismatch: Mismatch): void;
  /** Every call of `list` and `get`, in their order. */
  readonly reads: readonly string[];
}

export function memoryAdapter({
  domains = schoolDomains,
}: {
  readonly domains?: readonly Domain[];
} = {}): MemoryAdapter {
  const items = new Map(domains.map(({ name }) => [name, new Map<string, Item>()]));
  const listeners = new Map(domains.map(({ name }) => [name, new Set<(change: { ids: readonly string[] }) => void>()]));
  const statusListeners = new Set<(status: AdapterStatus) => void>();
  const mismatchListeners = new Set<(mismatch: Mismatch) => void>();
  const reads: string[] = [];
  let [failure, gate, made]: [Error | null, Promise<void> | null, number] = [null, null, 0];
  const source: Source = "local";
  let status: AdapterStatus = {
    stage: "off",
    mode: "localStorage",
    epoch: 1,
    sync: {
      phase: "idle",
      leading: true,
      paused: [],
      error: null,
      lastSyncedAt: null,
      clockSkewMs: null,
      recovered: null,
      outbox: { mutations: 0, bytes: 0, oldest: null },
    },
    outbox: { mutations: 0, bytes: 0, oldest: null },
    parked: [],
    readOnly: null,
    warnings: [],
    legacy: null,
  };
  const setStatus = (changes: Partial<AdapterStatus>): void => {
    status = { ...status, ...changes };
    for (const listener of statusListeners) listener(status);
  };
  const definition = (name: string): Domain => {
    const found = domains.find((one) => one.name === name);
    if (!found) throw new AdapterError("NOT_FOUND", `There is no domain ${name}.`);
    return found;
  };
  const heldIn = (name: string) => items.get(name) ?? new Map<string, Item>();
  const tell = (name: string, ids: readonly string[]): void => {
    for (const listener of listeners.get(name) ?? []) listener({ ids });
  };
  const whole = (name: string, given: object): AnyRecord => {
    const id = "id" in given ? String(given.id) : uuid(900_000_000 + ++made);
    return { ...emptyRecord(definition(name), parseRecordId(id), null), ...given, id } as AnyRecord;
  };
  const answer = async <T>(value: T): Promise<T> => {
    if (gate) await gate;
    if (failure) throw failure;
    return value;
  };

  function pageOf(name: string, query: Parameters<DomainAdapter["list"]>[0] = {}): Page {
    const domain = definition(name);
    const key = query.sort === undefined ? null : domain.sortKeys[query.sort];
    const rank = (item: Item) => (key ? sortKeyOf(domain, key, item.record) : null);
    const all = [...heldIn(name).values()].filter(({ record }) =>
      Object.entries(query.filter ?? {}).every(([field, value]) =>
        Array.isArray(value) ? value.includes(record[field]) : record[field] === value,
      ),
    );
    all.sort((a, b) => {
      const [x, y] = [rank(a), rank(b)];
      const byKey = x === y ? 0 : x === null ? 1 : y === null ? -1 : compareCodePoints(String(x), String(y));
      return (
        (x === null || y === null || query.order !== "desc" ? byKey : -byKey) ||
        compareCodePoints(a.record.id, b.record.id)
      );
    });
    const from = query.cursor === undefined ? 0 : all.findIndex(({ record }) => record.id === query.cursor) + 1;
    const page = all.slice(from, from + (query.limit ?? 100));
    const last = page.at(-1);
    const next = last && from + page.length < all.length ? last.record.id : null;
    return { items: page, next, source, pending: all.filter(({ state }) => state === "pending").length };
  }

  async function write(one: BatchWrite): Promise<Written> {
    await answer(null);
    const held = heldIn(one.domain);
    const record =
      one.kind === "create"
        ? whole(one.domain, one.draft)
        : { ...held.get(one.id)?.record, ...(one.kind === "update" ? one.changes : {}) };
    const id = String(record.id);
    if (one.kind !== "create" && !held.has(one.id)) throw new AdapterError("NOT_FOUND", "There is no such record.");
    const item: Item = { record: record as AnyRecord, version: null, state: "local" };
    if (one.kind === "remove") held.delete(one.id);
    else held.set(id, item);
    tell(one.domain, [id]);
    return { item: one.kind === "remove" ? null : item, acknowledged: "local" };
  }

  return {
    reads,
    domain: (name) => {
      definition(name);
      return {
        list(query) {
          reads.push(`${name}/list`);
          return answer(pageOf(name, query));
        },
        get(id) {
          reads.push(`${name}/${id}`);
          const item = heldIn(name).get(id);
          return answer(item ? { ...item, source } : null);
        },
        create: (draft) => write({ kind: "create", domain: name, draft }),
        update: (id, changes) => write({ kind: "update", domain: name, id, changes }),
        remove: (id) => write({ kind: "remove", domain: name, id }),
        subscribe(listener) {
          listeners.get(name)?.add(listener);
          return () => listeners.get(name)?.delete(listener);
        },
      };
    },
    batch: async (writes) => {
      const done: Written[] = [];
      for (const one of writes) done.push(await write(one));
      return done;
    },
    // A new object at every call, as an adapter may.
    status: () => ({ ...status }),
    onStatus(listener) {
      statusListeners.add(listener);
      return () => statusListeners.delete(listener);
    },
    onMismatch(listener) {
      mismatchListeners.add(listener);
      return () => mismatchListeners.delete(listener);
    },
    setMode: async (mode) => {
      await answer(null);
      setStatus({ mode, stage: mode === "api" ? "rampdown" : mode === "hybrid" ? "dualwrite" : "off" });
    },
    setStage: async (stage) => {
      await answer(null);
      setStatus({ stage, mode: modeOf(stage), epoch: status.epoch + 1 });
    },
    syncNow: () => answer({ outcome: "synced", pushed: 1, pulled: 2, conflicts: 0, parked: 0, error: null } as const),
    logout: () => answer(undefined),
    exportUnsent: () => "[]",
    close: async () => {},
    put(name, records, state = "synced") {
      for (const given of records) {
        const record = whole(name, given);
        const version = (heldIn(name).get(record.id)?.version ?? 0) + 1;
        heldIn(name).set(record.id, { record, version, state });
        tell(name, [record.id]);
      }
    },
    drop(name, ids) {
      for (const id of ids) heldIn(name).delete(id);
      tell(name, ids);
    },
    failWith(error) {
      failure = error;
    },
    hold() {
      let release = (): void => {};
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return {
        open() {
          gate = null;
          release();
        },
      };
    },
    tellStatus: setStatus,
    tellMismatch(mismatch) {
      for (const listener of mismatchListeners) listener(mismatch);
    },
  };
}
