/** A tab sleeps while others write, and while it is folded away what they wrote: it wakes, and shows and tells what they do. */
import type { Breach } from "./history.ts";
import { unheard, unlikeFresh } from "./laws-of-tabs.ts";
import { ask, createMany, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

export async function sleptThrough(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device } = on;
  const tabs = device.working.filter(({ narrow }) => !narrow);
  const leader = tabs.find(({ engine }) => engine.status().leading);
  const asleep = tabs.find((tab) => tab !== leader);
  if (!leader || !asleep || device.damaged.length > 0) return [];
  asleep.life.freeze();
  for (let round = 0; round < 3; round++) {
    await createMany(on, leader, foldAfter, `asleep ${round}`);
    await ask(on, leader);
    await time.advance(second);
  }
  asleep.life.thaw();
  device.browser.stir();
  await time.advance(2 * second);
  const [here, there] = [asleep, leader].map((tab) => device.stateOf(tab));
  if (!here || !there) return [];
  return [
    ...unlikeFresh(here, there),
    ...unheard(here).map((what): Breach => ({ law: "L4", what: `${asleep.name} wakes: ${what}` })),
  ];
}
