/** What a leading tab says of its own doing, against what is seen of it: the ways back that it took, how much it moved. */
import type { RecordStore } from "../../src/local/record-store.ts";
import type { SyncEngine } from "../../src/sync/engine.ts";
import type { SyncEvent, SyncState } from "../../src/sync/state.ts";
import type { RecoveryWay, SyncReport } from "../../src/sync/status.ts";

export type Moved = Pick<SyncReport, "pushed" | "pulled">;

/** Reads the trace of one tab's engine beside it, and says at once where the engine tells something else. */
export class Account {
  readonly #say: (law: string, what: string) => void;
  readonly #now: () => number;
  #moved: Moved = { pushed: 0, pulled: 0 };
  /** Of the answer that is being stored. */
  #coming: Moved = { pushed: 0, pulled: 0 };
  /** Which of them the repair under way may be; none: it is no way back. */
  #ways: readonly RecoveryWay[] = [];
  #hadCursor = false;
  #recovered = "null";

  /** @param now by the device's clock */
  constructor(now: () => number, say: (law: string, what: string) => void) {
    this.#now = now;
    this.#say = say;
  }

  /** Since the tab was opened. */
  get moved(): Moved {
    return this.#moved;
  }

  see(state: SyncState, event: SyncEvent, store: RecordStore, engine: SyncEngine): void {
    if (event.kind === "stored") {
      this.#count(state);
      if (state.kind === "mending") this.#told(engine, this.#ways);
      // The first snapshot of all is how it begins, and no way back.
      if (state.kind === "finishing") this.#told(engine, this.#hadCursor ? ["snapshot"] : []);
    }
    if (state.kind !== "finishing") this.#hadCursor = store.position.cursor !== null;
    if (state.kind === "exchanging" && event.kind === "replied")
      this.#coming = { pushed: event.reply.results.length, pulled: event.reply.changes.length };
    if (state.kind === "exchanging" && event.kind === "refused") {
      this.#coming = { pushed: 0, pulled: 0 };
      this.#ways = event.failure.code === "CLIENT_FORKED" ? ["rehome"] : ["rewind", "rehome"];
    }
    if (state.kind === "locating" && event.kind === "located") {
      this.#coming = { pushed: state.aside?.unit.length ?? 0, pulled: 0 };
      this.#ways = state.aside === null ? ["rewind"] : ["setAside"];
    }
    if (state.kind === "asking" && event.kind === "positioned") {
      this.#coming = { pushed: 0, pulled: 0 };
      this.#ways = [];
    }
  }

  #count(state: SyncState): void {
    const came =
      state.kind === "staging"
        ? { pushed: 0, pulled: state.page.records.length }
        : state.kind === "applying" || state.kind === "mending"
          ? this.#coming
          : { pushed: 0, pulled: 0 };
    this.#moved = { pushed: this.#moved.pushed + came.pushed, pulled: this.#moved.pulled + came.pulled };
  }

  /** Whoever asks what happened is told the last way back, and when. */
  #told(engine: SyncEngine, ways: readonly RecoveryWay[]): void {
    const said = JSON.stringify(engine.status().recovered);
    const at = new Date(this.#now()).toISOString();
    const right = ways.length === 0 ? [this.#recovered] : ways.map((way) => JSON.stringify({ way, at }));
    if (!right.includes(said)) this.#say("L11", `its last way back is ${right.join(" or ")}, it says ${said}.`);
    this.#recovered = said;
  }
}
