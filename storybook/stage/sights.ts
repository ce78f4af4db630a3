/** Where each record is: on this device, waiting, on the server. Looked at again after whatever may have moved one. */
import type { HybridDataAdapter } from "../../src/adapter/contract.ts";
import type { LoggedMutation, Parked, RecordState } from "../../src/local/record-store.ts";
import type { SchoolDomain } from "../../src/remote/api/school-domain.ts";
import type { RequestLog } from "./request-log.ts";
import type { ServerRow } from "./server-rows.ts";

export interface Held {
  readonly value: string;
  readonly version: number | null;
}
export interface RecordSight {
  /** Domain and id. */
  readonly key: string;
  readonly label: string;
  readonly device: (Held & { readonly state: RecordState }) | null;
  /** The writes that the server has not answered, in order, and those that it refused. */
  readonly waiting: readonly { readonly n: number; readonly kind: string; readonly refused: string | null }[];
  readonly server: Held | null;
}
export interface Sight {
  /** Those that were touched since the demo was opened, or that are not the same everywhere. */
  readonly records: readonly RecordSight[];
  /** The others. */
  readonly untouched: number;
  readonly total: { readonly device: number; readonly waiting: number; readonly server: number };
}

export interface Sights {
  /** The same object until something has changed. */
  get(): Sight;
  subscribe(listener: () => void): () => void;
  /** Looks now. */
  look(): Promise<Sight>;
  close(): void;
}

export interface SightsOptions {
  readonly adapter: HybridDataAdapter<SchoolDomain>;
  readonly rows: () => Promise<readonly ServerRow[]>;
  readonly requests: RequestLog;
}

/** Milliseconds: a server that commits late, after its answer was given up, tells nobody. */
const every = 1000;

export async function createSights({ adapter, rows, requests }: SightsOptions): Promise<Sights> {
  const listeners = new Set<() => void>();
  /** What a record was last called: of one that is gone, nobody else knows it. */
  const labels = new Map<string, string>();
  const read = async (): Promise<readonly RecordSight[]> => sightsOf(adapter, await rows(), labels);
  const first = new Map((await read()).map((one) => [one.key, JSON.stringify(one)]));
  const touched = new Set<string>();
  let sight = told([], 0, []);
  let text = "";

  async function look(): Promise<Sight> {
    const all = await read();
    for (const one of all) if (first.get(one.key) !== JSON.stringify(one)) touched.add(one.key);
    const known = new Map(all.map((one) => [one.key, one]));
    // What is gone from everywhere is shown as gone.
    const gone = [...touched].filter((key) => !known.has(key)).map(nothing);
    const shown = [...all.filter(({ key }) => touched.has(key)), ...gone];
    shown.sort((a, b) => domainOf(b).localeCompare(domainOf(a)) || a.label.localeCompare(b.label));
    const next = told(shown, all.length - (shown.length - gone.length), all);
    const nextText = JSON.stringify(next);
    if (nextText !== text) {
      [sight, text] = [next, nextText];
      for (const listener of listeners) listener();
    }
    return sight;
  }

  function nothing(key: string): RecordSight {
    return { key, label: labels.get(key) ?? key, device: null, waiting: [], server: null };
  }
  function told(records: readonly RecordSight[], untouched: number, all: readonly RecordSight[]): Sight {
    const total = {
      device: all.filter(({ device }) => device !== null).length,
      waiting: all.reduce((sum, { waiting }) => sum + waiting.length, 0),
      server: all.filter(({ server }) => server !== null).length,
    };
    return { records, untouched, total };
  }

  let isLooking = false;
  let again = false;
  async function lookSoon(): Promise<void> {
    again = true;
    if (isLooking) return;
    isLooking = true;
    while (again) {
      again = false;
      await look();
    }
    isLooking = false;
  }
  const soon = (): void => void lookSoon();
  const ends = [adapter.parts.store.subscribe(soon), requests.subscribe(soon)];
  const timer = setInterval(soon, every);
  await look();
  return {
    get: () => sight,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    look,
    close() {
      clearInterval(timer);
      for (const end of ends) end();
    },
  };
}

const domains = ["students", "attendance"] as const;
const domainOf = ({ key }: RecordSight): string => key.slice(0, key.indexOf("/"));

function sightsOf(
  adapter: HybridDataAdapter<SchoolDomain>,
  rows: readonly ServerRow[],
  labels: Map<string, string>,
): readonly RecordSight[] {
  const { store } = adapter.parts;
  const { waiting, parked } = JSON.parse(adapter.exportUnsent()) as {
    readonly waiting: readonly LoggedMutation[];
    readonly parked: readonly Parked[];
  };
  const unsent = [
    ...waiting.map((mutation) => ({ mutation, refused: null })),
    ...parked.map(({ mutation, code }) => ({ mutation, refused: code })),
  ];
  return domains.flatMap((domain) => {
    const views = new Map([...store.all(domain)].map((view) => [view.record.id as string, view]));
    const onServer = new Map(rows.filter((row) => row.domain === domain).map((row) => [row.id, row]));
    const ofDomain = unsent.filter(({ mutation }) => mutation.domain === domain);
    const ids = new Set([...views.keys(), ...onServer.keys(), ...ofDomain.map(({ mutation }) => mutation.recordId)]);
    return [...ids].map((id): RecordSight => {
      const key = `${domain}/${id}`;
      const view = views.get(id);
      const row = onServer.get(id);
      if (view || row) labels.set(key, labelOf(adapter, domain, { ...(view?.record ?? row) }));
      const device = view && {
        value: String(domain === "students" ? view.record.name : view.record.status),
        version: view.serverVersion,
        state: view.state,
      };
      return {
        key,
        label: labels.get(key) ?? key,
        device: device ?? null,
        waiting: ofDomain
          .filter(({ mutation }) => mutation.recordId === id)
          .map(({ mutation, refused }) => ({ n: mutation.id, kind: mutation.kind, refused })),
        server: row ? { value: row.value, version: row.version } : null,
      };
    });
  });
}

function labelOf(
  adapter: HybridDataAdapter<SchoolDomain>,
  domain: (typeof domains)[number],
  record: Readonly<Record<string, unknown>>,
): string {
  if (domain === "students") return String(record.name ?? record.value ?? "a student");
  const student = adapter.parts.store.get("students", String(record.studentId))?.record.name;
  return `${String(student ?? "a student")}, ${String(record.date ?? "no day")}`;
}
