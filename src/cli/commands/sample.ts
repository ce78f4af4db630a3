/** `sample`: makes a school that never was, as the old app would hold it. */
import { resolve } from "node:path";
import type { Command, Result } from "../command.ts";
import type { Io } from "../io.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { sampleSchool } from "../sample/sample-school.ts";
import { bytes, plural } from "../text.ts";
import { writeOutput } from "../write-output.ts";

export type SampleOptions = Pick<AllOptions, "out" | "seed" | "yes">;

/** The sample with a seed, as the text of a dump file. */
export const sampleText = (seed = 1): string => JSON.stringify(sampleSchool({ seed }));

/** Without `out` the dump itself is the result. @throws CONFIG_INVALID when the file is there and `yes` is not said */
export async function sample({ out, seed = 1, yes = false }: SampleOptions, io: Io): Promise<Result> {
  const dump = sampleSchool({ seed });
  const text = JSON.stringify(dump);
  if (out === undefined) return done(dump, text);
  const file = resolve(io.cwd, out);
  await writeOutput(file, text, { replace: yes });
  const keys = Object.keys(dump).length;
  return done({ file, seed, keys, characters: text.length }, `${file}: ${plural(keys, "key")}, ${bytes(text.length)}.`);
}

export const sampleCommand: Command<SampleOptions> = {
  name: "sample",
  summary: "make a sample school in the layout of the old app, with the usual dirt",
  options: ["out", "seed", "yes"],
  examples: [
    ["sample --out school.json", "100 students, 5,000 attendance marks, 3,000 grades"],
    ["sample --seed 7 > other.json", "another school"],
  ],
  run: sample,
};
