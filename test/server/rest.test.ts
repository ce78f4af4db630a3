/** REST over every domain, and the border between two schools. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { compareCodePoints, textKey } from "../../src/domain/sort-key.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { type Answer, type TestServer, testServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const code = (answer: Answer): [number, unknown] => [answer.status, answer.body.code];
const post = (domain: string, body: object, school = "rest") =>
  server.call("POST", `/api/${domain}`, { body, school: schoolIdOf(school) });
const as = (school: string) => ({ school: schoolIdOf(school) });

test("a record is created, read, changed on its version, and deleted", async () => {
  const made = await post("students", { id: uuid(1), name: "Ada" });
  expect([made.status, made.headers.get("etag")]).toEqual([201, '"1"']);
  const path = `/api/students/${uuid(1)}`;
  expect((await server.call("GET", path, as("rest"))).body).toEqual(made.body);
  expect(code(await server.call("PATCH", path, { ...as("rest"), body: { name: "B" } }))).toEqual([
    428,
    "PRECONDITION_REQUIRED",
  ]);
  const change = { ...as("rest"), headers: { "if-match": '"1"' }, body: { name: "Ada L." } };
  expect((await server.call("PATCH", path, change)).body).toMatchObject({ version: 2, record: { name: "Ada L." } });
  expect(code(await server.call("PATCH", path, change))).toEqual([409, "VERSION_CONFLICT"]);
  expect((await server.call("DELETE", path, { ...as("rest"), headers: { "if-match": '"2"' } })).status).toBe(204);
  expect(code(await server.call("GET", path, as("rest")))).toEqual([404, "NOT_FOUND"]);
  const history = await server.sql(`select op from history where record_id = '${uuid(1)}' order by seq`);
  expect(history.map((row) => row.op)).toEqual(["create", "update", "delete"]);
});

test("F27: pages in key order (code point, nulls last, then id) hold every record once, whatever the page size", async () => {
  const names = ["Zoë", "zoe", "ﬁ", "😀", "\uffee", "ada", "Ada", "", "é"].filter((n) => n !== "");
  for (const [i, name] of names.entries()) {
    await post("terms", { id: uuid(100 + i), name, beginDate: i % 3 === 0 ? null : `2024-01-0${i % 3}` }, "pages");
  }
  const all = async (query: string) => {
    const found: Record<string, string>[] = [];
    let cursor = "";
    do {
      const { status, body } = await server.call("GET", `/api/terms?${query}&limit=2${cursor}`, as("pages"));
      expect(status).toBe(200);
      found.push(...(body.items as { record: Record<string, string> }[]).map((item) => item.record));
      cursor = body.next === null ? "" : `&cursor=${body.next}`;
    } while (cursor !== "");
    return found;
  };
  const byName = await all("sort=name");
  expect(byName.map((r) => textKey(r.name ?? ""))).toEqual(names.map(textKey).sort(compareCodePoints));
  for (const order of ["asc", "desc"]) {
    const dates = (await all(`sort=begin&order=${order}`)).map((r) => r.beginDate);
    expect(dates).toHaveLength(names.length);
    expect(dates.slice(-3)).toEqual([null, null, null]);
  }
  expect(await all("beginDate=2024-01-01")).toHaveLength(3);
  expect(await all("beginDate=null")).toHaveLength(3);
});

test.each([
  "sort=password",
  "sort=name%22%3B--",
  "sort=__proto__",
  "sort=constructor",
  "school_id=1",
  "schoolId=1",
  "%22name%22=x",
  "__proto__=x",
  "emergencyContact=%7B%7D",
  "joinDate=2024-02-30",
  "paymentDue=maybe",
  "limit=0",
  "limit=1e9",
  "order=up",
  "cursor=AAAA",
  "limit=1&limit=2",
])("S11 B16: the query %s is refused with 400", async (query) => {
  expect(code(await server.call("GET", `/api/students?${query}`))).toEqual([400, "BAD_REQUEST"]);
});

test("S3: another school's id answers exactly as a random id does, for every domain and method", async () => {
  await post("students", { id: uuid(500), name: "Hidden" }, "other");
  const plain = ({ status, body }: Answer) => ({ status, body: { ...body, requestId: "" } });
  for (const domain of schoolDomains) {
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const options = { ...as("mine"), headers: { "if-match": "1" }, body: method === "PATCH" ? {} : undefined };
      const theirs = await server.call(method, `/api/${domain.name}/${uuid(500)}`, options);
      const random = await server.call(method, `/api/${domain.name}/${uuid(999_999)}`, options);
      expect(plain(theirs)).toEqual(plain(random));
      expect(theirs.status).toBe(404);
    }
  }
  expect((await server.call("GET", "/api/students", as("mine"))).body.items).toEqual([]);
});

test("S4 S5: a reference into another school is refused as one to nobody is", async () => {
  await post("students", { id: uuid(600), name: "Theirs" }, "other");
  const grade = (studentId: string) => post("grades", { studentId }, "mine");
  const [theirs, random] = [await grade(uuid(600)), await grade(uuid(888_888))];
  expect(code(theirs)).toEqual([422, "REFERENCE_MISSING"]);
  expect({ ...theirs.body, requestId: "" }).toEqual({ ...random.body, requestId: "" });
  const same = await post("students", { id: uuid(600), name: "Mine" }, "mine");
  expect(same.status).toBe(201);
});

test.each(["schoolId", "version", "seq", "role", "deletedAt", "digest"])(
  "S6: %s is not the client's to set",
  async (key) => {
    expect(code(await post("students", { name: "Ada", [key]: 1 }))).toEqual([400, "BAD_REQUEST"]);
  },
);

test("S12: a key that reaches for a prototype is refused", async () => {
  for (const raw of [
    '{"name":"A","__proto__":{"x":1}}',
    '{"name":"A","extra":{"constructor":{"prototype":{"x":1}}}}',
  ]) {
    const response = await server.fetch(
      new Request("http://server/api/students", {
        method: "POST",
        headers: { authorization: `Bearer ${await server.token()}` },
        body: raw,
      }),
    );
    expect(response.status).toBe(400);
  }
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

test("S8: who may not write gets 403, and a student sees nothing but what is the student's own", async () => {
  await post("students", { id: uuid(700), name: "Ada" }, "roles");
  await post("students", { id: uuid(701), name: "Ben" }, "roles");
  const school = schoolIdOf("roles");
  const ada = { school, role: "student", studentId: uuid(700) } as const;
  expect(code(await server.call("POST", "/api/students", { school, role: "viewer", body: { name: "X" } }))).toEqual([
    403,
    "FORBIDDEN",
  ]);
  expect(code(await server.call("GET", "/api/payments", { school, role: "teacher" }))).toEqual([403, "FORBIDDEN"]);
  expect((await server.call("GET", "/api/students", ada)).body.items).toHaveLength(1);
  expect((await server.call("GET", `/api/students/${uuid(700)}`, ada)).status).toBe(200);
  expect((await server.call("GET", `/api/students/${uuid(701)}`, ada)).status).toBe(404);
  expect((await server.call("GET", "/api/students", { school, role: "student" })).body.items).toEqual([]);
});
