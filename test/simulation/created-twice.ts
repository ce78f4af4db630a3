/** Two devices take over the same old data: one creates it in stage `off`, the other one had done so before, and hears late. */
import { type RecordId, uuidV5 } from "../../src/domain/ids.ts";
import { folds } from "./changed-in-off.ts";
import type { Breach } from "./history.ts";
import { ask, type Probing } from "./probe.ts";
import { second } from "./scene.ts";
import { wholeRecord } from "./writes.ts";

/**
 * Whether it is folded in or not: what was created here is shown until its domain leaves `off`; then the two meet, alike, or as a
 * conflict of which the loser is kept (L1, L6). Deleted here before that, the other one is shown (L7).
 * @param foldAfter so many entries and steps
 */
export async function createdTwice(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const other = devices.find((one) => one !== device);
  let [here] = device.working.filter(({ narrow }) => !narrow);
  const [there] = other?.working.filter(({ narrow }) => !narrow) ?? [];
  if (!here || !there || !other || device.damaged.length > 0) return [];
  const said = ["mine", "alike", "deleted"] as const;
  const [mine, alike, deleted] = said.map((name) => uuidV5(here?.store.clientId ?? "", name) as RecordId) as [
    RecordId,
    RecordId,
    RecordId,
  ];
  const creation = (id: RecordId, a: string) =>
    ({ kind: "create", domain: "people", record: wholeRecord("people", { id, a }) }) as const;
  const { weather } = other.link;
  other.link.weather = { ...weather, down: true };
  await time.advance(second);
  there.store.commit([creation(mine, "theirs"), creation(alike, "same"), creation(deleted, "theirs")]).catch(() => {});
  await time.advance(second);
  await backend.setStage("off", "people");
  await ask(on, here);
  here.store.commit([creation(mine, "mine"), creation(alike, "same"), creation(deleted, "mine")]).catch(() => {});
  await time.advance(second);
  const moment = Math.trunc(time.now() / 2);
  if (moment % 2 === 0) await folds(on, here, foldAfter);
  void here.store.commit([{ kind: "delete", domain: "people", id: deleted }]);
  other.link.weather = weather;
  // Its last request hangs for a while.
  await time.until(() => there.store.outbox().mutations === 0, 120 * second);
  await ask(on, here);
  if (moment % 3 === 0) await folds(on, here, foldAfter);
  if (moment % 4 < 2) {
    device.killAll();
    device.open();
    await time.advance(3 * second);
    [here] = device.working;
    if (!here) return [{ law: "L1", what: `Device ${device.index} does not open in \`off\`.` }];
  }
  const shown = (one: typeof there): string =>
    [mine, alike, deleted].map((id) => one.store.get("people", id)?.record.a ?? "nothing").join();
  const inOff = shown(here);
  await backend.setStage("dualwrite", null);
  for (const tab of [here, there, here]) await ask(on, tab);
  const { losses } = await backend.state();
  const breaches: Breach[] = [];
  if (inOff !== "mine,same,theirs")
    breaches.push({ law: "L1", what: `${here.name}: created in \`off\` and elsewhere, ${inOff} is shown.` });
  for (const tab of [here, there])
    if (shown(tab) !== "theirs,same,theirs")
      breaches.push({ law: "L4", what: `${tab.name}: what was created twice ended as ${shown(tab)}.` });
  if (!JSON.stringify(losses).includes(mine))
    breaches.push({ law: "L6", what: `${here.name}: what it created in \`off\` has lost, and is not kept.` });
  return breaches;
}
