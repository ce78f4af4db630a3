/** Reads the leaves of an entry's text, by a reader that shares nothing with the one that feeds the transform. */
import { type JSONPath, visit } from "jsonc-parser";

export interface Leaf {
  /** JSON pointer. */
  readonly path: string;
  /** The scalar; `{}` or `[]` where nothing is in an object or list. */
  readonly value: string | number | boolean | null | readonly [] | Readonly<Record<string, never>>;
}

export interface Leaves {
  readonly leaves: readonly Leaf[];
  /** How many items each list has, by its pointer. */
  readonly lengths: ReadonlyMap<string, number>;
  /** Offsets of what is no JSON. */
  readonly errors: readonly number[];
}

const pointer = (path: JSONPath): string =>
  path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** Every scalar, empty object and empty list of a JSON text. */
export function readLeaves(text: string): Leaves {
  const leaves: Leaf[] = [];
  const lengths = new Map<string, number>();
  const errors: number[] = [];
  const open: { readonly path: string; readonly isList: boolean; items: number }[] = [];
  const begin = (path: string, isList: boolean): void => {
    const parent = open.at(-1);
    if (parent) parent.items++;
    open.push({ path, isList, items: 0 });
  };
  const end = (): void => {
    const closed = open.pop();
    if (!closed) return;
    if (closed.isList) lengths.set(closed.path, closed.items);
    if (closed.items === 0) leaves.push({ path: closed.path, value: closed.isList ? [] : {} });
  };
  visit(
    text,
    {
      onObjectBegin: (_offset, _length, _line, _column, path) => begin(pointer(path()), false),
      onObjectEnd: end,
      onArrayBegin: (_offset, _length, _line, _column, path) => begin(pointer(path()), true),
      onArrayEnd: end,
      onLiteralValue: (value, _offset, _length, _line, _column, path) => {
        const parent = open.at(-1);
        if (parent) parent.items++;
        leaves.push({ path: pointer(path()), value });
      },
      onError: (_error, offset) => {
        errors.push(offset);
      },
    },
    { disallowComments: true, allowTrailingComma: false },
  );
  return { leaves, lengths, errors };
}
