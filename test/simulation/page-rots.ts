/** A page of a snapshot rots, while the next ones are loaded or when all of it is in use: it is loaded again (F3). */
import { stagePrefix } from "../../src/local/keys.ts";
import type { Breach } from "./history.ts";
import { differing } from "./laws-of-tabs.ts";
import { ask, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** On a profile that was evicted, and has nothing but what the server gives it (L4). */
export async function pageRots(on: Probing): Promise<Breach[]> {
  const { device } = on;
  if (device.damaged.length > 0) return [];
  const breaches: Breach[] = [];
  for (const moment of ["under way", "in use"] as const) breaches.push(...(await rotsWhen(on, moment)));
  return breaches;
}

async function rotsWhen(on: Probing, moment: "under way" | "in use"): Promise<Breach[]> {
  const { time, device, backend } = on;
  const { disk } = device;
  device.killAll();
  disk.restore(new Map());
  if (moment === "under way") disk.slow = 200;
  device.open();
  const isStaged = (): boolean => [...disk.values.keys()].some((key) => key.startsWith(stagePrefix));
  await time.until(isStaged, 10 * second);
  if (moment === "in use") {
    await time.advance(3 * second);
    for (const tab of device.working) await ask(on, tab);
  }
  const rotten = disk.damage([stagePrefix], "flip");
  disk.mend();
  if (!rotten) return [];
  if (moment === "in use") {
    device.killAll();
    device.open();
  }
  await time.advance(3 * second);
  const [tab] = device.working;
  if (!tab) return [{ law: "F3", what: `Device ${device.index} does not open when a page of a snapshot rotted.` }];
  const { outcome } = await ask(on, tab);
  const missed = differing(device.stateOf(tab), await backend.state());
  if (outcome !== "synced") missed.push({ law: "F17", what: `${tab.name}: syncNow says ${outcome}.` });
  return missed.map(({ law, what }) => ({ law, what: `${what} A page of its snapshot had rotted, ${moment}.` }));
}
