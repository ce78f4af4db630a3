/** One object of a legacy entry while it is read: which field was told already, and what is left. */
import { type JsonObject, pointerStep } from "../../domain/json.ts";
import type { EntryKind } from "../../domain/legacy.ts";
import type { TransformContext } from "./context.ts";

/** A field that was found, under whatever name. */
export interface Found {
  readonly key: string;
  /** JSON pointer within the entry. */
  readonly path: string;
  readonly value: unknown;
}

export class SourceObject {
  readonly #left: Set<string>;
  readonly #names: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(
    context: Pick<TransformContext, "otherNames">,
    readonly kind: EntryKind,
    readonly data: JsonObject,
    /** JSON pointer of this object within the entry. */
    readonly base: string,
  ) {
    this.#left = new Set(Object.keys(data));
    this.#names = context.otherNames.get(kind);
  }

  /** Takes a field by its name in the origin app, or by another name that the layout knows. */
  take(name: string): Found | null {
    const found = this.peek(name);
    if (found) this.#left.delete(found.key);
    return found;
  }

  peek(name: string): Found | null {
    if (this.#left.has(name)) return this.#found(name);
    const other = this.#names?.get(name)?.find((key) => this.#left.has(key));
    return other === undefined ? null : this.#found(other);
  }

  /** Everything that nobody took. */
  rest(): Found[] {
    const rest = [...this.#left].map((key) => this.#found(key));
    this.#left.clear();
    return rest;
  }

  #found(key: string): Found {
    return { key, path: this.base + pointerStep(key), value: this.data[key] };
  }
}

/** The places of all leaves of a value: scalars, and objects and lists with nothing in them. */
export function* leavesOf(value: unknown, path: string): Generator<string> {
  if (typeof value === "object" && value !== null) {
    let empty = true;
    for (const [key, item] of Object.entries(value)) {
      empty = false;
      yield* leavesOf(item, path + pointerStep(key));
    }
    if (!empty) return;
  }
  yield path;
}

/** True when nothing is in a value: it is a leaf, and excluded as EMPTY. */
export const isEmpty = (value: unknown): boolean =>
  value === null || value === "" || (typeof value === "object" && Object.keys(value as object).length === 0);
