/** What a tab has not heard of rots before it reads it: it goes on with all else, and its listeners are told what is gone. */
import { metaKey, syncKey, walPrefix } from "../../src/local/keys.ts";
import type { Breach } from "./history.ts";
import { unheard } from "./laws-of-tabs.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

type Say = (law: string, what: string) => void;

export async function rotsBehind(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, devices } = on;
  if (device.working.length < 2) device.open();
  await time.advance(3 * second);
  const tabs = device.working.filter(({ narrow }) => !narrow);
  const leader = tabs.find(({ engine }) => engine.status().leading);
  const deaf = tabs.find((tab) => tab !== leader);
  const other = devices.find((one) => one !== device)?.working.find(({ narrow }) => !narrow);
  if (!leader || !deaf || !other || device.damaged.length > 0) return [];
  const breaches: Breach[] = [];
  const say: Say = (law, what) => void breaches.push({ law, what });
  await stepRots(on, { leader, deaf, other }, foldAfter, say);
  if (breaches.length === 0) await entryRots(on, leader, deaf, say);
  // What its tab alone has read stands in its memory, and nowhere else.
  device.killAll();
  device.open();
  await time.advance(5 * second);
  return breaches;
}

/** A deletion comes, and the step behind it rots: the tab reads the one, cannot read the other, and reads everything again. */
async function stepRots(
  { time, device }: Probing,
  { leader, deaf, other }: Readonly<Record<"leader" | "deaf" | "other", WorkingTab>>,
  foldAfter: number,
  say: Say,
): Promise<void> {
  const { browser, disk } = device;
  const deleted = create(other, "is deleted unheard");
  for (const tab of [other, leader, deaf]) await ask({ time }, tab);
  browser.deafTo = "hda/";
  void other.store.commit([{ kind: "delete", domain: "teams", id: deleted }]);
  for (const tab of [other, leader]) await ask({ time }, tab);
  // It is folded in, so that nothing on the disk speaks of the record any more.
  const meta = disk.values.get(metaKey);
  for (let i = 0; i < foldAfter && disk.values.get(metaKey) === meta; i++) {
    create(leader, `until it folds ${i}`);
    await time.advance(100);
  }
  const { step } = leader.store.sync.mark();
  const id = create(other, "comes behind it");
  for (const tab of [other, leader]) await ask({ time }, tab);
  disk.damage([syncKey(step + 1)], "flip");
  // Has all tabs look at the disk.
  browser.stir();
  await time.advance(second);
  for (const what of unheard(device.stateOf(deaf))) say("L4", `${deaf.name}: ${what}`);
  browser.deafTo = null;
  await time.advance(20 * second);
  for (const tab of [leader, deaf]) await ask({ time }, tab);
  for (const { name, store } of [leader, deaf]) {
    const state = store.get("teams", id)?.state ?? "not there";
    if (state !== "synced" || store.get("teams", deleted))
      say("L4", `${name}: what came in a step that rotted is ${state}.`);
  }
}

/** An entry of another tab rots, and the leading one meets it when it looks, with an answer, whether the logs go on. */
async function entryRots(
  { time, device: { browser, disk } }: Probing,
  leader: WorkingTab,
  deaf: WorkingTab,
  say: Say,
): Promise<void> {
  create(deaf, "is heard");
  await time.advance(300);
  browser.deafTo = "hda/";
  create(deaf, "rots at once");
  const prefix = `${walPrefix}${deaf.store.clientId}/`;
  const before = disk.values.size;
  await time.until(() => disk.values.size > before, second);
  const last = [...disk.values.keys()]
    .filter((key) => key.startsWith(prefix))
    .sort()
    .at(-1);
  if (last !== undefined) disk.damage([last], "flip");
  const id = create(leader, "is sent meanwhile");
  // Its answer is the first occasion to look.
  await time.until(() => leader.store.get("teams", id)?.state === "synced", 5 * second);
  const { outcome } = await ask({ time }, leader);
  if (outcome !== "synced") say("L11", `${leader.name}: another tab's entry rotted, and syncNow says ${outcome}.`);
  browser.deafTo = null;
}
