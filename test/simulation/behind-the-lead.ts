/** A tab comes to lead that has not heard of what the one before it stored last: it reads that first, and stores its own behind it. */
import { syncKey } from "../../src/local/keys.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** A third tab has read all of it: else what it has would be stored over, and what comes instead it would pass over (L4). */
export async function behindTheLead(on: Probing): Promise<Breach[]> {
  const { time, device, devices } = on;
  const other = devices.find((one) => one !== device)?.working.find(({ narrow }) => !narrow);
  if (!other || device.damaged.length > 0) return [];
  if (device.working.length < 2) device.open();
  await time.advance(3 * second);
  const leader = device.working.find(({ engine }) => engine.status().leading);
  const next = device.working.find((tab) => tab !== leader);
  if (!leader || !next) return [];
  for (const tab of device.working) {
    if (tab === leader || tab === next) await ask(on, tab);
    else device.kill(tab);
  }
  device.browser.deafTo = "hda/";
  for (const name of ["one", "two"]) {
    create(other, `before the lead changes, ${name}`);
    for (const tab of [other, leader]) await ask(on, tab);
  }
  device.open();
  await time.advance(second);
  const last = device.working.at(-1);
  device.kill(leader);
  await time.until(() => next.engine.status().leading, 5 * second);
  const written: string[] = [];
  for (const name of ["one", "two", "three"]) {
    written.push(create(other, `after it, ${name}`));
    for (const tab of [other, next]) await ask(on, tab);
  }
  device.browser.deafTo = null;
  device.browser.stir();
  await time.advance(second);
  return device.working.flatMap((tab): Breach[] =>
    (tab === next || tab === last) && written.some((id) => tab.store.get("teams", id)?.state !== "synced")
      ? [{ law: "L4", what: `${tab.name} misses what came when another tab had taken the lead.` }]
      : [],
  );
}

/**
 * The step rots that brought another device's record, and a tab is opened that cannot read it; then a tab comes to lead that had
 * read it before, and no message tells it: the record is asked for again all the same (F3, F21).
 */
export async function leadsOverRot(on: Probing): Promise<Breach[]> {
  const { time, device, devices } = on;
  const { browser, disk } = device;
  const other = devices.find((one) => one !== device)?.working.find(({ narrow }) => !narrow);
  if (!other || device.damaged.length > 0) return [];
  device.killAll();
  device.open();
  device.open();
  await time.advance(3 * second);
  const leader = device.working.find(({ engine }) => engine.status().leading);
  const next = device.working.find((tab) => tab !== leader);
  if (!leader || !next) return [];
  await ask(on, leader);
  const { step } = leader.store.sync.mark();
  const id = create(other, "in a step that rots");
  for (const tab of [other, leader, next]) await ask(on, tab);
  browser.channelLoss = 100;
  if (!disk.damage([syncKey(step + 1)], "flip")) return [];
  device.open();
  await time.advance(second);
  device.kill(leader);
  await time.advance(25 * second);
  const breaches = device.working.flatMap(({ name, store }): Breach[] =>
    store.get("teams", id)
      ? []
      : [{ law: "F3", what: `${name}: a step rotted, another tab leads since, and nobody asks for what it brought.` }],
  );
  browser.channelLoss = 0;
  browser.stir();
  await time.advance(second);
  return breaches;
}
