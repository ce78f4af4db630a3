/** What a script here was asked for. One that was asked for nonsense must not end by saying that all is well: it ends with 2. */
import { type ParseArgsConfig, parseArgs } from "node:util";

export function optionsOf<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>>["values"] {
  try {
    return parseArgs(config).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

/** A whole number of `least` and above. */
export function countOf(option: string, text: string, least = 0): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  return refuse(`${option} is "${text}", and has to be a whole number, ${least} or more.`);
}

export function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}
