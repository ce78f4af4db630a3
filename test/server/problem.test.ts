import { afterAll, beforeAll, expect, test } from "vitest";
import { type ErrorCode, errorKinds } from "../../src/domain/errors.ts";
import { type TestServer, testServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

test.each([
  ["GET", "/api/nothing", undefined, "NOT_FOUND"],
  ["GET", "/api/students?sort=shoeSize", undefined, "BAD_REQUEST"],
  ["GET", "/api/students/00000000-0000-4000-8000-000000000000", undefined, "NOT_FOUND"],
  ["POST", "/api/students", { name: "" }, "RECORD_INVALID"],
  ["POST", "/api/students", { name: "Ada", joinDate: "2024-02-30" }, "DATE_INVALID"],
  ["PATCH", "/api/students/00000000-0000-4000-8000-000000000000", { name: "Ada" }, "PRECONDITION_REQUIRED"],
  ["POST", "/api/migration/imports", {}, "BAD_REQUEST"],
] as const)(
  "L11: %s %s fails with a code, what failed, and what to do",
  async (method, path, body, code: ErrorCode) => {
    const { status, headers, body: problem } = await server.call(method, path, { body });
    expect(headers.get("content-type")).toContain("application/problem+json");
    expect([status, problem.status, problem.code]).toEqual([errorKinds[code].status, errorKinds[code].status, code]);
    for (const text of [problem.title, problem.detail, problem.fix]) expect(String(text)).toMatch(/\w{3}/);
  },
);
