/**
 * T1–T4, T9 and T15 of the targets in real Chromium, each beside raw IndexedDB (as strict as ours), Dexie, and localforage with a
 * whole domain under one key, in the same run and in turns.
 *
 * `npm run bench:browser -- --rounds 200` (`--only T1,T4`)
 */
import { cpus } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { type Profile, profile, servePage } from "../test/support/page.ts";
import { type Tasks, tasksDuring } from "./browser/longest-task.ts";
import type { benches as Benches } from "./browser/page.ts";
import { benchSchool } from "./browser/school.ts";
import { countOf, optionsOf } from "./support/options.ts";
import { type Figure, median, printTable, withSpread, writeResults } from "./support/table.ts";

declare const benches: typeof Benches;

const values = optionsOf({
  options: { rounds: { type: "string", default: "200" }, only: { type: "string" } },
});
const rounds = countOf("--rounds", values.rounds, 1);

const asked = values.only?.split(",") ?? ["T1", "T2", "T3", "T4", "T9", "T15"];
const school = asked.includes("T9") ? await benchSchool() : null;
const served = await servePage(join(import.meta.dirname, "browser/page.ts"), school?.fetch);

/** Each target has a profile of its own: what one wrote does not slow the next. */
async function inFreshProfile<T>(work: (page: () => Promise<Page>) => Promise<T>): Promise<T> {
  const own: Profile = profile();
  const launched = await own.launch();
  try {
    return await work(async () => {
      const page = await launched.context.newPage();
      await page.goto(served.url);
      return page;
    });
  } finally {
    await launched.kill();
    own.remove();
  }
}

type Times = Readonly<Record<string, readonly number[]>>;

const of = (times: Times, name: string): readonly number[] => times[name] ?? [];
const ms = (times: Times, name: string): string => withSpread(of(times, name), "ms", 2);
const ratio = (times: Times, ours: string, beside: string): number =>
  median(of(times, ours)) / median(of(times, beside));
const peers = (times: Times, ours: string, names: readonly string[]): string =>
  names.map((name) => `${name} ${ms(times, name)}, ${(1 / ratio(times, ours, name)).toFixed(1)}× ours`).join("; ");

const beforePut = ["the callers' calls", "validating and forming", "JSON", "checksum", "beginning the transaction"];
const writingParts = beforePut.concat("put()", "the disk", "showing and answering");
const listed = (times: Times, names: readonly string[]): string =>
  names.map((name) => `${name} ${median(of(times, name)).toFixed(2)}`).join(", ");

async function t1(): Promise<Figure> {
  const times: Times = await inFreshProfile(async (page) =>
    (await page()).evaluate((n) => benches.oneWrite(10_000, n), rounds),
  );
  return {
    target: "T1",
    work: "one durable write, store of 10,000",
    ours: ms(times, "ours"),
    beside: `one raw strict put ${ms(times, "raw")}`,
    ratio: ratio(times, "ours", "raw"),
    goal: "≤ 1.25×",
    reached: ratio(times, "ours", "raw") <= 1.25,
    note: peers(times, "ours", ["raw relaxed", "dexie", "whole domain"]),
  };
}

async function t2(): Promise<Figure> {
  const times: Times = await inFreshProfile(async (page) =>
    (await page()).evaluate((n) => benches.bySize(1_000, 100_000, n), rounds),
  );
  return {
    target: "T2",
    work: "one durable write at 100,000 records",
    ours: ms(times, "large"),
    beside: `at 1,000 records ${ms(times, "small")}`,
    ratio: ratio(times, "large", "small"),
    goal: "≤ 1.2×",
    reached: ratio(times, "large", "small") <= 1.2,
  };
}

async function t3(): Promise<Figure> {
  const times: Times = await inFreshProfile(async (page) =>
    (await page()).evaluate((n) => benches.atOnce(10_000, 1_000, n), Math.min(30, Math.ceil(rounds / 5))),
  );
  return {
    target: "T3",
    work: "1,000 writes at once",
    ours: ms(times, "ours"),
    beside: `one raw put of the same bytes ${ms(times, "one raw put")}`,
    ratio: ratio(times, "ours", "one raw put"),
    goal: "≤ 1.5×",
    reached: ratio(times, "ours", "one raw put") <= 1.5,
    note: `${median(of(times, "ours")).toFixed(1)} µs a record; ${peers(times, "ours", ["raw puts", "dexie", "whole domain"])}\n    of ours: ${listed(times, writingParts)}`,
  };
}

