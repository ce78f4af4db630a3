import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt, program, result, type Scratch, scratch, start } from "./program.ts";

let place: Scratch;
beforeAll(() => {
  ensureBuilt();
  place = scratch();
});
afterAll(() => place.remove());

test("a reader that goes away early does not make the command fail", () => {
  const main = join(import.meta.dirname, "../../dist/cli/main.js");
  const script = `"${process.execPath}" "${main}" sample | head -c 10 >/dev/null; echo "\${PIPESTATUS[0]}"`;
  expect(execFileSync("bash", ["-c", script], { cwd: place.folder, encoding: "utf8" })).toBe("0\n");
});

test("a folder that another process has open is refused; after a kill -9 the next one takes it over", async () => {
  const to = place.path("locked");
  const server = start(["serve", "--to", to, "--port", "0"], { cwd: place.folder });
  await server.printed(/Serving .* at http/);
  const refused = await program(["status", "--to", to, "--json"], { cwd: place.folder });
  expect([refused.code, JSON.parse(refused.out)]).toMatchObject([3, { error: { code: "STORE_BUSY" } }]);
  server.process.kill("SIGKILL");
  await server.ended;
  expect(await result(["status", "--to", to], { cwd: place.folder })).toMatchObject({ imports: [] });
});

test("serve --origin lets the pages of that origin call, and no others", async () => {
  const page = "https://school.example";
  const server = start(["serve", "--to", place.path("locked"), "--port", "0", "--origin", page], { cwd: place.folder });
  const [, url] = await server.printed(/Serving .* at (http\S+)/);
  const allowed = async (origin: string) => {
    const headers = {
      origin,
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization",
    };
    const response = await fetch(`${url}/api/students`, { method: "OPTIONS", headers });
    return response.headers.get("access-control-allow-origin");
  };
  expect([await allowed(page), await allowed("https://elsewhere.example")]).toEqual([page, null]);
  server.process.kill("SIGTERM");
  await server.ended;
});

test("serve ends cleanly on SIGTERM", async () => {
  const server = start(["serve", "--to", place.path("locked"), "--port", "0"], { cwd: place.folder });
  await server.printed(/Serving .* at http/);
  server.process.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
});

test("demo --once shows everything, and a second time says that all of it is there", async () => {
  const args = ["demo", "--once", "--to", place.path("demo"), "--port", "0"];
  const first = await program(args, { cwd: place.folder });
  expect([first.code, first.out]).toEqual([0, expect.stringMatching(/Ledger: balanced[\s\S]*Verification: equal/)]);
  expect(first.out).toMatch(/curl -H "Authorization: Bearer [\w.-]+" "http:\/\/127\.0\.0\.1:\d+\/api\/students/);
  expect(first.out).toContain("/docs");
  const second = await result(args, { cwd: place.folder });
  expect(second).toMatchObject({
    already: true,
    ledger: { balanced: true },
    verification: { equal: true, differences: [] },
  });
});

test("the token and the address that demo prints work while it serves", async () => {
  const demo = start(["demo", "--to", place.path("demo"), "--port", "0"], { cwd: place.folder });
  const [, token, url] = await demo.printed(/Bearer ([\w.-]+)" "(http[^"]+)"/);
  const response = await fetch(String(url), { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  expect((await fetch(new URL("/docs", url))).status).toBe(200);
  demo.process.kill("SIGINT");
  expect((await demo.ended).code).toBe(0);
});
