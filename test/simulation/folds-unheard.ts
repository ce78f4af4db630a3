/** In `off` the leading tab folds what it has: a write of another tab that it has not heard of is no later for that (L3). */
import { metaKey } from "../../src/local/keys.ts";
import type { Breach } from "./history.ts";
import { ask, create, createMany, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** Two tabs write the same field, one after the other; the last word stays the last, here and in a tab that is opened. */
export async function foldsUnheard(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, backend } = on;
  const { browser, disk } = device;
  const tabs = device.working.filter(({ narrow }) => !narrow);
  const leader = tabs.find(({ engine }) => engine.status().leading);
  const other = tabs.find((tab) => tab !== leader);
  if (!leader || !other || device.damaged.length > 0) return [];
  const id = create(leader, "both write it");
  for (const tab of [leader, other]) await ask(on, tab);
  await backend.setStage("off", null);
  for (const tab of [leader, other]) await ask(on, tab);
  browser.deafTo = "hda/";
  // Where the clock was ahead before, stamps are counted on, and not read from it: by several the last is later in any case.
  const words = [[other, "first word"] as const, ...["one", "two", "last word"].map((a) => [leader, a] as const)];
  let written = 0;
  for (const [i, [tab, a]] of words.entries()) {
    const update = { kind: "update", domain: "teams", id, fields: { a } } as const;
    tab.store.commit([update]).then(
      () => {
        written += 1;
      },
      () => undefined,
    );
    await time.until(() => written > i, second);
    if (written <= i) return [];
  }
  const meta = disk.values.get(metaKey);
  await createMany(on, leader, foldAfter, "both wrote,");
  void leader.engine.syncNow();
  await time.until(() => disk.values.get(metaKey) !== meta, 3 * second);
  browser.deafTo = null;
  browser.stir();
  device.open();
  await time.advance(2 * second);
  const breaches = device.working.flatMap(({ name, store }): Breach[] => {
    const word = store.get("teams", id)?.record.a;
    return word === "last word" ? [] : [{ law: "L3", what: `${name} shows the ${word}, and it was not the last.` }];
  });
  await backend.setStage("dualwrite", null);
  for (const tab of device.working) await ask(on, tab);
  return breaches;
}
