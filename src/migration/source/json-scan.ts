/** A strict scanner of JSON text: where the elements of a list or object stand, and what is wrong with each. */
import { AdapterError } from "../../domain/errors.ts";
import { isForbiddenKey, isStorableText, maxDepth } from "../../domain/json.ts";
import { isExactNumber, isNegativeZero } from "./exact-number.ts";
import { broken, type Defect, decodeString, Fatal, type JsonType, readString, typeAt } from "./json-tokens.ts";
import { defaultLimits } from "./limits.ts";
import { noKeys, type OpenContainer, remember } from "./open-container.ts";

/** One element of the list, or one member of the object. */
export interface Span {
  /** The member's name; `null` in a list. */
  readonly key: string | null;
  readonly type: JsonType;
  readonly start: number;
  readonly end: number;
  /** Elements or members directly inside. */
  readonly size: number;
  /** The first thing that is wrong in it, or with its name. */
  readonly defect: Defect | null;
  /** What is wrong with its name: it stands twice, is refused, or cannot be stored. */
  readonly nameDefect: Defect | null;
}

export interface JsonScan {
  /** `null` when the text does not begin like JSON. */
  readonly type: JsonType | null;
  readonly start: number;
  readonly end: number;
  /** What is whole; before a cut, what stands before it. */
  readonly items: readonly Span[];
  /** Something outside every item; with SOURCE_CORRUPT the rest of the text could not be read. */
  readonly defect: Defect | null;
}

export interface ScanOptions {
  readonly start?: number;
  readonly end?: number;
  /** More items than this are a LIMIT. */
  readonly maxItems?: number;
  readonly maxString?: number;
}

/** Deeper than this the scanner itself gives up; until then only the element is spoilt. */
const hardDepth = 1_000_000;

/**
 * Scans one JSON text in linear time and without recursion.
 * - A defect inside an item spoils that item alone; the others are read as long as the structure can be followed.
 * @throws LIMIT for more than `maxItems` items, before they are kept
 */
export const scanJson = (text: string, options: ScanOptions = {}): JsonScan => new Scanner(text, options).scan();

class Scanner {
  readonly #text: string;
  readonly #end: number;
  readonly #maxItems: number;
  readonly #maxString: number;
  #at: number;
  readonly #stack: OpenContainer[] = [];
  readonly #items: Span[] = [];
  #defect: Defect | null = null;
  // The item that is being read.
  #inItem = false;
  #itemKey: string | null = null;
  #itemStart = 0;
  #itemSize = 0;
  #itemDefect: Defect | null = null;
  #itemNameDefect: Defect | null = null;

  constructor(text: string, { start = 0, end = text.length, maxItems, maxString }: ScanOptions) {
    this.#text = text;
    this.#at = text.charCodeAt(start) === 0xfeff ? start + 1 : start;
    this.#end = end;
    this.#maxItems = maxItems ?? defaultLimits.entries;
    this.#maxString = maxString ?? defaultLimits.stringLength;
  }

