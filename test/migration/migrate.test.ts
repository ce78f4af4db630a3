import { afterAll, beforeAll, expect, test } from "vitest";
import { type AnyRecord, byText, defineDomain, domainSet } from "../../src/domain/define-domain.ts";
import { id, nullable, text } from "../../src/domain/fields.ts";
import { recordIdOf, type SchoolId, schoolIdOf } from "../../src/domain/ids.ts";
import { encodeText } from "../../src/migration/archive.ts";
import { type Journal, memoryJournal } from "../../src/migration/journal.ts";
import { migrate } from "../../src/migration/migrate.ts";
import type { MigrateOptions } from "../../src/migration/options.ts";
import type { ReadSource } from "../../src/migration/reading.ts";
import { repair } from "../../src/migration/repair.ts";
import { rollback } from "../../src/migration/rollback.ts";
import type { LegacyEntry, LegacySource, Part } from "../../src/migration/types.ts";
import { verify } from "../../src/migration/verify.ts";
import { type TestServer, testServer } from "../support/server.ts";

const rights = { admin: "write", teacher: "write", student: "read", viewer: "read" } as const;
const shelves = defineDomain({
  name: "shelves",
  fields: { label: text() },
  references: {},
  sortKeys: { label: byText("label") },
  conflict: "mergeFields",
  rights,
  migrations: [],
});
const books = defineDomain({
  name: "books",
  fields: { title: text(), shelfId: nullable(id()) },
  references: { shelfId: { to: "shelves", onDelete: "restrict" } },
  sortKeys: { title: byText("title") },
  conflict: "mergeFields",
  rights,
  migrations: [],
});
const domains = domainSet([books, shelves]);

interface Legacy {
  readonly id: string;
  readonly title: string;
  readonly shelf: string;
}

/** Books first, so that the order of the source is not the order of the upload. */
function library(name: string, count: number): LegacySource {
  const list: Legacy[] = Array.from({ length: count }, (_, n) => ({
    id: `b${n}`,
    title: `Title ${n}`,
    shelf: `s${n % 3}`,
  }));
  const values = [{ key: "books", raw: JSON.stringify([...list, { id: "lost", title: "Lost", shelf: "nowhere" }]) }];
  return { name, container: "dump", values, fingerprint: encodeText(JSON.stringify(values)).sha256 };
}

/** Each book becomes a book, the first of a shelf also the shelf; a shelf "nowhere" is set aside. */
const read: ReadSource = (source, { namespace }) => {
  const list = JSON.parse(source.values[0]?.raw ?? "[]") as Legacy[];
  const entries: LegacyEntry[] = list.map((data, at) => ({
    no: at + 1,
    key: "books",
    position: String(at),
    kind: "domain:books",
    start: 0,
    end: 1,
    legacyId: data.id,
    data,
    defect: null,
  }));
  return {
    entries,
    of(entry) {
      const { id: legacyId, title, shelf } = entry.data as Legacy;
      const shelfId = shelf === "nowhere" ? null : recordIdOf(namespace, "shelves", shelf);
      const book: AnyRecord = {
        id: recordIdOf(namespace, "books", legacyId),
        externalId: legacyId,
        title,
        shelfId,
        extra: {},
      };
      const parts: Part[] = [{ no: 1, domain: "books", path: "", record: book }];
      if (entry.no <= 3 && shelfId)
        parts.push({
          no: 2,
          domain: "shelves",
          path: "/shelf",
          record: { id: shelfId, externalId: shelf, label: shelf, extra: {} },
        });
      if (!shelfId)
        parts.push({
          no: 2,
          domain: "books",
          path: "/shelf",
          record: null,
          outcome: "quarantined",
          recordId: null,
          reason: "ORPHAN",
          payload: shelf,
        });
      return { entry, parts, claims: [] };
    },
    account: () => {},
    audit: () => ({}),
  };
};

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ domains: domains.all, rateLimit: { perSecond: 100_000, burst: 100_000 } });
});
afterAll(() => server.close());

