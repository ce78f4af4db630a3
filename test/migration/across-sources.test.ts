/** Two sources of one school that name each other's records: a reference finds what the school already holds. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sourceFromText } from "../../src/migration/source/open-source.ts";
import { verify } from "../../src/migration/verify.ts";
import { emptied } from "../server/migration/scenario.ts";
import { baseFor, migrateInto } from "../support/migration.ts";
import { type TestServer, testServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());
beforeEach(() => emptied(server));

const source = (name: string, values: Record<string, unknown>) =>
  sourceFromText(JSON.stringify(Object.fromEntries(Object.entries(values).map(([k, v]) => [k, JSON.stringify(v)]))), {
    name,
  });
const ada = { id: "s1", name: "Ada", status: "active", classId: "c1" };
const bob = { id: "s2", name: "Bob", status: "active", classId: "nowhere" };
const maths = { id: "c1", name: "Maths", studentIds: ["s1", "s3"] };
const grade = { id: "g1", studentId: "s1", value: "90" };

const students = source("students.json", { students: [ada, bob] });
const classes = source("classes.json", { classes: [maths], grades: [grade] });
const rows = async (domain: string) =>
  ((await server.call("GET", `/api/${domain}`)).body.items as { record: Record<string, unknown> }[]).map(
    (i) => i.record,
  );
const proven = async (importId: string | null, domains = baseFor(server)) => {
  const verification = await verify({ ...domains, importId: importId ?? "", deep: true });
  expect(verification).toMatchObject({ equal: true, differences: [] });
};

test("a class that lists students of an earlier import enrols them; who nobody knows is an orphan as before", async () => {
  const first = await migrateInto(baseFor(server), students);
  expect(first.ledger.partsByOutcome).toMatchObject({ quarantined: 2, migrated: 2 });
  const second = await migrateInto(baseFor(server), classes);
  expect(second).toMatchObject({
    verification: { equal: true },
    ledger: { balanced: true, partsByOutcome: { quarantined: 1 } },
    domains: { enrollments: { records: 1 }, grades: { records: 1 } },
  });
  const ours = (await rows("students")).find((record) => record.externalId === "s1");
  expect(await rows("enrollments")).toMatchObject([{ oneSided: false, studentId: ours?.id }]);
  expect(await rows("grades")).toMatchObject([{ studentId: ours?.id }]);
  await proven(first.importId);
  await proven(second.importId);
});

test("students who name a class of an earlier import are enrolled one-sidedly, and a second run says the same", async () => {
  const first = await migrateInto(baseFor(server), source("c.json", { classes: [{ ...maths, studentIds: [] }] }));
  const second = await migrateInto(baseFor(server), students);
  expect(await rows("enrollments")).toMatchObject([{ oneSided: true }]);
  const again = await migrateInto(baseFor(server), students);
  expect([again.importId, again.ledger]).toEqual([second.importId, second.ledger]);
  await proven(first.importId);
  await proven(second.importId);
});

test("an enrolment that the school has already is merged, not a conflict", async () => {
  await migrateInto(
    baseFor(server),
    source("all.json", { students: [ada], classes: [{ ...maths, studentIds: ["s1"] }] }),
  );
  const second = await migrateInto(baseFor(server), source("again.json", { students: [{ ...ada }] }));
  expect(second.ledger.partsByOutcome).toMatchObject({ conflict: 0, quarantined: 0, merged: 2 });
  const third = await migrateInto(
    baseFor(server),
    source("class.json", { classes: [{ ...maths, studentIds: ["s1"] }] }),
  );
  expect(third.ledger.partsByOutcome).toMatchObject({ conflict: 0, quarantined: 0, merged: 2 });
  await proven(second.importId);
  await proven(third.importId);
});

test("what an import was told stays so: records that come later change nothing about it", async () => {
  const first = await migrateInto(baseFor(server), classes);
  expect(first.ledger.partsByOutcome.quarantined).toBe(3);
  await migrateInto(baseFor(server), students);
  await proven(first.importId);
  const again = await migrateInto(baseFor(server), classes);
  expect(again.ledger).toEqual(first.ledger);
});

test("a source with a namespace of its own names nobody else's records", async () => {
  await migrateInto(baseFor(server), students);
  const own = await migrateInto(baseFor(server), classes, { namespace: "own" });
  expect(own.ledger.partsByOutcome.quarantined).toBe(3);
  expect(await rows("enrollments")).toEqual([]);
});
