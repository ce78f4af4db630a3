/** `conflicts resolve`: what stands stays, or what lost is written. */
import type { Keep, ResolveOpenAnswer } from "../../domain/conflict-wire.ts";
import { AdapterError } from "../../domain/errors.ts";
import { listConflicts, resolveConflicts } from "../../migration/decisions.ts";
import { remote as remoteOf } from "../../migration/remote.ts";
import type { Command } from "../command.ts";
import { type Connection, type ConnectOptions, connected } from "../connect.ts";
import { oneImport } from "../imports.ts";
import type { Io } from "../io.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { confirm } from "../questions.ts";
import { listed, plural } from "../text.ts";

export type ResolveOptions = ConnectOptions &
  Pick<AllOptions, "import" | "all" | "keep" | "dryRun" | "yes"> & { readonly ids?: readonly string[] };

/** So many fit one request. */
const atOnce = 5000;

/** @throws CONFIG_INVALID when it is not said which or what; CONFIRMATION_REQUIRED; and what `resolveConflicts` throws */
export async function resolve(options: ResolveOptions, io: Io) {
  const { keep, ids = [], dryRun = false } = options;
  if (keep === undefined) throw usage("It is not said what to keep.", "--keep", "Add --keep first, second or restore.");
  if (Boolean(options.all) === ids.length > 0)
    throw usage("It is not said which conflicts.", "ids", "Give their ids, or --all (of one import with --import).");
  return connected(options, io, async (connection) => {
    const { remote } = connection;
    const chosen = options.all ? await allOf(connection, options) : ids;
    const decisions = chosen.map((id) => ({ id, keep }));
    const preview = await inSlices(decisions, (some) => resolveConflicts(remote, { decisions: some, dryRun: true }));
    if (dryRun || chosen.length === 0)
      return done(preview, `${chosen.length === 0 ? "Nothing to decide" : would(preview)}.`);
    await confirm(io, options.yes, {
      text: `${plural(chosen.length, "conflict")}: keep the ${words[keep]} (${didText(preview)})?`,
    });
    const report = await inSlices(decisions, (some) => resolveConflicts(remote, { decisions: some }));
    return done(report, `Decided ${plural(report.outcomes.length, "conflict")}: ${didText(report)}.`);
  });
}

const words: Readonly<Record<Keep, string>> = { first: "first", second: "second", restore: "second" };

const usage = (what: string, place: string, fix: string): AdapterError =>
  new AdapterError("CONFIG_INVALID", what, { place, fix });

async function allOf({ remote }: Connection, options: ResolveOptions): Promise<string[]> {
  const info = options.import === undefined ? null : await oneImport(remoteOf(remote), options);
  return (await listConflicts({ remote, importId: info?.importId })).map(({ id }) => id);
}

type Decisions = readonly { readonly id: string; readonly keep: Keep }[];

/** Each slice is all or none; what a stopped run decided stays decided, and the same command goes on. */
async function inSlices(
  decisions: Decisions,
  send: (some: { id: string; keep: Keep }[]) => Promise<ResolveOpenAnswer>,
): Promise<ResolveOpenAnswer> {
  let total: ResolveOpenAnswer = { seq: 0, outcomes: [] };
  for (let from = 0; from < decisions.length; from += atOnce) {
    const { seq, outcomes } = await send(decisions.slice(from, from + atOnce));
    total = { seq, outcomes: [...total.outcomes, ...outcomes] };
  }
  return total;
}

const would = (preview: ResolveOpenAnswer): string =>
  `Would decide ${plural(preview.outcomes.length, "conflict")}: ${didText(preview)}. Nothing was written`;

function didText({ outcomes }: ResolveOpenAnswer): string {
  const counts: Record<string, number> = {};
  for (const { did } of outcomes) counts[did] = (counts[did] ?? 0) + 1;
  return listed(counts);
}

export const resolveConflictsCommand: Command<ResolveOptions> = {
  name: "resolve",
  summary: "decide open conflicts: shown first, then written",
  argument: { name: "ids", summary: "ids as `conflicts` lists them", required: false, many: true },
  options: ["to", "school", "token", "ownerUrl", "import", "all", "keep", "dryRun", "yes"],
  examples: [
    ["conflicts resolve 8d1f… --keep restore", "write what lost, as a new change"],
    ["conflicts resolve --all --import 5f2c --keep first --yes", "what was there before the import stays"],
  ],
  run: resolve,
};
