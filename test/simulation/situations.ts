/** What is brought about on purpose when all is quiet: each takes a while, and some of them belong to a run. */
import { behindTheLead, leadsOverRot } from "./behind-the-lead.ts";
import { builtOnNothing } from "./built-on-nothing.ts";
import { changedInOff } from "./changed-in-off.ts";
import { closedMidway } from "./closed-midway.ts";
import { deafConflicts } from "./deaf-conflicts.ts";
import { failingDisk } from "./failing-disk.ts";
import { foldedAndRotten } from "./folded-and-rotten.ts";
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

const all: readonly Situation[] = [
  sentAgain,
  (on, { foldAfter }) => growOld(on, foldAfter),
  deafConflicts,
  notAnAnswer,
  parkedAndForgotten,
  (on, { foldAfter }) => foldedAndRotten(on, foldAfter),
  outboxLimit,
  failingDisk,
  rotsUnsure,
  toldLate,
  closedMidway,
  (on, { most }) => waitsAgain(on, most.changes),
  (on, { foldAfter }) => rotsBehind(on, foldAfter),
  orphaned,
  (on, { most }) => pageByPage(on, most.changes),
  keepBack,
  builtOnNothing,
  toldAgain,
  (on, { foldAfter }) => settledByClock(on, foldAfter),
  (on, { foldAfter }) => foldsUnheard(on, foldAfter),
  (on, { foldAfter }) => lostAndFolded(on, foldAfter),
  (on, { foldAfter }) => writtenLongAgo(on, foldAfter),
  leavesOff,
  opensBadly,
  pageRots,
  unsureStep,
  behindTheLead,
  leadsOverRot,
  (on, { foldAfter }) => keptAndForgotten(on, foldAfter),
  (on, { foldAfter }) => changedInOff(on, foldAfter),
  (on, { foldAfter }) => sleptThrough(on, foldAfter),
  (on, { foldAfter }) => littleRoom(on, foldAfter),
  readsLate,
  (on, { foldAfter, most }) => uncoveredInOff(on, most.changes, foldAfter),
];
/** Every so many runs have the same ones. No divisor of how many devices there may be: each kind of device meets each. */
const apart = 11;

export async function situations(on: Probing, schedule: Schedule): Promise<Breach[]> {
  for (const [i, situation] of all.entries()) {
    if (i % apart !== schedule.seed % apart) continue;
    const breaches = await situation(on, schedule);
    if (breaches.length > 0) return breaches;
  }
  return [];
}
