/** What was told to hold asks nothing, from when it rests until it is released (SPEC.md, "Pauses"). */
import type { SyncStatus } from "../../src/sync/status.ts";
import type { VirtualTime } from "./time.ts";

/** The longest that a release may be on its way from another tab; in milliseconds. */
const onItsWay = 5000;

/** The holds of one device, by tab. A tab is held for sure if it was told so itself. */
export class Holds {
  readonly #time: VirtualTime;
  /** Whether the tab has come to rest since. */
  readonly #held = new Map<string, "ends what is out" | "ends a page" | "rests">();
  /** Requests that began although the tab was held. */
  readonly broken: string[] = [];
  #releasedAt = Number.NEGATIVE_INFINITY;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  hold(tab: string, status: SyncStatus): void {
    if (this.#time.now() - this.#releasedAt < onItsWay) return;
    this.#held.set(tab, "ends what is out");
    this.changed(tab, status);
  }

  /** In whichever tab: all of them are meant. */
  release(): void {
    this.#releasedAt = this.#time.now();
    this.#held.clear();
  }

  changed(tab: string, { leading, phase }: SyncStatus): void {
    if (this.#held.has(tab) && (!leading || phase !== "syncing")) this.#held.set(tab, "rests");
  }

  asks(tab: string, what: string): void {
    const held = this.#held.get(tab);
    if (!held) return;
    // What is out is finished, and so is what it was to find out; nothing more is sent, and no further page fetched.
    const isPage = what.includes("full");
    if (held === "rests" || what.includes("patch") || (isPage && held === "ends a page"))
      this.broken.push(`${tab} is held, and asks for ${what}.`);
    // What is on the disk of them is looked for before a page is asked for: this one may have begun before.
    else if (isPage) this.#held.set(tab, "ends a page");
  }
}
