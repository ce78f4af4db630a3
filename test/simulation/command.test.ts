import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { projectFile } from "./variants.ts";

const run = promisify(execFile);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function simulate(...options: readonly string[]): Promise<Ended> {
  const node = ["--experimental-transform-types", "--disable-warning=ExperimentalWarning"];
  try {
    const { stdout, stderr } = await run(process.execPath, [...node, projectFile("bench/simulate.ts"), ...options]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Ended;
  }
}

describe("npm run simulate", () => {
  it.each([
    [["--runs", "many"], '--runs is "many"'],
    [["--runs", "0"], '--runs is "0"'],
    [["--explain"], "--explain"],
    [["--nonsense"], "--nonsense"],
    [["--canary", "unheard of"], "two leaders"],
  ])("asked for nonsense (%s) it says so, ends with 2, and never says ok", async (options, said) => {
    const { code, stdout, stderr } = await simulate(...options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(said);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("ends with a summary", async () => {
    const { code, stdout } = await simulate("--runs", "2", "--seed", "5");
    expect(code).toBe(0);
    expect(stdout.trim().split("\n").at(-1)).toMatch(/^ok: 2 breadth schedules, seeds 5 to 6, 0 failing, /);
  });
});
