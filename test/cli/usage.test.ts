import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { commandLine } from "../../src/cli/run.ts";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { cli, scratch } from "./command-line.ts";

const names =
  "serve audit migrate verify repair conflicts people export rollback backup restore status token sample doctor demo".split(
    " ",
  );
const ofTwoWords = ["conflicts resolve", "people join", "people split", "people apart"];

test("the help names every command and every exit code", async () => {
  using place = scratch();
  const { code, out, err } = await cli(["--help"], { cwd: place.folder });
  expect([code, err]).toEqual([0, ""]);
  expect(commands.map((command) => command.name).sort()).toEqual([...names].sort());
  for (const name of names) expect(out).toMatch(new RegExp(`^  ${name}\\b`, "m"));
  for (const exitCode of ["0 ", "1 ", "2 ", "3 ", "130"]) expect(out).toMatch(new RegExp(`^  ${exitCode} `, "m"));
});

test.each([...names, ...ofTwoWords])("%s --help shows its options, examples and exit codes", async (name) => {
  using place = scratch();
  const { code, out } = await cli([...name.split(" "), "--help"], { cwd: place.folder });
  expect(code).toBe(0);
  expect(out).toMatch(/--json/);
  expect(out).toMatch(new RegExp(`Examples:\n.*hybrid-data-adapter ${name}`));
  expect(out).toContain("Exit codes:");
});

test("no command at all shows the help", async () => {
  using place = scratch();
  expect((await cli([], { cwd: place.folder })).out).toContain("Usage: hybrid-data-adapter");
});

test.each([
  ["an unknown command", ["migrte", "x.json"], /unknown command/i],
  ["an unknown option", ["status", "--schol", "Hill"], /unknown option/i],
  ["a missing argument", ["migrate"], /missing required argument/i],
  ["a word that is no choice", ["migrate", "x.json", "--namespace", "both"], /shared, own/],
  ["a port that is none", ["serve", "--port", "NaN"], /0 to 65535/],
  ["hours of zero", ["token", "--hours", "0"], /1 to 8760/],
  ["an empty school", ["status", "--school", ""], /empty/],
  ["an argument too many", ["status", "more"], /too many arguments/i],
] as const)("B18: %s is refused before anything is opened", async (_what, args, message) => {
  using place = scratch();
  const said = await cli(args, { cwd: place.folder });
  expect([said.code, said.out]).toEqual([2, ""]);
  expect(said.err).toMatch(message);
  const { code, json } = await cli([...args, "--json"], { cwd: place.folder });
  expect(code).toBe(2);
  expect(json()).toMatchObject({ error: { code: "CONFIG_INVALID", place: "command line", fix: expect.any(String) } });
  expect(Object.keys(json().error ?? {}).sort()).toEqual(["code", "fix", "message", "place"]);
});

test.each([
  ["mysql://host/db", "--to"],
  ["http://", "--to"],
  ["postgres://", "--to"],
])("B18: --to %s is no place for records", async (to, place) => {
  using folder = scratch();
  const { code, json } = await cli(["status", "--to", to, "--json"], { cwd: folder.folder });
  expect(code).toBe(2);
  expect(json()).toMatchObject({ error: { code: "CONFIG_INVALID", place } });
});

test("DATABASE_URL stands in for --to, and its password is never repeated", async () => {
  using place = scratch();
  const env = { DATABASE_URL: "postgres://hill:s3cret@127.0.0.1:1/none" };
  const { code, out, err } = await cli(["status"], { cwd: place.folder, env });
  expect([code, out]).toEqual([3, ""]);
  expect(err).toContain("SERVER_UNREACHABLE");
  expect(err).not.toContain("s3cret");
});

test("a server elsewhere that does not answer is told as temporary", async () => {
  using place = scratch();
  const secret = "a secret for tests, of at least 32 bytes";
  const { out: token } = await cli(["token"], { cwd: place.folder, env: { HDA_SECRET: secret } });
  const args = ["status", "--to", "http://127.0.0.1:1", "--token", token.trim(), "--json"];
  const { code, json } = await cli(args, { cwd: place.folder });
  expect(code).toBe(3);
  expect(json()).toMatchObject({ error: { code: "SERVER_UNREACHABLE" } });
});

test("a server elsewhere asks for a token, and the token decides which school is meant", async () => {
  using place = scratch();
  const to = ["--to", "http://127.0.0.1:1"];
  const without = await cli(["status", ...to, "--json"], { cwd: place.folder });
  expect([without.code, without.json()]).toMatchObject([1, { error: { code: "UNAUTHENTICATED" } }]);
  const env = { HDA_SECRET: "a secret for tests, of at least 32 bytes" };
  const { out } = await cli(["token", "--school", "Hill"], { cwd: place.folder, env });
  const other = await cli(["status", ...to, "--school", "Dale", "--json"], {
    cwd: place.folder,
    env: { HDA_TOKEN: out.trim() },
  });
  expect([other.code, other.json()]).toMatchObject([2, { error: { code: "CONFIG_INVALID", place: "--school" } }]);
});

