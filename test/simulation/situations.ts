/** What is brought about on purpose when all is quiet: each takes a while, and some of them belong to a run. */
import { behindTheLead, leadsOverRot } from "./behind-the-lead.ts";
import { builtOnNothing } from "./built-on-nothing.ts";
import { changedInOff } from "./changed-in-off.ts";
import { closedMidway } from "./closed-midway.ts";
import { createdTwice } from "./created-twice.ts";
import { deafConflicts } from "./deaf-conflicts.ts";
import { failingDisk } from "./failing-disk.ts";
import { foldedAndRotten } from "./folded-and-rotten.ts";
import { foldsInTurn } from "./folds-in-turn.ts";
import { foldsUnheard } from "./folds-unheard.ts";
import type { Breach } from "./history.ts";
import { keptAndForgotten } from "./kept-and-forgotten.ts";
import { keepBack } from "./kept-back.ts";
import { leavesOff } from "./leaves-off.ts";
import { littleRoom } from "./little-room.ts";
import { writtenLongAgo } from "./long-ago.ts";
import { lostAndFolded } from "./lost-and-folded.ts";
import { notAnAnswer } from "./not-an-answer.ts";
import { growOld } from "./old-age.ts";
import { opensBadly } from "./opens-badly.ts";
import { orphaned } from "./orphans.ts";
import { outboxLimit } from "./outbox-limit.ts";
import { pageByPage } from "./page-by-page.ts";
import { pageRots } from "./page-rots.ts";
import { parkedAndForgotten } from "./parked-and-forgotten.ts";
import type { Probing } from "./probe.ts";
import { readsLate } from "./reads-late.ts";
import { rotsBehind } from "./rots-behind.ts";
import { rotsUnsure } from "./rots-unsure.ts";
import type { Schedule } from "./schedule.ts";
import { sentAgain } from "./sent-again.ts";
import { settledByClock } from "./settled-by-clock.ts";
import { sleptThrough } from "./slept-through.ts";
import { toldAgain } from "./told-again.ts";
import { toldLate } from "./told-late.ts";
import { uncoveredInOff } from "./uncovered-in-off.ts";
import { unsureStep } from "./unsure-step.ts";
import { waitsAgain } from "./waits-again.ts";

type Situation = (on: Probing, schedule: Schedule) => Promise<Breach[]>;

/** Those that leave a device damaged, or with one tab, come late: of those behind them in the same run some would not come about. */
const all: Readonly<Record<string, Situation>> = {
  sentAgain,
  growOld: (on, { foldAfter }) => growOld(on, foldAfter),
  deafConflicts,
  notAnAnswer,
  parkedAndForgotten,
  outboxLimit,
  failingDisk,
  toldLate,
  closedMidway,
  waitsAgain: (on, { most }) => waitsAgain(on, most.changes),
  pageByPage: (on, { most }) => pageByPage(on, most.changes),
  keepBack,
  builtOnNothing,
  unsureStep,
  settledByClock: (on, { foldAfter }) => settledByClock(on, foldAfter),
  foldsUnheard: (on, { foldAfter }) => foldsUnheard(on, foldAfter),
  lostAndFolded: (on, { foldAfter }) => lostAndFolded(on, foldAfter),
  writtenLongAgo: (on, { foldAfter }) => writtenLongAgo(on, foldAfter),
  leavesOff,
  opensBadly,
  pageRots,
  toldAgain,
  behindTheLead,
  leadsOverRot,
  keptAndForgotten: (on, { foldAfter }) => keptAndForgotten(on, foldAfter),
  changedInOff: (on, { foldAfter }) => changedInOff(on, foldAfter),
  sleptThrough: (on, { foldAfter }) => sleptThrough(on, foldAfter),
  littleRoom: (on, { foldAfter }) => littleRoom(on, foldAfter),
  readsLate,
  foldsInTurn: (on, { foldAfter }) => foldsInTurn(on, foldAfter),
  uncoveredInOff: (on, { foldAfter, most }) => uncoveredInOff(on, most.changes, foldAfter),
  foldedAndRotten: (on, { foldAfter }) => foldedAndRotten(on, foldAfter),
  rotsUnsure,
  rotsBehind: (on, { foldAfter }) => rotsBehind(on, foldAfter),
  orphaned,
  createdTwice: (on, { foldAfter }) => createdTwice(on, foldAfter),
};

export const situationNames: readonly string[] = Object.keys(all);

/** Every so many runs have the same ones. No divisor of how many devices there may be: each kind of device meets each. */
const apart = 17;

export interface Brought {
  readonly breaches: readonly Breach[];
  /** Those that came about: what they need was there. */
  readonly about: readonly string[];
}

export async function situations(on: Probing, schedule: Schedule): Promise<Brought> {
  const about: string[] = [];
  for (const [i, [name, situation]] of Object.entries(all).entries()) {
    if (i % apart !== schedule.seed % apart) continue;
    const began = on.time.now();
    const breaches = await situation(on, schedule);
    // What comes about takes time.
    if (on.time.now() > began) about.push(name);
    if (breaches.length > 0) return { breaches, about };
  }
  return { breaches: [], about };
}
