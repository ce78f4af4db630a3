/** Mutations up: applied once, in order, never stuck, and never beyond the rights of who sends them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { device } from "../../support/device.ts";
import { create, fieldsOf, uuid } from "../../support/records.ts";
import { type Answer, type TestServer, testServer } from "../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

let schools = 0;
const newSchool = () => {
  schools += 1;
  return schoolIdOf(`push ${schools}`);
};
const code = (answer: Answer): [number, unknown] => [answer.status, answer.body.code];
const ada = create("students", uuid(1), { name: "Ada" });
const count = async (school: string, table: string, condition = "true") =>
  Number(
    (await server.sql(`select count(*)::int as n from ${table} where school_id = '${school}' and ${condition}`))[0]?.n,
  );

describe("exactly once", () => {
  test("L2 F16: a push whose answer was lost and that is sent again changes nothing, and says what became of it", async () => {
    const school = newSchool();
    const a = device(server, uuid(9001), { school });
    const batch = [a.make(ada), a.make({ ...create("students", uuid(2), {}), fields: {} })];
    const first = await a.send(batch);
    expect(first.body.results).toMatchObject([
      { id: 1, status: "applied", version: 1 },
      { id: 2, status: "rejected" },
    ]);
    const again = await a.send(batch);
    expect(again.body.results).toMatchObject([
      { id: 1, status: "duplicate", earlier: "applied", version: 1 },
      { id: 2, status: "duplicate", earlier: "rejected", code: "RECORD_INVALID" },
    ]);
    expect(await count(school, "history")).toBe(1);
    const more = await a.send([batch[1], a.make(create("students", uuid(3), { name: "Ben" }))]);
    expect(more.body.results).toMatchObject([{ status: "duplicate" }, { id: 3, status: "applied" }]);
  });

  test("L2 B15: the same id with another body is a forked client, and nothing is applied", async () => {
    const school = newSchool();
    const a = device(server, uuid(9002), { school });
    await a.push(ada);
    const other = { ...a.make(ada), id: 1, fields: fieldsOf("students", { name: "Eve" }) };
    const fresh = { ...a.make(create("students", uuid(2), { name: "Ben" })), id: 2 };
    expect(code(await a.send([other, fresh]))).toEqual([409, "CLIENT_FORKED"]);
    expect(await count(school, "students")).toBe(1);
    expect((await a.send([fresh])).body.results).toMatchObject([{ status: "applied" }]);
  });

  test("L3 B15 F16: a gap or a wrong order names the id that is expected, and nothing is applied", async () => {
    const school = newSchool();
    const a = device(server, uuid(9003), { school });
    const [one, two, three] = [
      ada,
      create("students", uuid(2), { name: "B" }),
      create("students", uuid(3), { name: "C" }),
    ].map(a.make);
    for (const batch of [[two], [one, three], [two, one]]) {
      expect(code(await a.send(batch))).toEqual([409, "MUTATION_GAP"]);
    }
    expect(JSON.stringify((await a.send([one, three])).body)).toContain('"expected":2');
    expect(await count(school, "students")).toBe(0);
    expect(await count(school, "clients")).toBe(0);
  });

  test("B15: an unknown kind is refused as a whole; an unknown domain alone is rejected", async () => {
    const school = newSchool();
    const a = device(server, uuid(9004), { school });
    expect(code(await a.send([{ ...a.make(ada), kind: "upsert" }]))).toEqual([422, "RECORD_INVALID"]);
    const b = device(server, uuid(9005), { school });
    const { results } = await b.push({ ...ada, domain: "spaceships\ud800\0" }, ada);
    expect(results).toMatchObject([{ status: "rejected", code: "NOT_FOUND" }, { status: "applied" }]);
  });

  test("L8: a push under an old epoch is refused, and goes through with the same ids under the new one", async () => {
    const school = newSchool();
    const a = device(server, uuid(9006), { school });
    await a.push(ada);
    await server.sql(`update schools set epoch = 3 where id = '${school}'`);
    const next = [a.make(create("students", uuid(2), { name: "Ben" }))];
    const refused = await a.send(next);
    expect(code(refused)).toEqual([409, "EPOCH_STALE"]);
    expect(JSON.stringify(refused.body)).toContain('"epoch":3');
    expect((await a.send(next, { epoch: 3 })).body.results).toMatchObject([{ id: 2, status: "applied" }]);
  });
});

describe("never stuck", () => {
  test("L3 F19: a poison mutation is rejected with those that depend on it; the rest goes on", async () => {
    const school = newSchool();
    const a = device(server, uuid(9010), { school });
    const { results } = await a.push(
      create("students", uuid(1), { name: "\0" }),
      { kind: "update", domain: "students", recordId: uuid(1), base: { mutation: 1 }, fields: { name: "Ada" } },
      create("grades", uuid(10), { studentId: uuid(1) }),
      create("students", uuid(2), { name: "Ben" }),
      create("grades", uuid(11), { studentId: uuid(2), score: "0.1" }),
    );
    expect(results).toMatchObject([
      { status: "rejected", code: "TEXT_UNSUPPORTED", place: "/name" },
      { status: "rejected", dependsOn: 1 },
      { status: "rejected", code: "REFERENCE_MISSING", dependsOn: 1 },
      { status: "applied" },
      { status: "applied" },
    ]);
  });

  test.each([["\0"], ["\ud800"], ["a\udc00b"]])(
    "B5: the text %j is rejected and everything around it goes on",
    async (text) => {
      const school = newSchool();
      const a = device(server, uuid(9011), { school });
      const { results } = await a.push(
        create("students", uuid(1), { name: "A", notes: text }),
        create("students", uuid(2), { name: "B", extra: { deep: [text] } }),
        create("students", uuid(3), { name: "C", extra: { [text]: 1 } }),
        create("students", uuid(4), { name: "D" }),
      );
      expect(results.map((r) => r.code ?? r.status)).toEqual([...Array(3).fill("TEXT_UNSUPPORTED"), "applied"]);
    },
  );

  test("B7: money keeps every digit; a number beyond 2^53 is refused", async () => {
    const school = newSchool();
    const a = device(server, uuid(9012), { school });
    const amount = "90071992547409931234.10";
    const { results, changes } = await a.push(
      create("payments", uuid(1), { amount }),
      create("payments", uuid(2), { amount: "1", extra: { n: 9007199254740994 } }),
    );
    expect(results).toMatchObject([{ status: "applied" }, { status: "rejected", code: "PRECISION" }]);
    expect(changes[0]?.record?.amount).toBe(amount);
  });

  test("L3: what only the database can refuse is found by halving, and only that is rejected", async () => {
    const school = newSchool();
    const a = device(server, uuid(9013), { school });
    const enrolment = (n: number) =>
      create("enrollments", uuid(100 + n), {
        studentId: uuid(1),
        classId: uuid(2),
        beginDate: `2024-01-${10 + (n % 9)}`,
        oneSided: false,
      });
    const { results } = await a.push(
      ada,
      create("classes", uuid(2), { name: "1a" }),
      ...Array.from({ length: 12 }, (_, n) => enrolment(n)),
    );
    const rejected = results.filter((r) => r.status === "rejected");
    expect(rejected.map((r) => [r.id, r.code])).toEqual([12, 13, 14].map((id) => [id, "UNIQUE_TAKEN"]));
    expect(await count(school, "enrollments")).toBe(9);
    const lines = await server.sql(`select seq, record_id from history where school_id = '${school}' order by seq`);
    expect(lines.map((l) => Number(l.seq))).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
    const unequal = await server.sql(
      `select 1 from enrollments e join history h on h.record_id = e.id and h.school_id = e.school_id
       where e.school_id = '${school}' and (h.seq <> e.seq or h.digest_after <> e.digest)`,
    );
    expect(unequal).toEqual([]);
  });
});

describe("rights", () => {
  test("S4: a reference into another school is one to nobody", async () => {
    const [school, other] = [newSchool(), newSchool()];
    await device(server, uuid(9020), { school: other }).push(ada);
    const { results } = await device(server, uuid(9020), { school }).push(
      create("grades", uuid(10), { studentId: uuid(1) }),
      create("grades", uuid(11), { studentId: uuid(77) }),
      { kind: "update", domain: "students", recordId: uuid(1), base: { version: 1 }, fields: { name: "X" } },
    );
    expect(results.map((r) => r.code)).toEqual(["REFERENCE_MISSING", "REFERENCE_MISSING", "NOT_FOUND"]);
  });

  test.each(["schoolId", "version", "seq", "role", "deletedAt", "id"])(
    "S6: %s is not the client's to set",
    async (field) => {
      const a = device(server, uuid(9021), { school: newSchool() });
      const bad = { ...ada, fields: { ...ada.fields, [field]: 1 } };
      expect(code(await a.send([a.make(bad)]))).toEqual([400, "BAD_REQUEST"]);
      expect(code(await a.send([{ ...a.make(ada), [field === "id" ? "x" : field]: 1 }]))).toEqual([400, "BAD_REQUEST"]);
    },
  );

  test("S7: another user's client id is refused", async () => {
    const school = newSchool();
    await device(server, uuid(9022), { school, user: "one" }).push(ada);
    const thief = device(server, uuid(9022), { school, user: "two" });
    expect(code(await thief.send([thief.make(ada)]))).toEqual([403, "FORBIDDEN"]);
    expect(code(await thief.send([]))).toEqual([403, "FORBIDDEN"]);
  });

  test("S8: a mutation beyond the role's rights is rejected, the others are applied", async () => {
    const school = newSchool();
    const teacher = device(server, uuid(9023), { school, role: "teacher" });
    const { results, changes } = await teacher.push(
      ada,
      create("payments", uuid(5), { amount: "1" }),
      create("attendance", uuid(6), { date: "2024-09-01" }),
    );
    expect(results.map((r) => r.code ?? r.status)).toEqual(["FORBIDDEN", "FORBIDDEN", "applied"]);
    expect(changes.map((c) => c.id)).toEqual([uuid(6)]);
    const viewer = device(server, uuid(9024), { school, role: "viewer" });
    expect((await viewer.push(ada)).results).toMatchObject([{ status: "rejected", code: "FORBIDDEN" }]);
  });

  test("S15: 10,000 mutations in one request are refused; in parts an honest backlog loses nothing", async () => {
    const school = newSchool();
    const a = device(server, uuid(9025), { school });
    const all = Array.from({ length: 10_000 }, (_, n) =>
      a.make({ kind: "delete", domain: "terms", recordId: uuid(n + 1), base: { version: 1 } }),
    );
    expect(code(await a.send(all))).toEqual([413, "LIMIT"]);
    expect(await count(school, "clients")).toBe(0);
    expect((await a.send(all.slice(0, 2000))).body.results).toHaveLength(2000);
  });
});
