/** The school goes back to `off` for a moment; who hears of its end, and who hears of it later than another tab. */
import type { RecordId } from "../../src/domain/ids.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

/** The leading tab alone hears that there is an outbox again; what the other writes unaware of it, it writes over. */
export async function leavesOff(on: Probing): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const { browser, disk } = device;
  const tabs = device.working.filter(({ narrow }) => !narrow);
  const leader = tabs.find(({ engine }) => engine.status().leading);
  const late = tabs.find((tab) => tab !== leader);
  if (!leader || !late || device.damaged.length > 0) return [];
  const breaches: Breach[] = [];
  const say = (law: string, what: string): void => void breaches.push({ law, what: `${leader.name}: ${what}` });
  const edited = create(leader, "is edited in off");
  const write = (id: RecordId, a: string): void => {
    leader.store.commit([{ kind: "update", domain: "teams", id, fields: { a } }]).catch((error: unknown) => {
      say("L1", `it writes "${a}" and is refused: ${error}`);
    });
  };
  for (const tab of [leader, late]) await ask(on, tab);
  await backend.setStage("off", null);
  for (const tab of [leader, late]) await ask(on, tab);
  write(edited, "in off");
  await time.advance(second);
  browser.channelLoss = 100;
  await backend.setStage("dualwrite", null);
  const told = await toldBy(leader, async () => {
    void leader.engine.syncNow();
    await time.until(() => leader.store.position.stage !== "off", 10 * second);
  });
  for (const key of told)
    if (key !== `teams/${edited}`)
      say("L4", `its listeners are told of ${key}, which is as it was before the school left \`off\`.`);
  const id = create(late, "unaware");
  disk.slow = 60;
  void leader.engine.syncNow();
  const isSeen = await time.until(() => leader.store.get("teams", id) !== null, 20 * second);
  // At any moment of what is made of it now.
  await time.advance(Math.trunc(time.now()) % 70);
  if (isSeen) write(id, "last word");
  await time.advance(second);
  disk.slow = 0;
  browser.channelLoss = 0;
  browser.stir();
  await time.advance(2 * second);
  for (const one of devices) for (const tab of one.working) await ask(on, tab);
  for (const { name, store } of isSeen ? [leader, late] : []) {
    const { record, state } = store.get("teams", id) ?? { record: null, state: "not there" };
    if (record?.a !== "last word" || state !== "synced")
      say("L3", `the last word was written over what it showed; in ${name} it is "${record?.a}", ${state}.`);
  }
  return breaches;
}

/** The records of which the tab's listeners are told meanwhile. */
async function toldBy({ store }: WorkingTab, work: () => Promise<void>): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  const end = store.subscribe((change) => {
    if (change.kind === "records") for (const { domain, id } of change.keys) told.add(`${domain}/${id}`);
  });
  await work();
  end();
  return told;
}
