/** The disk loses what a tab has written before it is sent; another tab's write lies over it. */
import { walPrefix } from "../../src/local/keys.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

/** The log of the one is gone, and nobody knows what the other was written over: it is sent all the same, and kept in sight (L5). */
export async function builtOnNothing(on: Probing): Promise<Breach[]> {
  const { time, device } = on;
  const { disk, link } = device;
  if (device.damaged.length > 0) return [];
  const opened = async (): Promise<WorkingTab | undefined> => {
    device.open();
    await time.advance(3 * second);
    return device.working.at(-1);
  };
  const [one, other] = [await opened(), await opened()];
  if (!one || !other || one === other || one.narrow) return [];
  for (const tab of [one, other]) await ask(on, tab);
  const { weather } = link;
  link.weather = { ...weather, down: true };
  const id = create(one, "is lost");
  await time.advance(second);
  void other.store.commit([{ kind: "update", domain: "teams", id, fields: { a: "over it" } }]);
  await time.advance(second);
  for (const key of disk.values.keys())
    if (key.startsWith(`${walPrefix}${one.store.clientId}/`)) disk.values.delete(key);
  device.killAll();
  const tab = await opened();
  link.weather = weather;
  if (!tab) return [{ law: "L1", what: `Device ${device.index} does not open when an entry is gone.` }];
  // A request that went into the void ends by its time alone.
  let { outcome } = await ask(on, tab);
  for (let tries = 1; outcome !== "synced" && tries < 4; tries++) ({ outcome } = await ask(on, tab));
  const parked = tab.store.parked().filter(({ mutation }) => mutation.recordId === id);
  for (const { mutation } of parked) tab.store.discardParked(mutation.client, mutation.id).catch(() => undefined);
  await time.advance(second);
  const left = tab.store.parked().filter((one) => parked.includes(one)).length;
  if (outcome === "synced" && parked.length === 1 && left === 0) return [];
  const what = `${tab.name}: what was written over a lost entry is parked ${parked.length} times (${outcome}), and given up it is ${left} times.`;
  return [{ law: "L5", what }];
}