interface Run {
  readonly school: SchoolId;
  readonly journal?: Journal;
  readonly source?: LegacySource;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly retries?: number;
}

const receipt = {
  kind: "source",
  sha256: "0".repeat(64),
  bytes: 1,
  values: 1,
  encrypted: false,
  restoredEqual: true,
} as const;

async function options({
  school,
  journal,
  source = library("lib", 40),
  fetch,
  retries = 0,
}: Run): Promise<MigrateOptions> {
  const remote = {
    fetch: fetch ?? server.fetch,
    baseUrl: "http://server",
    token: await server.token({ school }),
    sleep: async () => {},
    random: () => 0,
    retries,
  };
  // Small batches: the more requests, the more places to be killed at.
  return { remote, school, domains, source, read, journal, batchBytes: 3000, backup: async () => receipt };
}
const run = async (how: Run) => migrate(await options(how));

/** What must be the same after any history of kills, whatever school it happened in. */
async function outcomeIn(school: SchoolId) {
  const rows = await server.sql(
    `select domain, body::text as body from records where school_id = '${school}' order by domain, external_id`,
  );
  const ledger = await server.sql(
    `select entry, part, domain, path, outcome, reason from ledger_parts where school_id = '${school}' order by entry, part`,
  );
  const history = await server.sql(
    `select domain, record_id::text as id, count(*)::text as n from history where school_id = '${school}' group by 1, 2 having count(*) > 1`,
  );
  return { rows: rows.length, ledger, changedTwice: history };
}

test("a source becomes rows, parents first, with a balanced ledger and an equal verification", async () => {
  const school = schoolIdOf("undisturbed");
  const report = await run({ school });
  expect(report.ledger).toMatchObject({ entries: 41, parts: 45, balanced: true });
  expect(report.ledger.byOutcome).toMatchObject({ migrated: 40, quarantined: 1 });
  expect(report.domains).toEqual({ books: { records: 41 }, shelves: { records: 3 } });
  expect(report.verification).toMatchObject({ equal: true, differences: [], requests: 1 });
  expect(report.proof?.text).toContain("1 ORPHAN");
});

test("L5 F30: killed before or after any request and started again, it ends with the same rows and ledger", async () => {
  const reference = schoolIdOf("reference");
  let total = 0;
  const counting = (request: Request): Promise<Response> => {
    total++;
    return server.fetch(request);
  };
  await run({ school: reference, fetch: counting });
  const expected = await outcomeIn(reference);
  expect(expected.changedTwice).toEqual([]);
  for (let k = 1; k <= total; k++) {
    for (const delivered of [false, true]) {
      const school = schoolIdOf(`killed ${k} ${delivered}`);
      const journal = memoryJournal();
      let sent = 0;
      const dying = async (request: Request): Promise<Response> => {
        sent++;
        if (sent > k || (sent === k && !delivered)) throw new TypeError("killed");
        const answer = await server.fetch(request);
        if (sent >= k) throw new TypeError("killed");
        return answer;
      };
      await expect(run({ school, journal, fetch: dying })).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
      // Every other one has lost its journal, too.
      const report = await run({ school, journal: k % 2 === 0 ? journal : undefined });
      expect(report.verification?.equal).toBe(true);
      expect(await outcomeIn(school)).toEqual(expected);
    }
  }
});

test("F16: every answer lost once, every request sent twice: the same rows and ledger", async () => {
  const school = schoolIdOf("lossy");
  const lost = new Set<string>();
  const lossy = async (request: Request): Promise<Response> => {
    const key = `${request.url} ${await request.clone().text()}`;
    const answer = await server.fetch(request);
    if (lost.has(key)) return answer;
    lost.add(key);
    throw new TypeError("the answer was lost");
  };
  const report = await run({ school, fetch: lossy, retries: 1 });
  expect(report.verification?.equal).toBe(true);
  expect(await outcomeIn(school)).toEqual(await outcomeIn(schoolIdOf("undisturbed")));
});

