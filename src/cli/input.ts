/** What a command is given to read: a file, and the layout in which it is to be read. */
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { AdapterError, hasCode } from "../domain/errors.ts";
import { readSource } from "../migration/read-source.ts";
import type { ReadSource } from "../migration/reading.ts";
import { defaultLimits } from "../migration/source/limits.ts";
import { openSource } from "../migration/source/open-source.ts";
import type { LegacySource } from "../migration/types.ts";
import { knownLayout } from "../school/legacy/known-layout.ts";
import { combineLayouts, type Layout } from "../school/legacy/layout.ts";
import { parseLayout } from "../school/legacy/parse-layout.ts";
import type { Io } from "./io.ts";
import type { AllOptions } from "./options.ts";
import { confirm } from "./questions.ts";
import { readWhole } from "./read-file.ts";

export type InputOptions = Pick<AllOptions, "layout" | "domain" | "yes" | "demo"> & { readonly source: string };

export interface Input {
  readonly source: LegacySource;
  readonly layout: Layout;
  readonly read: ReadSource;
  /** The records that the old app came with, where they were given. */
  readonly demo: LegacySource | null;
}

/**
 * Reads a file and tells what it is. A bare list of which nobody said the domain is shown for what it looks like.
 * @throws SOURCE_MISSING, LIMIT, SOURCE_CORRUPT, AMBIGUOUS_JSON, TEXT_UNSUPPORTED, SOURCE_UNKNOWN, CONFIG_INVALID
 */
export async function readInput(options: InputOptions, io: Io): Promise<Input> {
  const file = resolve(io.cwd, options.source);
  const layout = await layoutOf(options, io);
  const bytes = await readWhole(file, defaultLimits.sourceBytes);
  const source = await open(bytes, basename(file), options, io);
  const demo = options.demo === undefined ? null : await readDemo(options.demo, io);
  return { source, layout, read: demo ? leavingDemo(layout, demo, false) : readSource(layout), demo };
}

async function readDemo(name: string, { cwd }: Pick<Io, "cwd">): Promise<LegacySource> {
  const file = resolve(cwd, name);
  return openSource(await readWhole(file, defaultLimits.sourceBytes), { name: basename(file) });
}

/** The reader that leaves demo records out, or only asks about them. */
export const leavingDemo = (layout: Layout, demo: LegacySource, exclude: boolean): ReadSource =>
  readSource(layout, { sources: [demo], exclude });

async function open(bytes: Uint8Array, name: string, { domain, yes }: InputOptions, io: Io): Promise<LegacySource> {
  try {
    return await openSource(bytes, { name, domain });
  } catch (error) {
    if (!hasCode("SOURCE_UNKNOWN")(error) || typeof error.facts.guess !== "string") throw error;
    const { guess } = error.facts;
    if (!yes && !io.isTTY) throw error;
    await confirm(io, yes, { text: `${error.message} Read it as ${guess}?`, option: `--domain ${guess}` });
    return openSource(bytes, { name, domain: guess });
  }
}

/** The reader for what the server archived. */
export const readerOf = async (options: Pick<AllOptions, "layout">, io: Io): Promise<ReadSource> =>
  readSource(await layoutOf(options, io));

/** @throws CONFIG_INVALID, naming the place in the file */
async function layoutOf({ layout }: Pick<AllOptions, "layout">, { cwd }: Pick<Io, "cwd">): Promise<Layout> {
  if (layout === undefined || layout === "origin") return knownLayout;
  const text = await readFile(resolve(cwd, layout), "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AdapterError("CONFIG_INVALID", `${layout} is not JSON.`, { place: layout, cause });
  }
  return combineLayouts(parseLayout(value), knownLayout);
}
