/** Digest, explain and repair through HTTP. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addDigest, digestOf, digestText, emptySum } from "../../../src/domain/digest.ts";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { classes } from "../../../src/school/classes.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { students } from "../../../src/school/students.ts";
import { terms } from "../../../src/school/terms.ts";
import { type TestServer, testServer } from "../../support/server.ts";
import { emptied, importing, partsOf, recordOf, student } from "./scenario.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
beforeEach(() => emptied(server));
afterAll(() => server.close());

const names = Array.from({ length: 60 }, (_, i) => `Student ${i}`);
const get = async (path: string, who = {}) => (await server.call("GET", `/api/sync/digest${path}`, who)).body;
const bucketsOf = async (path: string) => (await get(path)).buckets as { prefix: string; count: number; sum: string }[];

const sumOf = (records: readonly ReturnType<typeof student>[]) => {
  const { count, sum } = records.map((r) => digestOf(students, r)).reduce(addDigest, emptySum);
  return { count, sum: digestText(sum) };
};

test("the sums are those that the client computes, whole and for every range of ids", async () => {
  const records = names.map((name) =>
    student(name, { hasDiscount: true, discountAmount: "0.10", joinDate: "2024-02-29" }),
  );
  await (await importing(server)).run(partsOf("students", records));
  expect(await bucketsOf("?domain=students")).toEqual([{ domain: "students", prefix: "", ...sumOf(records) }]);
  for (const [width, prefix] of [
    [1, ""],
    [2, ""],
    [1, "0"],
    [3, "a"],
  ] as const) {
    const buckets = await bucketsOf(`?domain=students&prefix=${prefix}&width=${width}`);
    const inRange = records.filter((r) => r.id.startsWith(prefix));
    const expected = Map.groupBy(inRange, (r) => r.id.slice(0, prefix.length + width));
    expect(buckets).toEqual(
      [...expected]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([p, rows]) => ({ domain: "students", prefix: p, ...sumOf(rows) })),
    );
  }
  const listed = await get("/records?domain=students&prefix=0,f");
  expect(listed.records).toEqual(
    records
      .filter((r) => /^[0f]/.test(r.id))
      .map((r) => [r.id, digestText(digestOf(students, r))])
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );
});

test("twelve equal domains cost one answer of at most 2 KB", async () => {
  await (await importing(server)).run(partsOf("students", [student("Ada")]));
  const { buckets, ...rest } = await get("");
  const longest = Math.max(...schoolDomains.map(({ name }) => name.length));
  const [bucket] = buckets as object[];
  // As large as a bucket gets: the longest name and six digits of count, twelve times.
  const twelve = Array.from({ length: 12 }, () => ({ ...bucket, domain: "x".repeat(longest), count: 999_999 }));
  expect(JSON.stringify({ ...rest, buckets: twelve }).length).toBeLessThanOrEqual(2048);
});

test("with an import only the rows that its parts stand for, each once", async () => {
  const [ada, bob, cyd] = [student("Ada"), student("Bob"), student("Cyd")];
  await (await importing(server, "one")).run(partsOf("students", [ada, bob]));
  const two = await importing(server, "two");
  await two.run(partsOf("students", [bob, cyd, bob, { ...ada, phone: "2" }]));
  const buckets = await bucketsOf(`?domain=students&import=${two.importId}`);
  expect(buckets).toEqual([{ domain: "students", prefix: "", ...sumOf([bob, cyd]) }]);
});

test("a row changed, removed or added by SQL moves the digest, explain knows the record, and repair mends it", async () => {
  const records = [student("Ada"), student("Bob"), student("Cyd")];
  const [ada, bob, cyd] = records as [(typeof records)[0], (typeof records)[0], (typeof records)[0]];
  const school = await importing(server);
  await school.run(partsOf("students", [ada, bob]));
  const before = await bucketsOf("?domain=students");
  await server.sql(`update students set phone = '999' where id = '${ada.id}'; delete from students where id = '${bob.id}';
    insert into students (school_id, id, name, extra, version, seq)
      select school_id, '${cyd.id}', 'Cyd', '{}', 1, 99 from students where id = '${ada.id}'`);
  expect(await bucketsOf("?domain=students")).not.toEqual(before);
  const ids = [ada.id, bob.id, cyd.id];
  const { body } = await server.call("POST", "/api/migration/explain", { body: { domain: "students", ids } });
  const imported = { op: "create", importId: school.importId, author: "tester" };
  expect(body).toMatchObject({
    seq: 2,
    records: [
      { record: { ...ada, phone: "999" }, change: { ...imported, digest: digestText(digestOf(students, ada)) } },
      { record: null, digest: null, version: null, change: imported },
      { record: { name: "Cyd" }, change: null },
    ],
  });
  const repair = { domain: "students", put: [ada, bob], remove: [cyd.id] };
  const mended = await server.call("POST", "/api/migration/repair", { body: repair });
  expect(mended.body).toEqual({ seq: 5, put: 2, removed: 1 });
  expect(await bucketsOf("?domain=students")).toEqual(before);
  const again = await server.call("POST", "/api/migration/repair", { body: repair });
  expect(again.body, "a repair of what is right changes nothing").toEqual({ seq: 5, put: 0, removed: 0 });
  const history = await server.sql("select op, before ->> 'phone' as phone from history where seq > 2 order by seq");
  expect(history, "L6: what was there before is kept").toEqual([
    { op: "delete", phone: null },
    { op: "update", phone: "999" },
    { op: "create", phone: null },
  ]);
});

test("repair refuses what would break a reference, and writes nothing", async () => {
  const term = recordOf(terms, "1", { name: "Autumn" });
  const math = recordOf(classes, "Math", { name: "Math", termId: term.id });
  await (await importing(server)).run([...partsOf("terms", [term]), ...partsOf("classes", [math], 2)]);
  const repair = async (body: unknown) => (await server.call("POST", "/api/migration/repair", { body })).body;
  expect(await repair({ domain: "terms", put: [], remove: [term.id] })).toMatchObject({ code: "REFERENCED" });
  const stray = { ...math, termId: math.id };
  expect(await repair({ domain: "classes", put: [stray], remove: [] })).toMatchObject({ code: "REFERENCE_MISSING" });
  const twin = recordOf(terms, "2", { name: "Autumn" });
  expect(await repair({ domain: "terms", put: [twin], remove: [] })).toMatchObject({ code: "UNIQUE_TAKEN" });
  expect(await server.sql("select max(seq)::int as seq from history")).toEqual([{ seq: 2 }]);
});

test("L10: a role sees the digest of what it may read, a student of the own records, another school nothing", async () => {
  const [ada, bob] = [student("Ada"), student("Bob")];
  const school = await importing(server);
  await school.run(partsOf("students", [ada, bob]));
  const own = await get("?domain=students", { role: "student", studentId: ada.id });
  expect(own.buckets).toEqual([{ domain: "students", prefix: "", ...sumOf([ada]) }]);
  expect((await get("?domain=payments", { role: "teacher" })).code).toBe("FORBIDDEN");
  expect(Object.keys((await get("", { role: "teacher" })).schemaVersions as object)).not.toContain("payments");
  expect((await get(`?import=${school.importId}`, { role: "teacher" })).code).toBe("FORBIDDEN");
  expect(await get("?domain=students", { school: schoolIdOf("other") })).toMatchObject({ seq: 0, buckets: [] });
});

test("S11: parameters outside their alphabet are refused", async () => {
  for (const query of [
    "?prefix=zz",
    "?prefix=0%27",
    "?width=99",
    "?width=x",
    "?domain=student%22s",
    "?prefix=0000&width=8",
  ])
    expect([400, 404, 413]).toContain((await server.call("GET", `/api/sync/digest${query}`)).status);
});
