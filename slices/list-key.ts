/** One text for one question, by which a list is found again. */
import type { Query } from "../src/adapter/contract.ts";

/** A query of the whole list; whoever keeps the list keeps the cursor. */
export type ListQuery = Omit<Query, "cursor">;

/** The same for the same question, whatever the order of its keys. */
export function listKey({ filter = {}, sort, order, limit }: ListQuery): string {
  const fields = Object.entries(filter).filter(([, value]) => value !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return JSON.stringify([fields, sort ?? null, order ?? "asc", limit ?? null]);
}

/** The question that a key stands for. */
export function queryOf(key: string): ListQuery {
  const [fields, sort, order, limit] = JSON.parse(key) as [
    [string, unknown][],
    string | null,
    "asc" | "desc",
    number | null,
  ];
  return { filter: Object.fromEntries(fields), sort: sort ?? undefined, order, limit: limit ?? undefined };
}
