/** The batch of which nothing is there yet is written by one statement: the same as step by step, or not at all. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { classes } from "../../../src/school/classes.ts";
import { enrollments } from "../../../src/school/enrollments.ts";
import { type TestServer, testSchool, testServer } from "../../support/server.ts";
import { emptied, importing, partsOf, recordOf, student } from "./scenario.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
beforeEach(() => emptied(server));
afterAll(() => server.close());

const math = recordOf(classes, "Math", { name: "Math" });
const inMath = (who: { readonly id: string }) =>
  recordOf(enrollments, who.id, { studentId: who.id, classId: math.id, oneSided: false });
const [ada, bob] = [student("Ada", { phone: 'a "quoted" \\ {text}, NULL' }), student("Bob", { phone: "null" })];
const parts = [
  ...partsOf("students", [ada, bob]),
  ...partsOf("classes", [math], 3),
  ...partsOf("enrollments", [inMath(ada), inMath(bob)], 4),
  { entry: 6, part: 1, domain: "students", path: "", outcome: "excluded", reason: "DEMO" },
];

const historyOf = (school: string) =>
  server.sql(`select seq::int, domain, record_id, op, digest_after::text, author, encode(chain, 'hex') as chain
    from history where school_id = '${school}' order by seq`);
const rowsOf = (school: string) =>
  server.sql(`select seq::int, version, digest::text, phone from students where school_id = '${school}' order by seq`);

test("L2: rows, history, its chain and the answer are the same as when a batch has to be taken step by step", async () => {
  const other = schoolIdOf("other");
  const atOnce = await (await importing(server)).run(parts);
  // A record that stands in the batch twice is merged, which takes the long way.
  const twice = { entry: 7, part: 1, domain: "students", path: "", record: ada };
  const stepwise = await (await importing(server, "a source", { school: other })).run([...parts, twice]);
  expect(atOnce).toEqual({ seq: 5, outcomes: { migrated: 5, excluded: 1 }, others: [] });
  expect(stepwise).toMatchObject({ seq: 5, outcomes: { migrated: 5, excluded: 1, merged: 1 } });
  expect(await rowsOf(testSchool)).toEqual(await rowsOf(other));
  expect(await rowsOf(testSchool)).toMatchObject([
    { seq: 1, phone: ada.phone },
    { seq: 2, phone: "null" },
  ]);
  expect(await historyOf(testSchool)).toEqual(await historyOf(other));
  const [school] = await server.sql(
    `select seq::int, encode(chain, 'hex') as chain from schools where id = '${testSchool}'`,
  );
  expect(school).toEqual({ seq: 5, chain: (await historyOf(testSchool)).at(-1)?.chain });
});

test("F29: the chain is SHA-256 over the hash before, the number, and what changed, as anyone can compute it", async () => {
  await (await importing(server)).run(parts);
  let chain = Buffer.alloc(32);
  for (const row of await historyOf(testSchool)) {
    const text = JSON.stringify([row.seq, row.domain, row.record_id, row.op, row.digest_after]);
    chain = createHash("sha256").update(chain).update(text).digest();
    expect(row.chain).toBe(chain.toString("hex"));
  }
});

test("the digest that history and ledger hold is that of the row", async () => {
  await (await importing(server)).run(parts);
  const [wrong] = await server.sql(`select count(*)::int as n from students t
    join history h on (h.school_id, h.record_id) = (t.school_id, t.id)
    join ledger_parts l on (l.school_id, l.record_id) = (t.school_id, t.id)
    where (h.digest_after, h.seq, l.digest) is distinct from (t.digest, t.seq, t.digest)`);
  expect(wrong).toEqual({ n: 0 });
});

test("L2 F16: the same batch sent twice at once is taken once", async () => {
  const school = await importing(server);
  const [one, two] = await Promise.all([school.send(parts), school.send(parts)]);
  expect(one.outcomes).toEqual(two.outcomes);
  expect(await historyOf(testSchool)).toHaveLength(5);
  expect(await server.sql("select count(*)::int as n from ledger_parts")).toEqual([{ n: 6 }]);
});

test("a batch of which the last record is there already leaves no half: the others come in, that one is merged", async () => {
  await (await importing(server, "first")).run(partsOf("students", [bob]));
  const answer = await (await importing(server, "second")).run(partsOf("students", [ada, student("Cyd"), bob]));
  expect(answer).toMatchObject({ seq: 3, outcomes: { migrated: 2, merged: 1 } });
  expect((await rowsOf(testSchool)).map((row) => row.seq)).toEqual([1, 2, 3]);
  expect((await historyOf(testSchool)).map((row) => row.seq)).toEqual([1, 2, 3]);
});
