/** One build of an app that keeps notes; Vite makes several of it. Called by the driven tests. */

import type { HybridDataAdapter } from "../../../src/adapter/contract.ts";
import { createHybridDataAdapter } from "../../../src/adapter/create-hybrid-data-adapter.ts";
import type { Domain } from "../../../src/domain/define-domain.ts";
import { isAdapterError } from "../../../src/domain/errors.ts";
import type { Stage } from "../../../src/domain/stages.ts";
import { indexedDbBytes } from "../../support/indexeddb-bytes.ts";
import { firstNotes, secondNotes } from "../../support/notes.ts";

declare const BUILD: "1.0" | "1.1" | "2.0";

const notes: Domain = BUILD === "2.0" ? secondNotes : firstNotes;

let opened: { readonly adapter: HybridDataAdapter; readonly database: string } | null = null;

function tab(): NonNullable<typeof opened> {
  if (opened === null) throw new Error("not opened");
  return opened;
}

/** What a caller gets: how it was acknowledged, or the code it was refused with and what to do. */
type Outcome = { readonly acknowledged: string } | { readonly code: string; readonly fix: string };

async function outcome(write: Promise<{ readonly acknowledged: string }>): Promise<Outcome> {
  try {
    return { acknowledged: (await write).acknowledged };
  } catch (error) {
    if (!isAdapterError(error)) throw error;
    return { code: error.code, fix: error.fix };
  }
}

export const buildPage = {
  async open(school: string, token: string): Promise<void> {
    const adapter = await createHybridDataAdapter({
      school,
      user: "ada",
      domains: [notes],
      server: { baseUrl: location.origin, token: () => token, WebSocket: null },
    });
    opened = { adapter, database: `hybrid-data-adapter/${school}/ada` };
  },

  status() {
    const { stage, epoch, sync, outbox, parked, readOnly } = tab().adapter.status();
    const { leading, paused, error } = sync;
    return {
      stage,
      epoch,
      leading,
      paused,
      error: error?.code ?? null,
      waiting: outbox.mutations,
      parked: parked.map(({ code }) => code),
      readOnly,
    };
  },

  create: (id: string, fields: Record<string, string | number>): Promise<Outcome> =>
    outcome(
      tab()
        .adapter.domain("notes")
        .create({ id, ...fields }),
    ),

  update: (id: string, fields: Record<string, string | number>): Promise<Outcome> =>
    outcome(tab().adapter.domain("notes").update(id, fields)),

  /** One note after the other until one is refused; the test hears of each that was acknowledged. @returns the refusal's code */
  async createUntilRefused(ids: readonly string[]): Promise<string | null> {
    const { acknowledge } = globalThis as typeof globalThis & { acknowledge(id: string): Promise<void> };
    for (const id of ids) {
      const written = await buildPage.create(id, { title: `note ${id.slice(-4)}`, stars: "3" });
      if ("code" in written) return written.code;
      await acknowledge(id);
    }
    return null;
  },

  setStage: (stage: Stage): Promise<void> => tab().adapter.setStage(stage),

  async syncNow(): Promise<string> {
    return (await tab().adapter.syncNow()).outcome;
  },

  /** Every note as this tab sees it, in the order of the ids. */
  shown: () =>
    [...tab().adapter.parts.store.all("notes")]
      .sort((a, b) => (a.record.id < b.record.id ? -1 : 1))
      .map(({ record: { id, title, stars, rating }, state }) => ({ id, title, stars, rating, state })),

  async bytes(): Promise<Record<string, string>> {
    return Object.fromEntries(await indexedDbBytes(tab().database));
  },

  close: (): Promise<void> => tab().adapter.close(),
};

Object.assign(globalThis, { buildPage });
