/** In `off` a tab writes over a record that another one has deleted, which it had not heard of. */
import type { RecordId } from "../../src/domain/ids.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** What finds no record to change is set aside before the school has left `off`, and not some time after that (L5). */
export async function orphaned(on: Probing): Promise<Breach[]> {
  const { time, device, backend } = on;
  const { browser } = device;
  const tabs = device.working.filter(({ narrow }) => !narrow);
  const leader = tabs.find(({ engine }) => engine.status().leading);
  const late = tabs.find((tab) => tab !== leader);
  if (!leader || !late || device.damaged.length > 0) return [];
  const id: RecordId = create(leader, "is deleted in off");
  const twice: RecordId = create(leader, "is deleted in off by both");
  for (const tab of [leader, late]) await ask(on, tab);
  await backend.setStage("off", null);
  for (const tab of [leader, late]) await ask(on, tab);
  browser.channelLoss = 100;
  let written = 0;
  const done = (): void => {
    written += 1;
  };
  const refused = (): void => undefined;
  const deletion = (one: RecordId) => ({ kind: "delete", domain: "teams", id: one }) as const;
  leader.store.commit([deletion(id), deletion(twice)]).then(done, refused);
  await time.advance(5);
  // Where the clock has been put back, stamps are counted: this one's second is later than that one's first.
  create(late, "before the update of nothing");
  late.store.commit([{ kind: "update", domain: "teams", id, fields: { a: "over nothing" } }]).then(done, refused);
  late.store.commit([deletion(twice)]).catch(refused);
  await time.advance(second);
  await ask(on, leader);
  await backend.setStage("dualwrite", null);
  void leader.engine.syncNow();
  await time.until(() => leader.store.position.stage !== "off", 20 * second);
  device.killAll();
  browser.channelLoss = 0;
  device.open();
  await time.advance(5 * second);
  const [tab] = device.working;
  if (!tab || written < 2) return [];
  await ask(on, tab);
  let kept = "";
  void tab.store.quarantined().then((list) => {
    kept = JSON.stringify(list);
  });
  await time.advance(second);
  if (kept.includes("over nothing")) return [];
  const state = tab.store.get("teams", id)?.state ?? "not there";
  const what = `${tab.name}: what was written in \`off\` over a record that another tab had deleted is nowhere (${state}).`;
  return [{ law: "L5", what }];
}
