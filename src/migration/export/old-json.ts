/** JSON text as the old app had it: a number keeps the zeros behind its point, `149.90` stays `149.90`. */
import { visit } from "jsonc-parser";
import { pointerStep } from "../../domain/json.ts";

/** A number that is written as this text. */
export class NumberText {
  constructor(readonly text: string) {}
}

/** A value that may be changed, and how its untouched numbers were written. */
export interface OldValue {
  readonly data: unknown;
  /** The text of the value as it is now. */
  text(): string;
}

interface Written {
  readonly value: number;
  readonly text: string;
}

/** @param data what the text says; it is copied */
export function oldValue(text: string, data: unknown): OldValue {
  const copy: unknown = structuredClone(data);
  const numbers = numbersOf(text);
  const byHolder = new WeakMap<object, ReadonlyMap<string, Written>>();
  if (numbers.size > 0) note(copy, "", { numbers, byHolder });
  return { data: copy, text: () => write(copy, byHolder) };
}

/** A value that the old app never had. */
export const newText = (data: unknown): string => write(data, new WeakMap());

/** The numbers that would be written otherwise, by pointer. */
function numbersOf(text: string): ReadonlyMap<string, Written> {
  const found = new Map<string, Written>();
  visit(text, {
    onLiteralValue(value, offset, length, _line, _column, path) {
      if (typeof value !== "number") return;
      const literal = text.slice(offset, offset + length);
      if (literal !== String(value)) found.set(path().map(pointerStep).join(""), { value, text: literal });
    },
  });
  return found;
}

interface Notes {
  readonly numbers: ReadonlyMap<string, Written>;
  readonly byHolder: WeakMap<object, ReadonlyMap<string, Written>>;
}

/** By the object that holds them, because a pointer would not be true any more when an item before it goes. */
function note(value: unknown, path: string, notes: Notes): void {
  if (typeof value !== "object" || value === null) return;
  const own = new Map<string, Written>();
  for (const [key, item] of Object.entries(value)) {
    const at = path + pointerStep(key);
    const written = notes.numbers.get(at);
    if (written) own.set(key, written);
    else note(item, at, notes);
  }
  if (own.size > 0) notes.byHolder.set(value, own);
}

function write(value: unknown, byHolder: Notes["byHolder"]): string {
  if (value instanceof NumberText) return value.text;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const own = byHolder.get(value);
  const textOf = (key: string, item: unknown): string => {
    const written = own?.get(key);
    return written && written.value === item ? written.text : write(item, byHolder);
  };
  if (Array.isArray(value)) return `[${value.map((item, index) => textOf(String(index), item)).join(",")}]`;
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${textOf(key, item)}`).join(",")}}`;
}
