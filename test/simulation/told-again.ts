/** A tab opens and cannot read what the leading tab has in memory; what it says of that is heard by nobody. */
import { syncPrefix } from "../../src/local/keys.ts";
import { foldedSteps } from "./disk-laws.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** It says so again when it looks at the disk, and then shows what the other one shows (L4). */
export async function toldAgain(on: Probing): Promise<Breach[]> {
  const { time, device, devices } = on;
  const { disk, browser } = device;
  const leader = device.working.find(({ engine }) => engine.status().leading);
  const there = devices.find((one) => one !== device)?.working.find(({ narrow }) => !narrow);
  if (!leader || !there || device.damaged.length > 0) return [];
  await ask(on, leader);
  const before = new Set(disk.values.keys());
  const id = create(there, "in a step that rots");
  await ask(on, there);
  await ask(on, leader);
  const folded = foldedSteps(disk);
  const isNew = (key: string): boolean => key.startsWith(syncPrefix) && !before.has(key) && !folded.includes(key);
  if (!disk.damage([...disk.values.keys()].filter(isNew), "flip")) return [];
  browser.channelLoss = 100;
  const { length } = device.tabs;
  device.open();
  await time.advance(2 * second);
  browser.channelLoss = 0;
  const fresh = device.working[length];
  if (!fresh) return [];
  // It looks after a quarter of a minute; what the leading tab then misses it asks for with the next request.
  await time.advance(17 * second);
  await ask(on, leader);
  await time.advance(second);
  if (fresh.store.get("teams", id)) return [];
  return [{ law: "L4", what: `${fresh.name} could not read a step when it was opened, and misses what came in it.` }];
}
