/** The pages of a snapshot under way: on disk, seen by nobody before the last of them is there. */
import { AdapterError } from "../domain/errors.ts";
import type { ChangeDown } from "../domain/sync-wire.ts";
import { decode, encode } from "./codec.ts";
import { snapshotOf, stageKey, stagePagesPrefix, stagePrefix } from "./keys.ts";
import type { StorageCommit } from "./storage.ts";
import type { StagePage } from "./stored.ts";
import type { Tab } from "./tab.ts";

/** Below this, what waits for the server has the room to itself; bytes. */
const roomForOutbox = 5_000_000;

/** @throws STORAGE_FULL when the room that is left is the outbox's */
export async function keepRoom({ storage }: Tab): Promise<void> {
  const estimate = await storage.estimate();
  if (!estimate || estimate.quota - estimate.usage >= roomForOutbox) return;
  throw new AdapterError(
    "STORAGE_FULL",
    "The room that is left on this device is kept for what waits for the server.",
    {
      facts: estimate,
    },
  );
}

interface Staged {
  readonly snapshot: number;
  readonly pages: number;
  readonly cursor: string;
  readonly token: string | null;
}

export class SnapshotStage {
  readonly #tab: Tab;

  constructor(tab: Tab) {
    this.#tab = tab;
  }

  /** Where it goes on; `null` when none is under way or its last page is damaged. */
  async at(): Promise<{ readonly cursor: string; readonly token: string | null } | null> {
    const staged = await this.#staged();
    return staged && { cursor: staged.cursor, token: staged.token };
  }

  /** Adds a page; one of another snapshot begins anew. */
  async add(
    changes: readonly ChangeDown[],
    { cursor, token }: { readonly cursor: string; readonly token: string | null },
    expect: NonNullable<StorageCommit["expect"]>,
  ): Promise<void> {
    await keepRoom(this.#tab);
    const page: StagePage = { changes, cursor, token };
    const staged = await this.#staged();
    const { storage } = this.#tab;
    // A place in the history has one snapshot: what is complete already is not loaded twice.
    if (staged?.cursor === cursor && staged.token === null) return;
    if (staged?.cursor === cursor) {
      await storage.commit({ puts: [[stageKey(staged.snapshot, staged.pages + 1), encode(page)]], expect });
      return;
    }
    const deletes = await this.#keys();
    const snapshot = 1 + Math.max(this.#tab.model.snapshot, ...deletes.map(snapshotOf));
    await storage.commit({ puts: [[stageKey(snapshot, 1), encode(page)]], deletes, expect });
  }

  /**
   * The snapshot whose last page is there.
   * @throws RESYNC_REQUIRED when pages are missing
   */
  async finished(): Promise<{ readonly snapshot: number; readonly pages: number }> {
    const staged = await this.#staged();
    if (staged?.token === null) return staged;
    throw new AdapterError("RESYNC_REQUIRED", "The snapshot is not complete.");
  }

  /** Lets go of pages that cannot be read. */
  async drop(expect: NonNullable<StorageCommit["expect"]>): Promise<void> {
    await this.#tab.storage.commit({ puts: [], deletes: await this.#keys(), expect });
  }

  async #staged(): Promise<Staged | null> {
    const keys = await this.#keys();
    const last = keys.at(-1);
    if (last === undefined) return null;
    const snapshot = snapshotOf(last);
    const page = decode<StagePage>((await this.#tab.storage.read([last])).get(last) ?? "");
    if (!page) return null;
    const pages = keys.filter((key) => key.startsWith(stagePagesPrefix(snapshot))).length;
    return { snapshot, pages, cursor: page.value.cursor, token: page.value.token };
  }

  /** Pages of snapshots that were switched to are part of the steps, until these are folded in. */
  async #keys(): Promise<readonly string[]> {
    return (await this.#tab.storage.keys(stagePrefix)).filter((key) => snapshotOf(key) > this.#tab.model.snapshot);
  }
}
