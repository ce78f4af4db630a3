/** One tab folds, then another that has followed it: what that one folds stands on what the first one did. */
import type { RecordId } from "../../src/domain/ids.ts";
import { metaOn } from "./disk-laws.ts";
import type { Breach } from "./history.ts";
import { ask, createMany, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

/** Each folds when it is due, and a tab that is opened then misses nothing (L5). */
export async function foldsInTurn(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device } = on;
  if (device.damaged.length > 0) return [];
  for (let tabs = device.working.length; tabs < 3; tabs++) device.open();
  await time.advance(3 * second);
  const written: RecordId[] = [];
  const breaches: Breach[] = [];
  const say = ({ name }: WorkingTab, what: string): void => void breaches.push({ law: "L5", what: `${name} ${what}` });
  for (const turn of ["first", "second"]) {
    const leader = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
    if (!leader || device.working.length < 2) return breaches;
    const before = metaOn(device.disk)?.generation;
    written.push(...(await createMany(on, leader, foldAfter + 1, `${turn} to fold`)));
    await ask(on, leader);
    await time.advance(second);
    if (metaOn(device.disk)?.generation === before) say(leader, `is the ${turn} to fold, and does not.`);
    device.kill(leader);
    await time.advance(3 * second);
  }
  device.killAll();
  device.open();
  await time.advance(3 * second);
  const [tab] = device.working;
  if (!tab) return [{ law: "L5", what: `Device ${device.index} does not open when two tabs have folded in turn.` }];
  const missing = written.filter((id) => !tab.store.get("teams", id)).length;
  if (missing > 0) say(tab, `misses ${missing} of ${written.length} records that two tabs have folded in turn.`);
  if (tab.store.warnings.some((text) => /damaged|set aside|missing/.test(text)))
    say(tab, `warns of what two tabs have folded in turn: ${tab.store.warnings}`);
  return breaches;
}
