/** The room on a device runs out: what is left of it is for what waits for the server, and is not filled with foldings (F5). */
import type { Breach } from "./history.ts";
import { ask, createMany, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** More than these writes take, and less than is kept for the outbox. */
const room = 1_000_000;

/** What takes longer says the same. */
const mostEntries = 8;

/** @param foldAfter so many entries and steps */
export async function littleRoom(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device } = on;
  const { disk } = device;
  const tab = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  if (!tab || device.damaged.length > 0 || foldAfter > mostEntries) return [];
  disk.narrow(room);
  // From then on it has to be known.
  await time.advance(61 * second);
  const known = disk.misused.length;
  const ids = await createMany(on, tab, foldAfter + 2, "in little room");
  const { outcome } = await ask(on, tab);
  await time.advance(second);
  disk.mend();
  const states = new Set(ids.map((id) => tab.store.get("teams", id)?.state ?? "not there"));
  const breaches = disk.misused.slice(known).map((what): Breach => ({ law: "F5", what: `${tab.name}: ${what}` }));
  if (outcome !== "synced" || [...states].join() !== "synced")
    breaches.push({
      law: "F5",
      what: `${tab.name}: with little room it is ${outcome}, what it wrote is ${[...states]}.`,
    });
  return breaches;
}
