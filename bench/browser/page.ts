/** Runs in the page: the measured work, called by bench/browser.ts. */
import { checksum } from "../../src/local/checksum.ts";
import { drained, pushed } from "./drain.ts";
import { changeEverywhere, type Ours, openOurs, ours } from "./ours.ts";
import { partsOfWriting } from "./parts.ts";
import { dexie, wholeDomain } from "./peers.ts";
import { parseChunks, raw } from "./raw.ts";
import { markOf, marksUpTo } from "./records.ts";
import type { Subject } from "./subject.ts";

/** Milliseconds by name. */
type Times = Record<string, number[]>;

/** What a round measures; what must be there before is made by the one who returns it. */
type Work = (round: number) => () => Promise<unknown>;

async function took(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Given by the driver: what is no longer used is cleared away, so that nobody pays for what another one dropped. */
declare const collectGarbage: undefined | (() => Promise<void>);
const tidy = async (): Promise<void> => {
  if (typeof collectGarbage === "function") await collectGarbage();
};

/** Each in turn, round after round, so that what disturbs one disturbs all. */
async function inTurns(rounds: number, works: Readonly<Record<string, Work>>): Promise<Times> {
  const times: Times = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  // The first tenth warms up.
  for (let round = -Math.ceil(rounds / 10); round < rounds; round++)
    for (const [name, work] of Object.entries(works)) {
      const measured = work(round);
      // What the one before left to be done later is done before this one begins.
      await tidy();
      await new Promise((resolve) => setTimeout(resolve, 1));
      const time = await took(measured);
      if (round >= 0) times[name]?.push(time);
    }
  return times;
}

const put =
  (subject: Subject, size: number): Work =>
  (round) => {
    const record = markOf((Math.abs(round) * 7919) % size, round);
    return () => subject.put(record);
  };

async function filled<S extends Subject>(subject: S, size: number): Promise<S> {
  await subject.fill(marksUpTo(size));
  return subject;
}

/** How often the parts of a batch are measured, and the batches that take seconds. */
const partRounds = 10;
const peerRounds = 5;
/** Behind `<checksum>:`. */
const checksumEnd = 9;

const joined = (all: readonly Times[]): Times =>
  all.reduce((sum, one) => {
    for (const [name, values] of Object.entries(one)) sum[name] = [...(sum[name] ?? []), ...values];
    return sum;
  }, {});

let prepared: Ours | null = null;

export const benches = {
  /** T1 */
  async oneWrite(size: number, rounds: number): Promise<Times> {
    const subjects = {
      ours: await filled(await ours("t1-ours"), size),
      raw: await filled(await raw("t1-raw"), size),
      "raw relaxed": await filled(await raw("t1-relaxed", "relaxed"), size),
      dexie: await filled(await dexie("t1-dexie"), size),
    };
    const times = await inTurns(
      rounds,
      Object.fromEntries(Object.entries(subjects).map(([name, subject]) => [name, put(subject, size)])),
    );
    const whole = await filled(await wholeDomain("t1-whole"), size);
    const slow = await inTurns(Math.min(rounds, 20), { "whole domain": put(whole, size) });
    for (const subject of [...Object.values(subjects), whole]) await subject.close();
    return { ...times, ...slow };
  },

  /** T2 */
  async bySize(small: number, large: number, rounds: number): Promise<Times> {
    const few = await filled(await ours("t2-small"), small);
    const many = await filled(await ours("t2-large"), large);
    const times = await inTurns(rounds, { small: put(few, small), large: put(many, large) });
    await few.close();
    await many.close();
    return times;
  },

  /** T3 */
  async atOnce(size: number, count: number, rounds: number): Promise<Times> {
    const subjects = {
      ours: await filled(await ours("t3-ours"), size),
      dexie: await filled(await dexie("t3-dexie"), size),
      "raw puts": await filled(await raw("t3-raw"), size),
      "whole domain": await filled(await wholeDomain("t3-whole"), size),
    };
    const text = JSON.stringify(marksUpTo(count));
    const batch =
      (subject: Subject): Work =>
      (round) => {
        const records = Array.from({ length: count }, (_, at) => markOf(at, round));
        return () => subject.putAll(records);
      };
    const plain = subjects["raw puts"];
    const times = await inTurns(rounds, {
      ours: batch(subjects.ours),
      "one raw put": (round) => () => plain.putText("all", `${round}${text}`),
    });
    // After these two: what a second of transactions leaves the disk to do would be theirs.
    const slow = await inTurns(peerRounds, {
      dexie: batch(subjects.dexie),
      "raw puts": batch(plain),
      "whole domain": batch(subjects["whole domain"]),
    });
    const parts: Times[] = [];
    for (let round = 0; round < partRounds; round++) {
      const measured = batch(subjects.ours)(rounds + round);
      parts.push(await partsOfWriting(measured));
    }
    for (const subject of Object.values(subjects)) await subject.close();
    return { ...times, ...slow, ...joined(parts) };
  },

  /** T4 and T15: what opening needs must be there before, so that a fresh page opens it. */
  async fillForOpening(name: string, size: number): Promise<void> {
    const subject = await filled(await ours(name), size);
    await subject.store.sync.compact(new AbortController().signal);
    await subject.close();
  },

  /** T4 */
  async opening(name: string, rounds: number): Promise<Times> {
    const first = markOf(0).id;
    const reading: number[] = [];
    const times = await inTurns(rounds, {
      ours: () => async () => {
        const store = await openOurs(name);
        if (store.count("attendance") === 0) throw new Error("nothing was opened");
        await store.close();
      },
      raw: () => async () => {
        if ((await parseChunks(name)) === 0) throw new Error("no chunk was found");
      },
      "ours, and one record read": () => async () => {
        const store = await openOurs(name);
        reading.push(await took(async () => store.get("attendance", first)));
        await store.close();
      },
      "raw, and the checksums": () => () => parseChunks(name, (text) => checksum(text, checksumEnd)),
    });
    return { ...times, "first read": reading };
  },

  /** T15 */
  async openOnce(name: string): Promise<number> {
    const store = await openOurs(name);
    const count = store.count("attendance");
    await store.close();
    return count;
  },

  /** T15: an answer of the server with changes in every chunk, to be folded by `compactOnce`. */
  async prepareCompaction(name: string, changes: number): Promise<void> {
    prepared = await ours(name);
    await changeEverywhere(prepared.store, changes);
  },

  /** T15 */
  async compactOnce(): Promise<void> {
    await prepared?.store.sync.compact(new AbortController().signal);
  },

  /** T9 */
  drained,
  pushed,
};

Object.assign(globalThis, { benches });
