/** The old app's data service, on top of the record store: the same calls, every domain, every element validated. */
import type { AnyRecord, Domain, DomainSet } from "../domain/define-domain.ts";
import { AdapterError, type ErrorCode, isAdapterError } from "../domain/errors.ts";
import { parseRecordId } from "../domain/ids.ts";
import { emptyRecord, parseRecord } from "../domain/record.ts";
import type { Clock } from "../platform/platform.ts";
import { exportText, readExport } from "./mock-export.ts";
import type { RecordStore, Write } from "./record-store.ts";
import { openSavedMarks } from "./saved-marks.ts";
import type { Storage } from "./storage.ts";

export type MockData = Readonly<Record<string, readonly AnyRecord[] | null>>;

export interface DomainStats {
  readonly records: number;
  /** False: nobody ever saved it, which is not the same as empty. */
  readonly saved: boolean;
  readonly loaded: boolean;
  /** Stored elements that do not fit their schema: they stay where they are and are not handed out. */
  readonly invalid: readonly { readonly id: string; readonly code: ErrorCode; readonly place: string | null }[];
}

/**
 * - A domain may be called by its old name: `obligations`, `attendance-records`.
 * - `null` means never saved, `[]` saved and empty (B13).
 * - What is saved replaces the domain: all or none, and only what differs is written; nothing that is invalid is.
 * - From `dualwrite` on what is written here goes to the server like any other write.
 * @throws NOT_FOUND for an unknown domain, RECORD_INVALID and the other input codes with the place
 * (`/students/3/name`), and what `RecordStore.commit` throws
 */
export interface MockDataService {
  loadAllData(options?: { readonly domains?: readonly string[] }): Promise<MockData>;
  saveAllData(data: Readonly<Record<string, readonly unknown[]>>): Promise<void>;
  loadDomainData(domain: string): Promise<readonly AnyRecord[] | null>;
  saveDomainData(domain: string, data: readonly unknown[]): Promise<void>;
  /** As `loadDomainData`; nothing saved is nothing to show. */
  getData(domain: string): Promise<readonly AnyRecord[]>;
  updateData(domain: string, data: readonly unknown[]): Promise<void>;
  isDomainLoaded(domain: string): boolean;
  preloadDomains(domains: readonly string[]): Promise<void>;
  getDataStats(): Readonly<Record<string, DomainStats>>;
  /** Every domain, not the six that the old export held. */
  exportData(): string;
  /** Replaces the domains that the text holds. @throws SOURCE_CORRUPT, SOURCE_UNKNOWN, SCHEMA_NEWER */
  importData(text: string): Promise<void>;
  /** @throws CONFIRMATION_REQUIRED without `yes` where it would delete records on the server */
  resetToDefaults(options?: { readonly yes?: boolean }): Promise<void>;
  clearAllData(options?: { readonly yes?: boolean }): Promise<void>;
  isStorageAvailable(): Promise<boolean>;
  /** Ends its watching; the store stays open. */
  close(): void;
}

export interface MockDataServiceOptions {
  readonly store: RecordStore;
  /** On which the store works. */
  readonly storage: Storage;
  readonly domains: DomainSet;
  readonly clock: Clock;
  /** The demo records of the app, for `resetToDefaults`; empty without it. */
  readonly defaults?: Readonly<Record<string, readonly unknown[]>>;
  /** Reads an export of the old app: records by domain. Without it such a text is SOURCE_UNKNOWN. */
  readonly readLegacy?: (text: string) => Promise<Readonly<Record<string, readonly unknown[]>>>;
}

const oldNames: Readonly<Record<string, string>> = {
  obligations: "paymentObligations",
  "attendance-records": "attendance",
};

