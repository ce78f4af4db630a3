/** T5: how long the server takes to load records over HTTP, beside COPY of the same rows into the same tables. */
import { snakeCase } from "../../src/domain/sql-names.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { copyBeside } from "./copy-beside.ts";
import { type Migration, migration } from "./migration.ts";
import type { Stage } from "./stage.ts";
import { type Figure, median, withSpread } from "./table.ts";

/** One load and its limit; milliseconds. */
interface Pair {
  readonly migration: Migration;
  readonly copied: ReadonlyMap<string, number>;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const tables = schoolDomains.map(({ name }) => snakeCase(name));
const rowsOf = ({ copied }: Pair): number => sum(tables.map((table) => copied.get(table) ?? 0));
const of = (pairs: readonly Pair[], value: (pair: Pair) => number): number[] => pairs.map(value);

/** Loads the source into `runs` schools, each followed by its limit. */
export async function loads(stage: Stage, source: string, runs: number): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let run = 1; run <= runs; run++) {
    const loaded = await migration(stage, source, `bench-${run}`);
    pairs.push({ migration: loaded, copied: await copyBeside(stage.sql, loaded.school) });
  }
  return pairs;
}

export function loadFigures(pairs: readonly Pair[], post: number): Figure[] {
  const [first] = pairs;
  if (!first) return [];
  const { records, of: domains } = first.migration;
  const marks = domains.attendance?.records ?? 0;
  const figure = (work: string, n: number, ours: (pair: Pair) => number, limit: (pair: Pair) => number): Figure => {
    const ratios = of(pairs, (pair) => ours(pair) / limit(pair));
    return {
      target: "T5",
      work: `load ${n} ${work} over HTTP, validated, tenant-checked, history and ledger of parts written`,
      ours: withSpread(of(pairs, ours), "ms", 0),
      beside: `COPY of the same rows ${withSpread(of(pairs, limit), "ms", 0)}`,
      ratio: median(ratios),
      goal: "≤ 1.75×",
      reached: median(ratios) <= 1.75,
    };
  };
  const ofMarks = ({ migration }: Pair): number => migration.step("backfill attendance");
  const ofAll = ({ migration }: Pair): number => migration.step("backfill");
  const copyOf = (table: string) => (pair: Pair) => pair.copied.get(table) ?? 0;
  const peer = (post * marks) / median(of(pairs, ofMarks));
  return [
    figure("attendance marks", marks, ofMarks, copyOf("attendance")),
    { ...figure("records of all domains", records, ofAll, rowsOf), note: bounds(pairs) },
    {
      target: "T5",
      work: `one POST per record, one under way, for ${marks} attendance marks`,
      ours: withSpread(of(pairs, ofMarks), "ms", 0),
      beside: `${post.toFixed(2)} ms a record on a slice of 2,000, extrapolated: ${Math.round((post * marks) / 1000)} s`,
      ratio: peer,
      goal: "≥ 15×",
      reached: peer >= 15,
    },
  ];
}

/** What a load is made of, measured in the same runs. */
function bounds(pairs: readonly Pair[]): string {
  const ms = (value: (pair: Pair) => number): string => `${Math.round(median(of(pairs, value)))} ms`;
  const copied = (table: string) => ms((pair) => pair.copied.get(table) ?? 0);
  const seconds = (of: keyof Migration["measured"]["cpu"]): string =>
    `${median(pairs.map((pair) => pair.migration.measured.cpu[of])).toFixed(1)} s`;
  const whole = (pair: Pair): number => sum([...pair.copied.values()]) - (pair.copied.get("ledger_entries") ?? 0);
  const ratio = median(pairs.map((pair) => pair.migration.step("backfill") / whole(pair))).toFixed(2);
  return [
    `what bounds it is the writing itself: COPY takes ${ms(rowsOf)} for the rows (keys, foreign keys and digest among it)`,
    `+ ${copied("history")} for their history + ${copied("ledger_parts")} for the ledger of parts, of which the load is ${ratio}×`,
    `beside the load: declaring the entries ${ms((p) => p.migration.step("entries"))} (COPY ${copied("ledger_entries")}), seal ${ms((p) => p.migration.step("seal"))}`,
    `processor time of a whole migration: command ${seconds("command")}, server ${seconds("server")}, database ${seconds("database")}, on shared cores`,
  ].join("; ");
}
