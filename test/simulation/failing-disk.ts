/** The disk fails for a moment while a tab writes: each write is answered, and what the answer says is so (F7, L1, L11). */
import { isAdapterError } from "../../src/domain/errors.ts";
import type { Write } from "../../src/local/record-store.ts";
import type { Breach } from "./history.ts";
import type { Probing } from "./probe.ts";
import { creation, tried } from "./room.ts";
import { second, type WorkingTab } from "./scene.ts";

type Say = (law: string, what: string) => void;

export async function failingDisk(on: Probing): Promise<Breach[]> {
  const { device } = on;
  const tab = device.working.find(({ narrow }) => !narrow);
  if (!tab || device.damaged.length > 0) return [];
  const breaches: Breach[] = [];
  const say: Say = (law, what) => void breaches.push({ law, what: `${tab.name}: ${what}` });
  await fullForTwo(on, tab, say);
  for (const fault of ["lostAfter", "lostBefore"] as const) await lost(on, tab, fault, say);
  return breaches;
}

/** Three writes at once, of which the disk takes two. */
async function fullForTwo(on: Probing, tab: WorkingTab, say: Say): Promise<void> {
  const { disk } = on.device;
  const writes = ["one of three", "two of three", "three of three"].map(creation);
  // All of them together, and the first alone.
  disk.order("full", 2);
  const came = await triedAtOnce(on, tab, writes);
  disk.mend();
  const refused = came.filter((answer) => answer !== "taken");
  if (refused.length > 1 || refused.some((answer) => answer !== "STORAGE_FULL"))
    say("L11", `of three writes the disk had no room for one; they are ${came.join()}.`);
  for (const [i, { record }] of writes.entries())
    if ((tab.store.get("teams", record.id) !== null) !== (came[i] === "taken"))
      say("L1", `a write is ${came[i]}, and the record ${came[i] === "taken" ? "is not there" : "is there"}.`);
}

/** A write of unknown fate, one while the disk cannot be asked, and one when it is back. */
async function lost(on: Probing, tab: WorkingTab, fault: "lostAfter" | "lostBefore", say: Say): Promise<void> {
  const { disk } = on.device;
  const [unsure, unasked, next] = ["unsure", "unasked", "next"].map((name) => creation(`${name} ${fault}`));
  if (!unsure || !unasked || !next) return;
  disk.order(fault, 1);
  disk.order("unreadable", 2);
  const came = await tried(on, tab, unsure);
  const meanwhile = await tried(on, tab, unasked);
  disk.mend();
  // Another tab met the fault, or it was found out at once.
  if (came !== "STORAGE_LOST") return;
  if (meanwhile !== "STORAGE_LOST" && meanwhile !== "taken")
    say("L11", `while the disk cannot be asked, a write is ${meanwhile}.`);
  const after = await tried(on, tab, next);
  if (after !== "taken") say("L11", `after a write of unknown fate (${fault}) the next is ${after}.`);
  await on.time.advance(second);
  for (const [write, isKept] of [
    [unsure, fault === "lostAfter"],
    [unasked, meanwhile === "taken"],
    [next, after === "taken"],
  ] as const)
    if ((tab.store.get("teams", write.record.id) !== null) !== isKept)
      say("L1", `after ${fault}, ${came} and ${meanwhile} it shows what is not on disk, or misses what is.`);
}

/** Each as `tried`, all in one turn. */
export async function triedAtOnce(
  { time }: Probing,
  { store }: WorkingTab,
  writes: readonly Write[],
): Promise<string[]> {
  const came = writes.map(() => "nothing");
  for (const [i, write] of writes.entries())
    store.commit([write]).then(
      () => {
        came[i] = "taken";
      },
      (error: unknown) => {
        came[i] = isAdapterError(error) ? error.code : String(error);
      },
    );
  await time.until(() => !came.includes("nothing"), 5 * second);
  return came;
}