test("token: the folder's secret is made once, is nobody else's to read, and serves every later token", async () => {
  using place = scratch();
  const first = await cli(["token", "--role", "viewer", "--json"], { cwd: place.folder });
  expect(first.json()).toMatchObject({ role: "viewer", school: schoolIdOf("my-school") });
  const file = place.file(".hybrid-data-adapter/secret");
  const secret = readFileSync(file, "utf8");
  expect(statSync(file).mode & 0o077).toBe(0);
  await cli(["token"], { cwd: place.folder });
  expect(readFileSync(file, "utf8")).toBe(secret);
});

test("token: a PostgreSQL has no folder, so its secret comes from the environment", async () => {
  using place = scratch();
  const { code, json } = await cli(["token", "--to", "postgres://a@b/c", "--json"], { cwd: place.folder });
  expect([code, json()]).toMatchObject([2, { error: { code: "CONFIG_INVALID", place: "HDA_SECRET" } }]);
});

test("sample: the same seed gives the same bytes, and a file is not replaced without being told", async () => {
  using place = scratch();
  const { out } = await cli(["sample", "--seed", "7"], { cwd: place.folder });
  await cli(["sample", "--seed", "7", "--out", "a.json"], { cwd: place.folder });
  expect(readFileSync(place.file("a.json"), "utf8")).toBe(out.trimEnd());
  const again = await cli(["sample", "--out", "a.json"], { cwd: place.folder });
  expect(again.code).toBe(2);
  expect(readFileSync(place.file("a.json"), "utf8")).toBe(out.trimEnd());
  const replaced = await cli(["sample", "--seed", "8", "--out", "a.json", "--yes"], { cwd: place.folder });
  expect(replaced.code).toBe(0);
  expect(readFileSync(place.file("a.json"), "utf8")).not.toBe(out.trimEnd());
});

test("a source that is not there is named, and nothing is made", async () => {
  using place = scratch();
  const { code, json } = await cli(["migrate", "gone.json", "--json"], { cwd: place.folder });
  expect(code).toBe(2);
  expect(json()).toMatchObject({ error: { code: "SOURCE_MISSING", place: expect.stringContaining("gone.json") } });
  expect(() => statSync(place.file(".hybrid-data-adapter"))).toThrow("ENOENT");
});

test("an empty password file is refused, and a password has no option", async () => {
  using place = scratch();
  writeFileSync(place.file("empty"), "\n");
  writeFileSync(place.file("a.json"), "{}");
  const args = ["backup", "a.json", "--password-file", "empty", "--json"];
  expect((await cli(args, { cwd: place.folder })).json()).toMatchObject({ error: { code: "CONFIG_INVALID" } });
  expect((await cli(["backup", "--help"], { cwd: place.folder })).out).not.toMatch(/--password[ =]/);
});

test("serve and demo do not take a server elsewhere as their place", async () => {
  using place = scratch();
  for (const command of ["serve", "demo"]) {
    const { code, json } = await cli([command, "--to", "https://school.example", "--json"], { cwd: place.folder });
    expect([code, json()]).toMatchObject([2, { error: { code: "CONFIG_INVALID", place: "--to" } }]);
  }
});

test("doctor names what is wrong, each with what to do, and changes nothing", async () => {
  using place = scratch();
  const healthy = await cli(["doctor", "--json"], { cwd: place.folder });
  expect([healthy.code, healthy.json()]).toMatchObject([0, { ok: true }]);
  expect(() => statSync(place.file(".hybrid-data-adapter"))).toThrow("ENOENT");
  writeFileSync(place.file("taken"), "");
  const broken = await cli(["doctor", "--to", "taken/folder"], { cwd: place.folder });
  expect(broken.code).toBe(1);
  expect(broken.out).toMatch(/WRONG folder: .*\n {8}Choose another --to/);
});

test("the line to go on with is the line that was run, without its secrets", () => {
  const args = ["migrate", "my school.json", "--to", "postgres://u:p@ss@h/db", "--token", "eyJ", "--token=eyJ"];
  expect(commandLine(args)).toBe(
    "hybrid-data-adapter migrate 'my school.json' --to postgres://u:…@h/db --token … --token=…",
  );
});

test("a folder where a file is asked for, and a file where a folder is", async () => {
  using place = scratch();
  mkdirSync(place.file("folder"));
  const { code, json } = await cli(["audit", "folder", "--json"], { cwd: place.folder });
  expect([code, json()]).toMatchObject([2, { error: { code: "SOURCE_MISSING" } }]);
});
