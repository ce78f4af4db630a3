/** Backfill and ledger through HTTP. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { byText, defineDomain } from "../../../src/domain/define-domain.ts";
import { id, nullable, text } from "../../../src/domain/fields.ts";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { classes } from "../../../src/school/classes.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { enrollments } from "../../../src/school/enrollments.ts";
import { terms } from "../../../src/school/terms.ts";
import { type TestServer, testServer } from "../../support/server.ts";
import { emptied, idOf, importing, partsOf, recordOf, student } from "./scenario.ts";

/** A domain that is not about schools and has no table of its own; it refers to itself. */
const issues = defineDomain({
  name: "issues",
  fields: { title: text({ min: 1 }), number: nullable(text()), parentId: nullable(id()) },
  references: { parentId: { to: "issues", onDelete: "detach" } },
  unique: [["number"]],
  sortKeys: { title: byText("title") },
  conflict: "mergeFields",
  rights: { admin: "write", teacher: "read", student: "none", viewer: "none" },
  migrations: [],
});

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ domains: [...schoolDomains, issues] });
});
beforeEach(() => emptied(server));
afterAll(() => server.close());

const count = async (from: string): Promise<number> =>
  Number((await server.sql(`select count(*)::int as n from ${from}`))[0]?.n);

test("L5: every part ends somewhere, and both tables of the ledger balance", async () => {
  const school = await importing(server);
  const [ada, bob] = [student("Ada"), student("Bob")];
  const math = recordOf(classes, "Math", { name: "Math" });
  const inClass = (name: string, studentId: string) =>
    recordOf(enrollments, name, { studentId, classId: math.id, oneSided: false });
  const parts = [
    ...partsOf("students", [ada, bob]),
    ...partsOf("classes", [math], 3),
    { entry: 3, part: 2, domain: "enrollments", path: "/studentIds/0", record: inClass("a", ada.id) },
    { entry: 3, part: 3, domain: "enrollments", path: "/studentIds/1", record: inClass("b", bob.id) },
    {
      entry: 3,
      part: 4,
      domain: "enrollments",
      path: "/studentIds/2",
      outcome: "quarantined",
      reason: "ORPHAN",
      payload: "s9",
    },
    {
      entry: 1,
      part: 2,
      domain: "enrollments",
      path: "/classId",
      outcome: "merged",
      reason: "EQUAL",
      recordId: inClass("a", ada.id).id,
    },
  ];
  const answer = await school.run(parts);
  expect(answer).toMatchObject({ seq: 5, outcomes: { migrated: 5, quarantined: 1, merged: 1 }, others: [] });
  expect(await school.ledger()).toEqual({
    importId: school.importId,
    state: "sealed",
    entries: { total: 3, byOutcome: { quarantined: 1, merged: 1, migrated: 1 } },
    parts: { total: 7, byOutcome: { quarantined: 1, merged: 1, migrated: 5 } },
    balanced: true,
    domains: { students: { records: 2 }, classes: { records: 1 }, enrollments: { records: 2 } },
  });
});

test("L1 L2 F16: a batch whose answer was lost is sent again and changes nothing", async () => {
  const school = await importing(server);
  const parts = partsOf("students", [student("Ada"), student("Bob")]);
  const first = await school.send(parts);
  const again = await school.send(parts);
  expect(again).toEqual(first);
  const more = await school.send([...parts, ...partsOf("students", [student("Cyd")], 3)]);
  expect(more).toMatchObject({ seq: 3, outcomes: { migrated: 3 }, others: [] });
  expect([await count("students"), await count("history"), await count("ledger_parts")]).toEqual([3, 3, 3]);
  await school.declare([...parts, ...partsOf("students", [student("Cyd")], 3)]);
  await school.seal([...parts, ...partsOf("students", [student("Cyd")], 3)]);
  expect(await school.send(parts), "also after the seal").toMatchObject({ outcomes: { migrated: 2 } });
  const late = await server.call("POST", `${school.path}/backfill`, {
    body: { epoch: 0, parts: partsOf("students", [student("Dan")], 4) },
  });
  expect([late.status, late.body.code, await count("students")]).toEqual([400, "BAD_REQUEST", 3]);
});

test("B3 L6: one id with two different records is a conflict: the first stays, the second is kept whole", async () => {
  const school = await importing(server);
  const [first, second] = [student("Ada", { phone: "1" }), student("Ada", { phone: "2" })];
  const answer = await school.run(partsOf("students", [first, second, first]));
  expect(answer.outcomes).toEqual({ migrated: 1, conflict: 1, merged: 1 });
  expect(answer.others).toEqual([
    { entry: 2, part: 1, outcome: "conflict", reason: "CREATE_CREATE" },
    { entry: 3, part: 1, outcome: "merged", reason: "EQUAL" },
  ]);
  const page = await server.call("GET", `${school.path}/ledger/parts?outcome=conflict`);
  expect(page.body.parts).toMatchObject([{ entry: 2, part: 1, recordId: first.id, payload: second, digest: null }]);
  const rows = await server.sql("select phone from students");
  expect(rows).toEqual([{ phone: "1" }]);
});

test("L5: another source with the same records is merged, with a different one of them a conflict, and adds no row", async () => {
  const [ada, bob] = [student("Ada"), student("Bob")];
  await (await importing(server, "first")).run(partsOf("students", [ada, bob]));
  const second = await importing(server, "second");
  const answer = await second.run(partsOf("students", [ada, { ...bob, phone: "2" }, student("Cyd")]));
  expect(answer).toMatchObject({ seq: 3, outcomes: { merged: 1, conflict: 1, migrated: 1 } });
  expect(await server.sql("select seq::int from students order by seq"), "no gap in the order of changes").toEqual([
    { seq: 1 },
    { seq: 2 },
    { seq: 3 },
  ]);
  expect(await second.ledger()).toMatchObject({ balanced: true, domains: { students: { records: 2 } } });
});

