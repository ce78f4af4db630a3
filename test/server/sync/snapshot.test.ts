/** A whole snapshot at one moment, however much is written while it is read. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import type { FullAnswer } from "../../../src/domain/sync-wire.ts";
import { device } from "../../support/device.ts";
import { create, uuid } from "../../support/records.ts";
import { type TestServer, type TokenFor, testServer } from "../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const page = async (who: TokenFor, token: string | null, limit: number) => {
  const { body } = await server.call("POST", "/api/sync/full", { ...who, body: { limit, ...(token && { token }) } });
  return body as unknown as FullAnswer;
};

test("L4: the pages show one moment, and the changes behind its cursor lead to now", async () => {
  const school = schoolIdOf("snapshot");
  const a = device(server, uuid(9001), { school });
  const student = (n: number) => create("students", uuid(n), { name: `S${n}` });
  const update = (n: number) =>
    ({
      kind: "update",
      domain: "students",
      recordId: uuid(n),
      base: { version: 1 },
      fields: { name: "later" },
    }) as const;
  await a.push(student(1), student(2), student(3), student(4), create("grades", uuid(50), { studentId: uuid(1) }));

  const one = await page({ school }, null, 2);
  await a.push(
    update(1),
    update(3),
    { kind: "delete", domain: "students", recordId: uuid(4), base: { version: 1 } },
    student(5),
  );
  const two = await page({ school }, one.token, 2);
  const three = await page({ school }, two.token, 2);
  const records = [one, two, three].flatMap((p) => p.records);
  expect(records.map((r) => [r.record?.name ?? r.domain, r.version])).toEqual([
    ["S1", 1],
    ["S2", 1],
    ["S3", 1],
    ["S4", 1],
    ["grades", 1],
  ]);
  expect(three.token).toBe(null);
  expect(new Set([one.cursor, two.cursor, three.cursor]).size).toBe(1);

  const { changes } = await a.pull(one.cursor);
  expect(changes.map((c) => [c.id, c.record !== null])).toEqual([
    [uuid(1), true],
    [uuid(3), true],
    [uuid(4), false],
    [uuid(5), true],
  ]);
});

test("L10 S8: a role gets no domain that it may not read, and a student only what is the student's own", async () => {
  const school = schoolIdOf("snapshot roles");
  const [ada, ben] = [uuid(1), uuid(2)];
  await device(server, uuid(9002), { school }).push(
    create("students", ada, { name: "Ada" }),
    create("students", ben, { name: "Ben" }),
    create("payments", uuid(3), { studentId: ada, amount: "1" }),
    create("grades", uuid(4), { studentId: ben }),
  );
  const ids = async (who: TokenFor) => (await page({ school, ...who }, null, 10)).records.map((r) => r.id);
  expect(await ids({ role: "teacher" })).toEqual([ada, ben, uuid(4)]);
  expect(await ids({ role: "student", studentId: ada })).toEqual([ada, uuid(3)]);
  expect(await ids({ school: schoolIdOf("nobody") })).toEqual([]);
});

test("B16: a token that is garbage is refused; one of another history, or a bad cursor in a push, asks for a new snapshot", async () => {
  const school = schoolIdOf("snapshot tokens");
  const full = async (token: string) =>
    (await server.call("POST", "/api/sync/full", { school, body: { token } })).body.code;
  expect(await full("rubbish")).toBe("BAD_REQUEST");
  expect(await full(`9.0123456789abcdef~students~${uuid(1)}`)).toBe("RESYNC_REQUIRED");
  const a = device(server, uuid(9003), { school });
  const refused = await a.send([a.make(create("students", uuid(1), { name: "A" }))], { cursor: "-1.0000000000000000" });
  expect([refused.status, refused.body.code]).toEqual([409, "RESYNC_REQUIRED"]);
  expect((await a.send([], {})).body.changes).toEqual([]);
});
