/** What a rotted step held is missing in what is folded: who opens that knows that it is, and does not go on as if all were there. */
import { numberOf, syncPrefix } from "../../src/local/keys.ts";
import type { Breach } from "./history.ts";
import { unheard } from "./laws-of-tabs.ts";
import { ask, create, createMany, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

/**
 * In `off`, where nobody can ask for it again, the step rots that brought another device's record; the leading tab hears of it
 * and folds what it has left; then it goes, and a tab leads that had read the step before it rotted.
 */
export async function lostAndFolded(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const { disk } = device;
  const other = devices.find((one) => one !== device)?.working.find(({ narrow }) => !narrow);
  if (!other || device.damaged.length > 0) return [];
  if (device.working.length < 2) device.open();
  await time.advance(3 * second);
  const leader = device.working.find(({ engine }) => engine.status().leading);
  const next = device.working.find((tab) => tab !== leader && !tab.narrow);
  if (!leader || !next) return [];
  for (const tab of [leader, next]) await ask(on, tab);
  const before = lastStep([...disk.values.keys()]);
  const id = create(other, "of another device");
  await ask(on, other);
  for (const tab of [leader, next]) await ask(on, tab);
  const step = lastStep([...disk.values.keys()]);
  if (step === before || step === undefined) return [];
  await backend.setStage("off", null);
  for (const tab of [leader, next]) await ask(on, tab);
  disk.damage([step], "flip");
  // Who opens cannot read it, and tells the leading tab.
  device.open();
  await time.advance(2 * second);
  if (!next.store.get("teams", id))
    return [{ law: "L4", what: `${next.name} has read what rotted since, and shows it no more when a tab is opened.` }];
  device.browser.stir();
  await time.advance(second);
  const silent = [leader, next].flatMap((tab) => unheard(device.stateOf(tab)).map((what) => `${tab.name}: ${what}`));
  if (silent.length > 0) return silent.map((what) => ({ law: "L4", what }));
  await createMany(on, next, foldAfter, "in off");
  await ask(on, leader);
  await time.advance(2 * second);
  for (const tab of device.working) if (tab !== next) device.kill(tab);
  await time.advance(3 * second);
  await backend.setStage("dualwrite", null);
  await ask(on, next);
  device.open();
  await time.advance(2 * second);
  for (const tab of device.working) await ask(on, tab);
  const isThere = ({ store }: WorkingTab): boolean => store.get("teams", id)?.state === "synced";
  await time.until(() => device.working.every(isThere), 20 * second);
  return device.working.flatMap((tab): Breach[] => {
    if (isThere(tab)) return [];
    const state = tab.store.get("teams", id)?.state ?? "not there";
    return [
      { law: "L4", what: `${tab.name}: what came in a step that rotted, and was folded without it, is ${state}.` },
    ];
  });
}

const lastStep = (keys: readonly string[]): string | undefined =>
  keys
    .filter((key) => key.startsWith(syncPrefix))
    .sort((a, b) => numberOf(a) - numberOf(b))
    .at(-1);
