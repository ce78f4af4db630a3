/** The browser tells of the loss of a lock so late that the tab has it again: it goes on leading (F12). */
import type { Breach } from "./history.ts";
import { create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** Another tab takes the lead, the one that had it is fenced off, and has it again when the other one dies. */
export async function toldLate({ time, device }: Probing): Promise<Breach[]> {
  const leader = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  const others = device.working.filter((tab) => tab !== leader);
  if (!leader || others.length === 0 || device.damaged.length > 0) return [];
  const leads = (): boolean => leader.engine.status().leading;
  const late = 20 * second;
  const toldAt = time.now() + late;
  device.browser.stealLocks(false, late);
  await time.until(() => others.some(({ engine }) => engine.status().leading), 5 * second);
  create(leader, "fenced off");
  await time.until(() => !leads(), 5 * second);
  for (const tab of others) device.kill(tab);
  const isBack = await time.until(leads, toldAt - second - time.now());
  if (!isBack) return [];
  await time.advance(toldAt - second - time.now());
  const isOut = await time.until(() => !leads(), 2 * second);
  const what = `${leader.name} leads again, and gives it up as it hears that it had lost the lead before.`;
  return isOut ? [{ law: "F12", what }] : [];
}