  scan(): JsonScan {
    let type: JsonType | null = null;
    this.#blanks();
    let [start, end] = [this.#at, this.#end];
    try {
      type = typeAt(this.#text.charCodeAt(this.#at));
      if (type === null || this.#at >= this.#end) throw this.#broken("a value is expected");
      start = this.#at;
      this.#document();
      end = this.#at;
      this.#blanks();
      if (this.#at < this.#end) throw this.#broken("there is more text behind the value");
    } catch (error) {
      if (!(error instanceof Fatal)) throw error;
      this.#defect = error.defect;
    }
    return { type, start, end, items: this.#withTwins(), defect: this.#defect };
  }

  /** The first of two members with one name is as doubtful as the second. */
  #withTwins(): readonly Span[] {
    const twins = new Map<string | null, Defect>();
    for (const { key, nameDefect } of this.#items)
      if (nameDefect?.code === "AMBIGUOUS_JSON") twins.set(key, nameDefect);
    if (twins.size === 0) return this.#items;
    return this.#items.map((item) => {
      const twin = twins.get(item.key);
      return twin ? { ...item, defect: twin, nameDefect: twin } : item;
    });
  }

  /** Reads one value of any depth; `#stack` holds what is open. */
  #document(): void {
    for (;;) {
      if (this.#stack.length === 1 && !this.#inItem) this.#openItem(null);
      if (this.#openOrScalar()) continue;
      // A value has ended: go on behind it, and behind every container that ends with it.
      for (;;) {
        if (this.#stack.length === 1) this.#closeItem();
        const open = this.#stack.at(-1);
        if (!open) return;
        this.#blanks();
        const code = this.#code();
        if (code === 0x2c) {
          this.#at++;
          this.#blanks();
          if (open.isObject) this.#name(open);
          break;
        }
        if (code !== (open.isObject ? 0x7d : 0x5d))
          throw this.#broken(`"," or "${open.isObject ? "}" : "]"}" is expected`);
        this.#at++;
        this.#stack.pop();
      }
    }
  }

  /** True when a container was opened that is not empty: its first value comes next. */
  #openOrScalar(): boolean {
    const code = this.#code();
    if (this.#stack.length === 2) this.#itemSize++;
    if (code === 0x22) this.#string(false);
    else if (code === 0x7b || code === 0x5b) {
      const isObject = code === 0x7b;
      this.#push(isObject);
      this.#at++;
      this.#blanks();
      if (this.#code() === (isObject ? 0x7d : 0x5d)) {
        this.#at++;
        this.#stack.pop();
        return false;
      }
      const open = this.#stack.at(-1);
      if (isObject && open) this.#name(open);
      return true;
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) this.#number();
    else if (!this.#word("true") && !this.#word("false") && !this.#word("null"))
      throw this.#broken("a value is expected");
    return false;
  }

  #push(isObject: boolean): void {
    if (this.#stack.length >= hardDepth) throw new Fatal(this.#tooDeep());
    this.#stack.push({ isObject, keys: noKeys });
    if (this.#stack.length === maxDepth + 1) this.#note(this.#tooDeep());
  }

  #tooDeep(): Defect {
    return { code: "LIMIT", offset: this.#at, message: `Nested deeper than ${maxDepth}.` };
  }

  /** A member's name and its colon. */
  #name(open: OpenContainer): void {
    if (this.#code() !== 0x22) throw this.#broken("a name in double quotes is expected");
    const at = this.#at;
    const isItem = this.#stack.length === 1;
    if (isItem) this.#openItem("");
    const key = this.#string(true);
    if (isItem) this.#itemKey = key;
    if (isForbiddenKey(key)) this.#note({ code: "BAD_REQUEST", offset: at, message: `The key ${key} is refused.` });
    if (!remember(open, key))
      this.#note({ code: "AMBIGUOUS_JSON", offset: at, message: "A key stands twice in one object." });
    this.#blanks();
    if (this.#code() !== 0x3a) throw this.#broken('":" is expected');
    this.#at++;
    this.#blanks();
    if (isItem) {
      this.#itemStart = this.#at;
      this.#itemNameDefect = this.#itemDefect;
    }
  }

  #openItem(key: string | null): void {
    if (this.#items.length >= this.#maxItems)
      throw new AdapterError("LIMIT", `More than ${this.#maxItems} entries.`, { facts: { limit: this.#maxItems } });
    this.#inItem = true;
    this.#itemKey = key;
    this.#itemStart = this.#at;
    this.#itemSize = 0;
    this.#itemDefect = null;
    this.#itemNameDefect = null;
  }

  #closeItem(): void {
    const type = typeAt(this.#text.charCodeAt(this.#itemStart)) ?? "null";
    this.#items.push({
      key: this.#itemKey,
      type,
      start: this.#itemStart,
      end: this.#at,
      size: this.#itemSize,
      defect: this.#itemDefect,
      nameDefect: this.#itemNameDefect,
    });
    this.#inItem = false;
  }

  #note(defect: Defect): void {
    if (this.#inItem) this.#itemDefect ??= defect;
    else this.#defect ??= defect;
  }

  /** Reads a string; gives its text when it is a name, else "" (a value's text is not needed here). */
  #string(wanted: boolean): string {
    const start = this.#at;
    const { end, escaped, suspect } = readString(this.#text, start, this.#end);
    this.#at = end;
    if (end - start - 2 > this.#maxString)
      this.#note({ code: "LIMIT", offset: start, message: `A text is longer than ${this.#maxString} characters.` });
    else if (suspect && !isStorableText(decodeString(this.#text.slice(start, end))))
      this.#note({ code: "TEXT_UNSUPPORTED", offset: start, message: "A text holds U+0000 or half a surrogate pair." });
    if (!wanted) return "";
    return escaped ? decodeString(this.#text.slice(start, end)) : this.#text.slice(start + 1, end - 1);
  }

  #number(): void {
    const start = this.#at;
    if (this.#code() === 0x2d) this.#at++;
    if (this.#code() === 0x30) this.#at++;
    else this.#digits();
    let isPlain = true;
    if (this.#code() === 0x2e) {
      isPlain = false;
      this.#at++;
      this.#digits();
    }
    if ((this.#code() | 0x20) === 0x65) {
      isPlain = false;
      this.#at++;
      if (this.#code() === 0x2b || this.#code() === 0x2d) this.#at++;
      this.#digits();
    }
    if (isPlain && this.#at - start <= 15 && this.#text.charCodeAt(start) !== 0x2d) return;
    const text = this.#text.slice(start, this.#at);
    if (isNegativeZero(text))
      this.#note({ code: "UNSERIALIZABLE", offset: start, message: "JSON has no -0 that lasts." });
    else if (!isExactNumber(text))
      this.#note({ code: "PRECISION", offset: start, message: "A number has more digits than can be kept." });
  }

  #digits(): void {
    const start = this.#at;
    while (this.#code() >= 0x30 && this.#code() <= 0x39) this.#at++;
    if (this.#at === start) throw this.#broken("a digit is expected");
  }

  #word(word: string): boolean {
    if (this.#at + word.length > this.#end || !this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #blanks(): void {
    for (; this.#at < this.#end; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  /** -1 behind the end. */
  #code(): number {
    return this.#at < this.#end ? this.#text.charCodeAt(this.#at) : -1;
  }

  #broken(expected: string): Fatal {
    return broken(this.#at, this.#at >= this.#end ? "the text ends too early" : expected);
  }
}