/** @throws what reading the storage throws */
export async function createMockDataService(options: MockDataServiceOptions): Promise<MockDataService> {
  const { store, storage, domains, clock, defaults = {}, readLegacy } = options;
  const marks = await openSavedMarks(store, storage, domains);
  const loaded = new Set<string>();

  const domainOf = (name: string): Domain => domains.get(oldNames[name] ?? name);

  function checked(domain: Domain): { records: AnyRecord[]; invalid: DomainStats["invalid"][number][] } {
    const [records, invalid]: [AnyRecord[], DomainStats["invalid"][number][]] = [[], []];
    for (const { record } of store.all(domain.name)) {
      try {
        records.push(parseRecord(domain, record));
      } catch (error) {
        if (!isAdapterError(error)) throw error;
        invalid.push({ id: record.id, code: error.code, place: error.place ?? null });
      }
    }
    records.sort((a, b) => (a.id < b.id ? -1 : 1));
    return { records, invalid };
  }

  function load(name: string): readonly AnyRecord[] | null {
    const domain = domainOf(name);
    loaded.add(domain.name);
    return marks.has(domain.name) ? checked(domain).records : null;
  }

  async function save(data: Readonly<Record<string, readonly unknown[]>>): Promise<void> {
    const wanted = new Map(Object.entries(data).map(([name, list]) => [domainOf(name), list] as const));
    // Everything is validated before anything is written.
    const parsed = new Map([...wanted].map(([domain, list]) => [domain, parseList(domain, list)]));
    const writes = writesOf(store, domains, parsed);
    if (writes.length > 0) await store.commit(writes);
    // Afterwards: a mark over records that were not kept would call a domain empty that never was saved.
    await marks.set([...parsed.keys()].map(({ name }) => name));
  }

  function checkYes(yes: boolean): void {
    const { stage, stages } = store.position;
    const away = [stage, ...Object.values(stages)].some((one) => one !== "off");
    if (yes || !away) return;
    throw new AdapterError(
      "CONFIRMATION_REQUIRED",
      "This would delete the records of the whole school on the server.",
      {
        fix: "Pass { yes: true } if that is what is wanted; clean-up alone removes what this browser keeps.",
      },
    );
  }

  const everyEmpty = (): Record<string, readonly unknown[]> =>
    Object.fromEntries(domains.all.filter(({ name }) => store.count(name) > 0).map(({ name }) => [name, []]));

  return {
    loadAllData: async ({ domains: names = domains.all.map(({ name }) => name) } = {}) =>
      Object.fromEntries(names.map((name) => [name, load(name)])),
    saveAllData: save,
    loadDomainData: async (name) => load(name),
    saveDomainData: (name, list) => save({ [name]: list }),
    getData: async (name) => load(name) ?? [],
    updateData: (name, list) => save({ [name]: list }),
    isDomainLoaded: (name) => loaded.has(domainOf(name).name),
    preloadDomains: async (names) => {
      for (const name of names) load(name);
    },
    getDataStats: () =>
      Object.fromEntries(
        domains.all.map((domain) => {
          const { name } = domain;
          const { invalid } = checked(domain);
          return [name, { records: store.count(name), saved: marks.has(name), loaded: loaded.has(name), invalid }];
        }),
      ),
    exportData() {
      const saved = domains.all.filter(({ name }) => marks.has(name));
      // As stored, valid or not: an export that leaves something out is no backup.
      const all = (name: string): AnyRecord[] => [...store.all(name)].map(({ record }) => record);
      return exportText(Object.fromEntries(saved.map(({ name }) => [name, all(name)])), {
        lastUpdated: new Date(clock.now()).toISOString(),
        schemaVersions: Object.fromEntries(saved.map(({ name, schemaVersion }) => [name, schemaVersion])),
      });
    },
    async importData(text) {
      const found = readExport(text);
      if (!found && !readLegacy) throw new AdapterError("SOURCE_UNKNOWN", "The text is no export of this service.");
      if (found) checkVersions(domains, found.schemaVersions);
      await save(found ? found.domains : ((await readLegacy?.(text)) ?? {}));
    },
    async resetToDefaults({ yes = false } = {}) {
      checkYes(yes);
      await save({ ...everyEmpty(), ...defaults });
    },
    async clearAllData({ yes = false } = {}) {
      checkYes(yes);
      await save(everyEmpty());
    },
    async isStorageAvailable() {
      try {
        await storage.keys("saved/");
        return true;
      } catch {
        return false;
      }
    },
    close: marks.close,
  };
}

/** Records out of what a caller gave; fields that are left out are `null`. @throws with the place of the element */
function parseList(domain: Domain, list: readonly unknown[]): ReadonlyMap<string, AnyRecord> {
  const records = new Map<string, AnyRecord>();
  for (const [i, element] of list.entries()) {
    const record = inPlace(`/${domain.name}/${i}`, () => parseElement(domain, element));
    if (records.has(record.id)) {
      throw new AdapterError("ID_AMBIGUOUS", `Two elements of ${domain.name} have one id.`, {
        place: `/${domain.name}/${i}/id`,
      });
    }
    records.set(record.id, record);
  }
  return records;
}

function parseElement(domain: Domain, element: unknown): AnyRecord {
  if (typeof element !== "object" || element === null || Array.isArray(element)) {
    throw new AdapterError("RECORD_INVALID", `An element of ${domain.name} is no record.`, { place: "" });
  }
  const id = parseRecordId("id" in element ? String(element.id) : "");
  return parseRecord(domain, { ...emptyRecord(domain, id, null), ...element, id });
}

function inPlace<T>(at: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isAdapterError(error)) throw error;
    const { code, message, place = "", facts } = error;
    throw new AdapterError(code, message, { place: at + place, facts, cause: error });
  }
}

/** What differs: creates and updates parents first, then deletes with the children first. */
function writesOf(
  store: RecordStore,
  domains: DomainSet,
  wanted: ReadonlyMap<Domain, ReadonlyMap<string, AnyRecord>>,
): readonly Write[] {
  const [writes, deletes]: [Write[], Write[]] = [[], []];
  for (const domain of domains.all) {
    const records = wanted.get(domain);
    if (!records) continue;
    const { name } = domain;
    for (const record of records.values()) {
      const now = store.get(name, record.id)?.record;
      if (!now) writes.push({ kind: "create", domain: name, record });
      const fields = now ? changedFields(now, record) : {};
      if (Object.keys(fields).length > 0) writes.push({ kind: "update", domain: name, id: record.id, fields });
    }
    for (const { record } of store.all(name)) {
      if (!records.has(record.id)) deletes.unshift({ kind: "delete", domain: name, id: record.id });
    }
  }
  return [...writes, ...deletes];
}

const changedFields = (now: AnyRecord, then: AnyRecord): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(then).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(now[name] ?? null)),
  );

/** @throws SCHEMA_NEWER, SOURCE_UNKNOWN */
function checkVersions(domains: DomainSet, versions: Readonly<Record<string, number>>): void {
  for (const [name, version] of Object.entries(versions)) {
    const { schemaVersion } = domains.get(name);
    if (version === schemaVersion) continue;
    throw new AdapterError(
      version > schemaVersion ? "SCHEMA_NEWER" : "SOURCE_UNKNOWN",
      `The export holds ${name} in schema version ${version}; this program has ${schemaVersion}.`,
      { place: `/schemaVersions/${name}` },
    );
  }
}