test("L5: a second import of the same data, under another fingerprint, adds nothing", async () => {
  const school = schoolIdOf("undisturbed");
  const before = await outcomeIn(school);
  const again = await run({ school });
  expect(again.ledger.balanced).toBe(true);
  const other = library("export", 40);
  const report = await run({ school, source: { ...other, fingerprint: "f".repeat(64) } });
  expect(report.ledger.byOutcome).toMatchObject({ migrated: 0, merged: 40, quarantined: 1 });
  expect(report.verification?.equal).toBe(true);
  expect((await outcomeIn(school)).rows).toBe(before.rows);
});

test("verify names each row changed, deleted or added behind its back; repair previews, mends, and it is equal again", async () => {
  const school = schoolIdOf("tampered");
  const { importId } = await run({ school });
  const base = { ...(await options({ school })), importId: importId ?? "" };
  const at = (n: number) => `school_id = '${school}' and domain = 'books' and external_id = 'b${n}'`;
  await server.sql(`update records set body = replace(body::text, 'Title 5', 'Changed')::json where ${at(5)}`);
  await server.sql(`delete from records where ${at(6)}`);
  const found = await verify({ ...base, source: undefined, showValues: true });
  expect(found.equal).toBe(false);
  expect(found.differences).toContainEqual(
    expect.objectContaining({
      kind: "data_mismatch",
      externalId: "b5",
      fields: [{ field: "title", expected: '"Title 5"', actual: '"Changed"' }],
    }),
  );
  expect(found.differences).toContainEqual(expect.objectContaining({ kind: "missing_record", externalId: "b6" }));
  const preview = await repair({ ...base, apply: false });
  expect(preview).toMatchObject({ applied: false, put: 0 });
  expect(preview.plan.put).toHaveLength(2);
  const mended = await repair({ ...base, apply: true });
  expect(mended).toMatchObject({ applied: true, put: 2, verification: { equal: true } });
  expect(await verify({ ...base, deep: true })).toMatchObject({ equal: true, deep: true });
});

test("L10: two schools with the same data do not see each other", async () => {
  const one = schoolIdOf("one");
  const two = schoolIdOf("two");
  const { importId } = await run({ school: one });
  await run({ school: two });
  const stranger = { ...(await options({ school: two })), importId: importId ?? "" };
  await expect(verify(stranger)).rejects.toMatchObject({ code: "IMPORT_UNKNOWN" });
  await expect(rollback({ ...stranger, dryRun: false })).rejects.toMatchObject({ code: "IMPORT_UNKNOWN" });
  await expect(migrate({ ...(await options({ school: one })), school: two })).rejects.toMatchObject({
    code: "BAD_REQUEST",
  });
});

test("L9: a rollback takes away what the import brought, and the source can be imported again", async () => {
  const school = schoolIdOf("back");
  const { importId } = await run({ school });
  const base = { ...(await options({ school })), importId: importId ?? "" };
  expect(await rollback({ ...base, dryRun: true })).toMatchObject({ removed: { books: 41, shelves: 3 }, changed: [] });
  await rollback({ ...base, dryRun: false });
  expect((await outcomeIn(school)).rows).toBe(0);
  const again = await run({ school });
  expect(again.importId).not.toBe(importId);
  expect(again.verification?.equal).toBe(true);
});

test("a dry run sends nothing and says how long it would take; an empty source needs a yes (B13)", async () => {
  const school = schoolIdOf("dry");
  const fetch = async (): Promise<Response> => {
    throw new Error("nothing may be sent");
  };
  const report = await migrate({ ...(await options({ school, fetch })), dryRun: true });
  expect(report).toMatchObject({ dryRun: true, importId: null, ledger: { entries: 41, balanced: true }, requests: 0 });
  expect(report.estimate?.seconds).toBeGreaterThan(0);
  const empty = { ...library("empty", 0), values: [{ key: "books", raw: "[]" }] };
  await expect(run({ school, source: empty })).rejects.toMatchObject({ code: "SOURCE_EMPTY" });
});
