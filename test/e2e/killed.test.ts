import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt, program, type Scratch, scratch, start, stateOf } from "./program.ts";

let place: Scratch;
let source: string;
/** A database with the schema and no rows: the first start takes seconds, a copy does not. */
let empty: string;
let undisturbed: object;

beforeAll(async () => {
  ensureBuilt();
  place = scratch();
  source = place.path("school.json");
  await program(["sample", "--out", source], { cwd: place.folder });
  empty = place.path("empty");
  await program(["status", "--to", empty], { cwd: place.folder });
  const whole = place.copy(empty, "whole");
  const { code, err } = await program(["migrate", source, "--to", whole], { cwd: place.folder });
  expect([code, err]).toEqual([0, expect.stringContaining("proof")]);
  undisturbed = await stateOf(whole, { cwd: place.folder });
});
afterAll(() => place.remove());

test.each([
  ["while the archive is sent", /^archive: [1-9]/m],
  ["after the backup", /^backup/m],
  ["in the middle of the records", /^backfill.*: [1-9]/m],
  ["at the seal", /^seal/m],
])("F30: killed %s, the same command goes on and ends the same", async (moment, line) => {
  const to = place.copy(empty, moment.replaceAll(" ", "-"));
  const first = start(["migrate", source, "--to", to], { cwd: place.folder });
  await first.printed(line);
  first.process.kill("SIGKILL");
  expect((await first.ended).signal).toBe("SIGKILL");
  const { code, err } = await program(["migrate", source, "--to", to], { cwd: place.folder });
  expect([code, err]).toEqual([0, expect.stringContaining("proof")]);
  expect(await stateOf(to, { cwd: place.folder })).toEqual(undisturbed);
});

test("Ctrl-C ends with 130, says how to go on, and going on ends the same", async () => {
  const to = place.copy(empty, "interrupted");
  const args = ["migrate", source, "--to", to];
  const first = start(args, { cwd: place.folder });
  await first.printed(/^backfill.*: [1-9]/m);
  first.process.kill("SIGINT");
  const { code, err } = await first.ended;
  expect(code).toBe(130);
  expect(err).toContain("INTERRUPTED");
  expect(err).toContain(`To go on: hybrid-data-adapter ${args.join(" ")}`);
  expect((await program(args, { cwd: place.folder })).code).toBe(0);
  expect(await stateOf(to, { cwd: place.folder })).toEqual(undisturbed);
});

test("a second migration of the same source changes nothing", async () => {
  const { code } = await program(["migrate", source, "--to", place.path("whole")], { cwd: place.folder });
  expect(code).toBe(0);
  expect(await stateOf(place.path("whole"), { cwd: place.folder })).toEqual(undisturbed);
});
