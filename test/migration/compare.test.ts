import { expect, test } from "vitest";
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import { byText, defineDomain, domainSet } from "../../src/domain/define-domain.ts";
import { digestOf, digestText } from "../../src/domain/digest.ts";
import { text } from "../../src/domain/fields.ts";
import type { RecordId } from "../../src/domain/ids.ts";
import { uuidV5 } from "../../src/domain/ids.ts";
import { compare } from "../../src/migration/compare.ts";
import { collectExpected } from "../../src/migration/expected.ts";
import { remote } from "../../src/migration/remote.ts";

const books = defineDomain({
  name: "books",
  fields: { title: text() },
  references: {},
  sortKeys: { title: byText("title") },
  conflict: "mergeFields",
  rights: { admin: "write", teacher: "read", student: "read", viewer: "read" },
  migrations: [],
});
const domains = domainSet([books]);
const importId = "00000000-0000-4000-8000-000000000001";

const book = (n: number, title = `Book ${n}`): AnyRecord => ({
  id: uuidV5("6ba7b811-9dad-11d1-80b4-00c04fd430c8", `book ${n}`) as RecordId,
  externalId: `b${n}`,
  title,
  extra: {},
});

interface Row {
  record: AnyRecord;
  change: { importId: string | null; digest: string } | null;
}

/** A server of one domain, as far as a comparison asks it: rows with the last change that the history knows. */
function shelf(count: number) {
  const { expected, add } = collectExpected();
  const records = new Map<string, AnyRecord>();
  const rows = new Map<string, Row>();
  const gone = new Map<string, { importId: string | null; digest: null }>();
  const digest = (record: AnyRecord): string => digestText(digestOf(books, record));
  for (let n = 0; n < count; n++) {
    const record = book(n);
    records.set(record.id, record);
    add("books", record.id, digestOf(books, record));
    rows.set(record.id, { record, change: { importId, digest: digest(record) } });
  }
  const digests = new Map<string, bigint>([...rows].map(([id, row]) => [id, digestOf(books, row.record)]));
  const set = (record: AnyRecord, change: Row["change"]): void => {
    rows.set(record.id, { record, change });
    digests.set(record.id, digestOf(books, record));
  };

  async function fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const prefixes = (url.searchParams.get("prefix") ?? "").split(",");
    if (url.pathname === "/api/sync/digest/records") {
      const found = [...digests].filter(([id]) => prefixes.some((p) => id.startsWith(p)));
      return Response.json({ seq: 1, records: found.map(([id, d]) => [id, digestText(d)]) });
    }
    if (url.pathname === "/api/sync/digest") {
      const width = Number(url.searchParams.get("width"));
      const sums = new Map<string, { count: number; sum: bigint }>();
      for (const [id, d] of digests) {
        const prefix = prefixes.find((p) => id.startsWith(p));
        if (prefix === undefined) continue;
        const bucket = id.slice(0, prefix.length + width);
        const old = sums.get(bucket) ?? { count: 0, sum: 0n };
        sums.set(bucket, { count: old.count + 1, sum: old.sum + d });
      }
      const buckets = [...sums].map(([prefix, s]) => ({
        domain: "books",
        prefix,
        count: s.count,
        sum: digestText(s.sum),
      }));
      return Response.json({ seq: 1, buckets, schemaVersions: { books: 1 } });
    }
    if (url.pathname === "/api/migration/explain") {
      const { ids } = (await request.json()) as { ids: string[] };
      const told = { seq: 1, op: "update", author: "ada", at: "2026-01-01T00:00:00.000Z" };
      const list = ids.map((id) => {
        const row = rows.get(id);
        const change = row ? row.change : gone.get(id);
        return {
          id,
          record: row?.record ?? null,
          digest: row ? digest(row.record) : null,
          version: row ? 1 : null,
          change: change ? { ...told, ...change } : null,
        };
      });
      return Response.json({ seq: 1, records: list });
    }
    const table = { total: count, byOutcome: { migrated: count } };
    return Response.json({ importId, state: "sealed", entries: table, parts: table, balanced: true, domains: {} });
  }

  return {
    setByHand: (record: AnyRecord) => set(record, rows.get(record.id)?.change ?? null),
    setByName: (record: AnyRecord) => set(record, { importId: null, digest: digest(record) }),
    remove: (id: string, byName = false) => {
      rows.delete(id);
      digests.delete(id);
      gone.set(id, { importId: byName ? null : importId, digest: null });
    },
    compare: (more: { deep?: boolean; showValues?: boolean } = {}) =>
      compare({
        remote: remote({ fetch, baseUrl: "http://server", token: "t", sleep: async () => {}, random: () => 0 }),
        domains,
        importId,
        expected,
        quarantined: 0,
        recall: (wanted) =>
          new Map([...wanted].flatMap(([d, ids]) => [...ids].map((id) => [`${d}/${id}`, records.get(id) ?? book(0)]))),
        deep: false,
        showValues: false,
        ...more,
      }),
  };
}

