import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isStorableText } from "../../../src/domain/json.ts";
import { columnFrom, columnRows } from "../../../src/server/db/column-rows.ts";
import { type Database, openPglite } from "../../../src/server/db/database.ts";

let db: Database;
beforeAll(async () => {
  db = await openPglite();
});
afterAll(() => db.close());

interface Row {
  readonly id: string;
  readonly text: string | null;
  readonly json: string;
}

const read = (rows: readonly Row[]): Promise<readonly (Row & { readonly n: string })[]> => {
  const column = columnFrom(rows);
  const all = [
    column("id", "text", (row) => row.id),
    column('te"xt', "text", (row) => row.text),
    column("json", "json", (row) => row.json),
  ];
  return db.owner((tx) =>
    tx.rows(
      sql`select r.id, r."te""xt" as text, r.json::text as json, r.n::text as n from ${columnRows(all)} order by r.n`,
    ),
  );
};

const text = fc.oneof(
  fc.constantFrom("", "null", "NULL", "nUll", '"', "\\", "{}", "{a,b}", "a,b", " a ", "\n", '\\"', "é", "💜"),
  fc.string({ unit: "binary" }).filter(isStorableText),
);

test("whatever the text, the rows are what was given, in its order", async () => {
  const row = fc.record({ id: text, text: fc.option(text), json: fc.json() }).filter((r) => isStorableText(r.json));
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 6 }), async (rows) => {
      expect(await read(rows)).toEqual(rows.map((given, i) => ({ ...given, n: String(i + 1) })));
    }),
    { numRuns: 60 },
  );
});

test("a column that says the same everywhere, also null, stands in every row", async () => {
  const rows = ["a", "b", "c"].map((id) => ({ id, text: null, json: '{"a":1}' }));
  expect(await read(rows)).toEqual(rows.map((given, i) => ({ ...given, n: String(i + 1) })));
  expect(await read([])).toEqual([]);
});