async function t4(): Promise<Figure> {
  const times: Times = await inFreshProfile(async (page) => {
    await (await page()).evaluate(() => benches.fillForOpening("t4", 50_000));
    const opening = await page();
    const debug = await opening.context().newCDPSession(opening);
    // A store of 50,000 that is dropped is cleared away within the next ones' time: up to 40 ms, and rarely in raw's.
    await opening.exposeFunction("collectGarbage", () => debug.send("HeapProfiler.collectGarbage"));
    return opening.evaluate((n) => benches.opening("t4", n), Math.max(15, Math.ceil(rounds / 8)));
  });
  return {
    target: "T4",
    work: "open with 50,000 records",
    ours: ms(times, "ours"),
    beside: `raw getAll of the same chunks and JSON.parse ${ms(times, "raw")}`,
    ratio: ratio(times, "ours", "raw"),
    goal: "≤ 1.3×",
    reached: ratio(times, "ours", "raw") <= 1.3,
    note: `${ms(times, "raw, and the checksums")} with the checksums looked at; the first read of a record, which gives all of its domain their places, takes another ${ms(times, "first read")}: with it ${ms(times, "ours, and one record read")}, ${ratio(times, "ours, and one record read", "raw").toFixed(2)}×`,
  };
}

const shown = (tasks: Tasks): string =>
  `${tasks.busy.toFixed(1)} ms (${tasks.longest.toFixed(1)} ms by the wall; ${tasks.count} tasks, ${tasks.total.toFixed(0)} ms in all)`;

async function t15(size: number, limit: number): Promise<Figure> {
  const { opening, compacting } = await inFreshProfile(async (page) => {
    await (await page()).evaluate((n) => benches.fillForOpening("t15", n), size);
    const second = await page();
    const opening = await tasksDuring(second, () => second.evaluate(() => benches.openOnce("t15")));
    const third = await page();
    await third.evaluate(() => benches.prepareCompaction("t15", 1_000));
    const compacting = await tasksDuring(third, () => third.evaluate(() => benches.compactOnce()));
    return { opening, compacting };
  });
  return {
    target: "T15",
    work: `longest task, ${size.toLocaleString("en")} records`,
    ours: `opening ${shown(opening)}`,
    beside: `compacting 1,000 changes all over the store ${shown(compacting)}`,
    ratio: null,
    goal: `≤ ${limit} ms`,
    reached: Math.max(opening.busy, compacting.busy) <= limit,
    note: "busy time of the thread: on a machine that does other things, too, the wall says more about those",
  };
}

async function t9(count: number, times: number): Promise<Figure> {
  if (school === null) throw new Error("T9 needs a server.");
  const ours: number[] = [];
  const beside: number[] = [];
  let requests = 0;
  let pushes = 0;
  await inFreshProfile(async (page) => {
    // The first of each warms up.
    for (let round = -1; round < times; round++) {
      const drained = await (await page()).evaluate(([name, token, n]) => benches.drained(name, token, n), [
        `t9-${round}`,
        await school.token(),
        count,
      ] as const);
      const pushed = await (await page()).evaluate(([token, n]) => benches.pushed(token, n), [
        await school.token(),
        count,
      ] as const);
      requests = drained.requests;
      pushes = pushed.requests;
      if (round < 0) continue;
      ours.push(drained.took);
      beside.push(pushed.took);
    }
  });
  const factor = median(ours) / median(beside);
  return {
    target: "T9",
    work: `drain an outbox of ${count.toLocaleString("en")} (${requests} requests)`,
    ours: withSpread(ours, "ms"),
    beside: `the same rows pushed by hand, ${pushes} requests ${withSpread(beside, "ms")}`,
    ratio: factor,
    goal: "≤ 1.3×",
    reached: factor <= 1.3,
    note: `on ${school.database}; the answers of the push by hand are thrown away, ours are on disk`,
  };
}

const figures: Figure[] = [];
try {
  const all: Readonly<Record<string, readonly (() => Promise<Figure>)[]>> = {
    T1: [t1],
    T2: [t2],
    T3: [t3],
    T4: [t4],
    T9: [() => t9(100, Math.max(5, Math.ceil(rounds / 20))), () => t9(10_000, 3)],
    T15: [() => t15(50_000, 50), () => t15(5_000, 16)],
  };
  for (const target of asked) for (const measure of all[target] ?? []) figures.push(await measure());
} finally {
  await served.close();
  await school?.close();
}
printTable(figures);
writeResults(join(import.meta.dirname, "browser-results.json"), figures, {
  rounds,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
});