test("T7: equal sides cost one request of at most 2 KB", async () => {
  const result = await shelf(3000).compare();
  expect(result).toMatchObject({ equal: true, requests: 1, domains: { books: { expected: 3000, actual: 3000 } } });
  expect(result.bytes).toBeLessThanOrEqual(2048);
});

test("T8: 10 differing of 90,000 are found in at most 12 requests and 50 KB", { timeout: 60_000 }, async () => {
  const side = shelf(90_000);
  for (let n = 0; n < 10; n++) side.setByHand(book(n * 8_999, "another title"));
  const result = await side.compare();
  expect(result.differences).toHaveLength(10);
  expect(result.requests).toBeLessThanOrEqual(12);
  expect(result.bytes).toBeLessThanOrEqual(50_000);
});

test("a missing, an extra and an altered record are told apart, with the field; values only on request", async () => {
  const side = shelf(200);
  side.remove(book(7).id);
  side.setByHand(book(500));
  side.setByHand(book(9, "altered"));
  const { equal, differences } = await side.compare({ showValues: true });
  expect(equal).toBe(false);
  expect(differences).toHaveLength(3);
  expect(differences).toContainEqual({ kind: "extra_record", domain: "books", id: book(500).id, externalId: "b500" });
  expect(differences).toContainEqual({
    kind: "data_mismatch",
    domain: "books",
    id: book(9).id,
    externalId: "b9",
    fields: [{ field: "title", expected: '"Book 9"', actual: '"altered"' }],
  });
  expect(JSON.stringify(await side.compare())).not.toContain("altered");
});

test("a removal by hand alone is missing_record and count_mismatch; what one side lacks cannot hide the other's", async () => {
  const side = shelf(100);
  side.remove(book(7).id);
  const { differences } = await side.compare();
  expect(differences.map((d) => d.kind).sort()).toEqual(["count_mismatch", "missing_record"]);
  expect(differences).toContainEqual({ kind: "missing_record", domain: "books", id: book(7).id, externalId: "b7" });
});

test("what named mutations changed, created or deleted since is listed, and is no difference", async () => {
  const side = shelf(100);
  side.setByName(book(3, "second edition"));
  side.setByName(book(300));
  side.remove(book(4).id, true);
  const { equal, changedSince } = await side.compare();
  expect(equal).toBe(true);
  expect(changedSince.map((c) => c.id).sort()).toEqual([book(3).id, book(300).id, book(4).id].sort());
  expect(changedSince[0]).toMatchObject({ author: "ada" });
});

test("deep: every row is read and its digest computed here", async () => {
  const side = shelf(1200);
  expect(await side.compare({ deep: true })).toMatchObject({ equal: true, deep: true });
  side.setByHand(book(11, "altered"));
  const { differences } = await side.compare({ deep: true });
  expect(differences).toMatchObject([{ kind: "data_mismatch", id: book(11).id }]);
});
