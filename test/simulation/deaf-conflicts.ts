/** A conflict, and its end, in tabs that read of it late and each in another order. */
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

/**
 * Nobody hears of the others: a tab writes, the leading one writes over it, and the first is answered last: a conflict, which
 * the leading tab then ends. Whenever all have been asked, all show the same (L6).
 */
export async function deafConflicts(on: Probing): Promise<Breach[]> {
  const { time, device } = on;
  if (device.damaged.length > 0) return [];
  if (device.working.length < 3) device.open();
  await time.advance(3 * second);
  const leader = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  const [writer, reader] = device.working.filter((tab) => tab !== leader && !tab.narrow);
  if (!leader || !writer) return [];
  const id = create(leader, "fought over");
  for (const tab of [leader, writer]) await ask(on, tab);
  const breaches: Breach[] = [];
  const agree = (tabs: readonly WorkingTab[], when: string): void => {
    const shown = tabs.map(({ name, store }) => `${store.get("teams", id)?.state ?? "not there"} in ${name}`);
    if (new Set(shown.map((one) => one.split(" in ")[0])).size > 1)
      breaches.push({ law: "L6", what: `A record that two tabs wrote is, ${when}, ${shown.join(", ")}.` });
  };
  const written: string[] = [];
  const edit = ({ store }: WorkingTab, a: string): void => {
    store.commit([{ kind: "update", domain: "teams", id, fields: { a } }]).then(
      ({ clientId, ids }) => written.push(`${clientId}/${ids[0]}`),
      () => undefined,
    );
  };
  device.browser.deafTo = "hda/";
  edit(writer, "earlier");
  await time.advance(5);
  edit(leader, "later");
  await time.advance(300);
  await ask(on, writer);
  agree([leader, writer], "when the earlier write has lost");
  edit(leader, "last");
  await time.advance(300);
  for (const tab of [leader, writer, ...(reader ? [reader] : [])]) await ask(on, tab);
  device.browser.deafTo = null;
  device.browser.stir();
  await time.advance(second);
  agree(device.working, "when a later write was taken");
  for (const { name, heard } of [leader, writer, ...(reader ? [reader] : [])])
    for (const one of written)
      if (!heard.results.has(one))
        breaches.push({ law: "L11", what: `${name} has read everything, and was not told what became of ${one}.` });
  return breaches;
}
