/** The smallest pieces of JSON text: strings, escapes, the type that a first character tells. */
import type { ErrorCode } from "../../domain/errors.ts";

/** What is wrong, and where: `offset` counts UTF-16 code units from the start of the text. */
export interface Defect {
  readonly code: ErrorCode;
  readonly offset: number;
  readonly message: string;
}

/** The text cannot be read beyond this place. */
export class Fatal {
  constructor(readonly defect: Defect) {}
}

export const broken = (offset: number, what: string): Fatal =>
  new Fatal({ code: "SOURCE_CORRUPT", offset, message: `Not JSON at offset ${offset}: ${what}.` });

export type JsonType = "object" | "array" | "string" | "number" | "boolean" | "null";

/** The type of the value that begins with this character; `null` when none does. */
export function typeAt(code: number): JsonType | null {
  if (code === 0x22) return "string";
  if (code === 0x7b) return "object";
  if (code === 0x5b) return "array";
  if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return "number";
  if (code === 0x74 || code === 0x66) return "boolean";
  return code === 0x6e ? "null" : null;
}

/** Where a string ends, and what must be looked at again. */
export interface StringToken {
  /** Behind the closing quote. */
  readonly end: number;
  readonly escaped: boolean;
  /** It may hold U+0000 or half a surrogate pair. */
  readonly suspect: boolean;
}

/**
 * Reads the string that begins at `start`.
 * @throws Fatal for a string that does not end, an escape that there is not, a control character other than U+0000
 */
export function readString(text: string, start: number, end: number): StringToken {
  let escaped = false;
  let suspect = false;
  for (let at = start + 1; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return { end: at + 1, escaped, suspect };
    if (code === 0x5c) {
      escaped = true;
      at++;
      if (at >= end) break;
      const next = text.charCodeAt(at);
      if (next === 0x75) {
        if (at + 4 >= end) break;
        const unit = hexAt(text, at + 1);
        if (unit < 0) throw broken(at - 1, "four hexadecimal digits are expected");
        if (unit === 0 || isSurrogate(unit)) suspect = true;
        at += 4;
      } else if (!isEscape(next)) throw broken(at - 1, "there is no such escape");
    } else if (code < 0x20) {
      // U+0000 spoils the one text; any other control character means that a quote is missing.
      if (code !== 0) throw broken(at, "a control character stands in a string");
      suspect = true;
    } else if (isSurrogate(code)) suspect = true;
  }
  throw broken(end, `the text ends inside the string that begins at ${start}`);
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;

/** `" \ / b f n r t` */
const isEscape = (code: number): boolean =>
  code === 0x22 ||
  code === 0x5c ||
  code === 0x2f ||
  code === 0x62 ||
  code === 0x66 ||
  code === 0x6e ||
  code === 0x72 ||
  code === 0x74;

function hexAt(text: string, at: number): number {
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const code = text.charCodeAt(i);
    const letter = code | 0x20;
    if (code >= 0x30 && code <= 0x39) unit = 16 * unit + code - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) unit = 16 * unit + letter - 0x57;
    else return -1;
  }
  return unit;
}

/** What a string literal says; a raw U+0000, which JSON.parse would refuse, is taken as it stands. */
export const decodeString = (literal: string): string =>
  JSON.parse(literal.includes("\0") ? literal.replaceAll("\0", "\\u0000") : literal) as string;
