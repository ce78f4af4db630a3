/** What stood under a key before, as steps back; and which of it an old page had read when it saves what it holds. */
import { type Element, type Elements, elementOf, elementsOf, textOf } from "./elements.ts";

/** From one text to the one before it: the elements that differ, as they were (`null`: not there), or the whole text. */
export type StepBack =
  | { readonly elements: readonly (readonly [id: string, raw: string | null])[] }
  | { readonly whole: string };

export function stepBack(from: string, to: string): StepBack {
  const [now, then] = [elementsOf(from), elementsOf(to)];
  if (now === null || then?.form !== now.form) return { whole: to };
  const elements: (readonly [string, string | null])[] = [];
  for (const [id, { raw, norm }] of then.items) if (now.items.get(id)?.norm !== norm) elements.push([id, raw]);
  for (const id of now.items.keys()) if (!then.items.has(id)) elements.push([id, null]);
  return elements.length > then.items.size ? { whole: to } : { elements };
}

/** The texts that are known to have stood there. */
export interface Past {
  /** What was being written; after a crash nobody knows whether it was. */
  readonly next: string | null;
  readonly last: string | null;
  /** The newest first. */
  readonly back: readonly StepBack[];
}

/**
 * The text from which the fewest elements of `text` differ; of equals the newest. An old tab saves whole lists out of what
 * it once read, and a browser that died gives back what it had last put on its disk: neither is a change.
 * `null`: nothing readable ever stood there.
 */
export function baseOf(text: string, { next, last, back }: Past): string | null {
  const now = elementsOf(text);
  let best = { differing: Number.POSITIVE_INFINITY, steps: -1 };
  const offer = (differing: number, steps: number): void => {
    if (differing < best.differing) best = { differing, steps };
  };
  const written = next === null ? null : elementsOf(next);
  if (written) offer(new Compared(now, written).differing, beforeAll);
  const compared = new Compared(now, last === null ? null : elementsOf(last));
  for (let steps = 0; steps <= back.length; steps++) {
    const step = back[steps - 1];
    if (step) compared.goBack(step);
    if (compared.shown) offer(compared.differing, steps);
  }
  if (best.differing === Number.POSITIVE_INFINITY) return null;
  if (best.steps === beforeAll) return next;
  if (best.steps === 0) return last;
  const found = new Compared(null, last === null ? null : elementsOf(last));
  for (const step of back.slice(0, best.steps)) found.goBack(step);
  return found.shown && textOf(found.shown);
}

const beforeAll = -1;

/** What a page holds beside what stood there, while that goes back step by step. */
class Compared {
  readonly #now: Elements | null;
  #form: Elements["form"] | null = null;
  #items = new Map<string, Element>();
  /** How many elements differ; a text that cannot be read tells nothing, and every one is as far from it. */
  differing = 0;

  constructor(now: Elements | null, then: Elements | null) {
    this.#now = now;
    this.#set(then);
  }

  /** `null`: what stood there could not be read. */
  get shown(): Elements | null {
    return this.#form && { form: this.#form, items: this.#items };
  }

  goBack(step: StepBack): void {
    if ("whole" in step) {
      this.#set(elementsOf(step.whole));
      return;
    }
    if (this.#form === null) return;
    for (const [id, raw] of step.elements) {
      this.differing -= this.#differs(id);
      if (raw === null) this.#items.delete(id);
      else this.#items.set(id, elementOf(raw));
      this.differing += this.#differs(id);
    }
  }

  #set(then: Elements | null): void {
    this.#form = then?.form ?? null;
    this.#items = new Map(then?.items);
    this.differing = 0;
    for (const id of new Set([...this.#items.keys(), ...(this.#now?.items.keys() ?? [])]))
      this.differing += this.#differs(id);
  }

  #differs(id: string): number {
    return this.#now !== null && this.#now.items.get(id)?.norm !== this.#items.get(id)?.norm ? 1 : 0;
  }
}