test("B10 S4: a reference to nobody, or into another school, is quarantined with the record", async () => {
  const other = schoolIdOf("other");
  const theirs = recordOf(terms, "theirs", { name: "Theirs" });
  await (await importing(server, "theirs", { school: other })).run(partsOf("terms", [theirs]));
  const school = await importing(server);
  const lost = recordOf(classes, "Math", { name: "Math", termId: theirs.id });
  const alike = recordOf(classes, "Art", { name: "Art", termId: idOf("nobody") });
  const answer = await school.run(partsOf("classes", [lost, alike]));
  expect(answer.others).toEqual([
    { entry: 1, part: 1, outcome: "quarantined", reason: "ORPHAN" },
    { entry: 2, part: 1, outcome: "quarantined", reason: "ORPHAN" },
  ]);
  expect(await count("classes")).toBe(0);
});

test("a unique key that is taken is a conflict, and what refers to the record that did not come in is an orphan", async () => {
  const school = await importing(server);
  const [one, two] = [recordOf(terms, "1", { name: "Autumn" }), recordOf(terms, "2", { name: "Autumn" })];
  const ofTwo = recordOf(classes, "Math", { name: "Math", termId: two.id });
  const answer = await school.run([...partsOf("terms", [one, two]), ...partsOf("classes", [ofTwo], 3)]);
  expect(answer.others).toEqual([
    { entry: 2, part: 1, outcome: "conflict", reason: "UNIQUE_TAKEN" },
    { entry: 3, part: 1, outcome: "quarantined", reason: "ORPHAN" },
  ]);
});

test("a domain that a user declares goes to the shared table by the same rules", async () => {
  const school = await importing(server);
  const epic = recordOf(issues, "1", { title: "Epic", number: "1" });
  const child = recordOf(issues, "2", { title: "Child", parentId: epic.id, number: "2" });
  const lost = recordOf(issues, "3", { title: "Lost", parentId: idOf("nobody"), number: "3" });
  const ofLost = recordOf(issues, "4", { title: "Of lost", parentId: lost.id, number: "4" });
  const twin = recordOf(issues, "5", { title: "Twin", number: "2" });
  const answer = await school.run(partsOf("issues", [child, epic, lost, ofLost, twin]));
  expect(answer.outcomes).toEqual({ migrated: 2, quarantined: 2, conflict: 1 });
  expect(answer.others.at(-1)?.reason).toBe("UNIQUE_TAKEN");
  const { body } = await server.call("GET", `/api/sync/digest?domain=issues&import=${school.importId}`);
  expect(body.buckets).toMatchObject([{ domain: "issues", prefix: "", count: 2 }]);
  const explained = await server.call("POST", "/api/migration/explain", {
    body: { domain: "issues", ids: [child.id] },
  });
  expect(explained.body.records).toMatchObject([
    { id: child.id, record: child, version: 1, change: { op: "create", importId: school.importId } },
  ]);
});

test("L5: the seal refuses what is not whole, and says what is missing", async () => {
  const school = await importing(server);
  const parts = partsOf("students", [student("Ada"), student("Bob")]);
  await school.declare(parts);
  await school.send(parts.slice(0, 1));
  const early = await server.call("POST", `${school.path}/seal`, { body: { entries: 2, parts: 2 } });
  expect([early.status, early.body.code]).toEqual([500, "LEDGER_UNBALANCED"]);
  expect(await school.ledger()).toMatchObject({ state: "open", balanced: false });
  await school.send([...parts, ...partsOf("students", [student("Cyd")], 3)]);
  const homeless = await server.call("POST", `${school.path}/seal`, { body: { entries: 2, parts: 3 } });
  expect(homeless.body.code, "a part without an entry").toBe("LEDGER_UNBALANCED");
});

test("L8: a batch under another epoch is refused with the epoch that holds", async () => {
  const school = await importing(server);
  const answer = await server.call("POST", `${school.path}/backfill`, { body: { epoch: 1, parts: [] } });
  expect([answer.status, answer.body.code]).toEqual([409, "EPOCH_STALE"]);
});

test("S6 S12: a record with a key that is not its own is refused, and nothing of its batch is written", async () => {
  const school = await importing(server);
  const good = partsOf("students", [student("Ada")]);
  const send = async (record: unknown) => {
    const body = { epoch: 0, parts: [...good, { entry: 2, part: 1, domain: "students", path: "", record }] };
    return (await server.call("POST", `${school.path}/backfill`, { body })).status;
  };
  const statuses = [
    await send({ ...student("Bob"), schoolId: idOf("x") }),
    await send({ ...student("Bob"), extra: JSON.parse('{"__proto__":{"x":1}}') }),
    await send({ ...student("Bob"), extra: { constructor: { prototype: { x: 1 } } } }),
    await send({ ...student("Bob"), name: "\u0000" }),
  ];
  expect(statuses.every((status) => status === 400 || status === 422)).toBe(true);
  expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  expect([await count("students"), await count("ledger_parts"), await count("history")]).toEqual([0, 0, 0]);
});

test("L5: text that PostgreSQL cannot hold is kept in the ledger as it was", async () => {
  const school = await importing(server);
  const payload = { note: "half \ud800 and \u0000" };
  const part = {
    entry: 1,
    part: 1,
    domain: "students",
    path: "/\ud800",
    outcome: "quarantined",
    reason: "TEXT_UNSUPPORTED",
    payload,
  };
  await school.run([part]);
  const page = await server.call("GET", `${school.path}/ledger/parts`);
  expect(page.body.parts).toMatchObject([{ path: "/\ud800", payload }]);
});
