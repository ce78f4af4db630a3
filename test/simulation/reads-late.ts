/** A tab reads what another one wrote when it has read already what the server answered to it, and what came after that. */
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/**
 * What was written is covered by then: it is not laid over what came from elsewhere since (L4). When the tab leads, and the
 * server goes back to before it, it is sent again (F29).
 */
export async function readsLate(on: Probing): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const { browser } = device;
  if (device.damaged.length > 0) return [];
  if (device.working.length < 2) device.open();
  await time.advance(3 * second);
  const leader = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  const follower = device.working.find((tab) => tab !== leader);
  const other = devices.find((one) => one !== device)?.working.find(({ narrow }) => !narrow);
  if (!leader || !follower || !other) return [];
  const id = create(leader, "known to all");
  for (const tab of [leader, other]) await ask(on, tab);
  await time.advance(second);
  await backend.backup();
  browser.channelLoss = 100;
  for (const [tab, fields] of [
    [leader, { a: "not heard of", b: "not heard of" }],
    [other, { a: "newer" }],
  ] as const) {
    tab.store.commit([{ kind: "update", domain: "teams", id, fields }]).catch(() => undefined);
    await time.advance(second);
    await ask(on, tab);
  }
  await ask(on, leader);
  // It looks at the disk by itself.
  await time.advance(20 * second);
  const [here, there] = [leader, follower].map(({ store }) => JSON.stringify(store.get("teams", id)));
  browser.channelLoss = 0;
  browser.stir();
  await time.advance(second);
  if (here !== there)
    return [{ law: "L4", what: `${follower.name} has read all, and shows ${there}; ${leader.name} shows ${here}.` }];
  for (const tab of device.working) if (tab !== follower) device.kill(tab);
  await time.advance(3 * second);
  await backend.restore();
  for (const tab of [follower, other]) await ask(on, tab);
  const { a, b }: Readonly<Record<string, unknown>> = (await backend.state()).records.get(`teams/${id}`)?.record ?? {};
  // Sent again in another order, the two meet as a conflict, and the stamps decide it.
  const stampsLie = devices.some(({ clockMoved }) => clockMoved);
  if ((a === "newer" || stampsLie) && b === "not heard of") return [];
  return [{ law: "F29", what: `${follower.name} leads, the server went back, and has "${a}" and "${b}".` }];
}
