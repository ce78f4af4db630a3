/** What pages have of the browser that wakes them, or keeps a process alive: whoever closes gives all of it back. */
import type { Life } from "./life.ts";

export class Lent {
  readonly #all = new Set<{ readonly life: Life; readonly what: string }>();

  /** @returns gives it back */
  lend(life: Life, what: string): () => void {
    const one = { life, what };
    this.#all.add(one);
    return () => this.#all.delete(one);
  }

  to(life: Life): string[] {
    return [...this.#all].flatMap((one) => (one.life === life ? [one.what] : []));
  }
}
