/** The disk says that a step of the leading tab did not come to be, and it did: a tab that opens then has read it. */
import { syncKey } from "../../src/local/keys.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** What the leading tab stores next does not take its place: nobody misses what came meanwhile (F4, L4). */
export async function unsureStep(on: Probing): Promise<Breach[]> {
  const { time, device, devices, pokes } = on;
  const other = devices.find((one) => one !== device);
  const [there] = other?.working.filter(({ narrow }) => !narrow) ?? [];
  const leader = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  if (!leader || !there || device.damaged.length > 0 || device.working.length > 3) return [];
  await ask(on, leader);
  pokes.loss = 100;
  create(there, "in the step that is there after all");
  await ask(on, there);
  device.disk.order("lostAfter", 1);
  const { step } = leader.store.sync.mark();
  void leader.engine.syncNow();
  await time.until(() => device.disk.values.has(syncKey(step + 1)), 10 * second);
  device.open();
  await time.advance(300);
  const id = create(there, "meanwhile");
  await ask(on, there);
  pokes.loss = 0;
  await ask(on, leader);
  await time.advance(second);
  return device.working.flatMap(({ name, store }): Breach[] =>
    store.get("teams", id) ? [] : [{ law: "L4", what: `${name} misses what came after a step of unknown fate.` }],
  );
}
