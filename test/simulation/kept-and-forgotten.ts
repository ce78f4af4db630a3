/** A server goes back to before what was answered and folded away; of what is kept for that, a part rotted (F3, F29). */
import { type RecordId, uuidV5 } from "../../src/domain/ids.ts";
import { keptPrefix } from "../../src/local/keys.ts";
import type { Quarantined } from "../../src/local/record-store.ts";
import type { Backend } from "./backend.ts";
import type { Device } from "./device.ts";
import { metaOn } from "./disk-laws.ts";
import type { Breach } from "./history.ts";
import { ask, create, createMany, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";
import { wholeRecord } from "./writes.ts";

const namespace = "6ba7b815-9dad-11d1-80b4-00c04fd430c8";

/**
 * The rest is sent again, once, also when the browser goes meanwhile; what rotted is in quarantine. The rest has another name
 * on the wire from then on, since there is a gap before it: it has it still when all of it is folded away.
 * @param foldAfter so many entries and steps
 */
export async function keptAndForgotten(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, devices, device } = on;
  if (device.damaged.length > 0 || device.clockJumped || foldAfter > mostEntries) return [];
  for (const one of devices) one.killAll();
  const breaches = await forgotten(on, foldAfter);
  for (const one of devices) if (one.tabs.length === 0) one.open();
  await time.advance(3 * second);
  return breaches;
}

/** What takes longer says the same. */
const mostEntries = 5;

async function forgotten(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, backend } = on;
  const { disk, link } = device;
  let tab = await alone(on);
  if (!tab) return [];
  const breaches: Breach[] = [];
  const say = (law: string, what: string): void => void breaches.push({ law, what: `Device ${device.index} ${what}` });
  await backend.backup();
  const { clientId } = tab.store;
  const ids: string[] = [];
  const write = async (from: WorkingTab, name: string): Promise<void> => {
    ids.push(...(await createMany(on, from, foldAfter + 2, name)));
    await ask(on, from);
    await time.advance(second);
  };
  const parts = (): string[] => [...disk.values.keys()].filter((key) => key.startsWith(`${keptPrefix}${clientId}/`));
  await write(tab, "kept first");
  const given = await givesUp(on, tab);
  for (let round = 0; round < 1 || (round < 3 && parts().length === 0); round++) await write(tab, `kept ${round}`);
  tab = await alone(on);
  if (!tab) return [];
  const [first] = parts().sort();
  const rotten = first === undefined ? null : disk.damage([first], "flip");
  if (!rotten) return [];
  // In small parts, so that the rest still waits when some of it is folded; then the browser goes.
  link.mostBytes = 700;
  const { generation } = metaOn(disk) ?? { generation: 0 };
  await backend.restore();
  void tab.engine.syncNow();
  await time.until(() => (metaOn(disk)?.generation ?? 0) > generation, 20 * second);
  device.killAll();
  link.mostBytes = Number.POSITIVE_INFINITY;
  tab = await alone(on);
  if (!tab) return [{ law: "L1", what: `Device ${device.index} does not open when a part of what it keeps rotted.` }];
  await ask(on, tab);
  const aside: Quarantined[] = [];
  void tab.store.quarantined().then((list) => aside.push(...list));
  await time.advance(second);
  if (!aside.some(({ key, raw }) => key === rotten.key && raw === rotten.after))
    say("L5", `could not read ${rotten.key}, which it needed, and has not put it into quarantine.`);
  await write(tab, "under its new name");
  tab = await alone(on);
  if (!tab) return breaches;
  await backend.backup();
  ids.push(create(tab, "forgotten as well"));
  await ask(on, tab);
  await backend.restore();
  for (let i = 0; i < 2; i++) await ask(on, tab);
  for (const { name, store } of device.working)
    if (store.parked().some(({ mutation }) => mutation.recordId === given))
      say("L3", `sends again what was given up: it is parked in ${name}.`);
  const whole = ids.filter((id) => !rotten.before.includes(id));
  return [...breaches, ...(await notOnce(backend, device, whole))];
}

/** A write that the server refuses, because it names nobody, and that is given up. @returns its record's id */
async function givesUp(on: Probing, tab: WorkingTab): Promise<string> {
  const id = uuidV5(namespace, tab.name) as RecordId;
  const record = wholeRecord("marks", { id, personId: uuidV5(namespace, "nobody") });
  void tab.store.commit([{ kind: "create", domain: "marks", record }]);
  await on.time.advance(20);
  await ask(on, tab);
  const parked = tab.store.parked().find(({ mutation }) => mutation.recordId === id)?.mutation;
  if (parked) void tab.store.discardParked(parked.client, parked.id);
  await on.time.advance(20);
  return id;
}

/** One tab, freshly opened, which has exchanged all. */
async function alone(on: Probing): Promise<WorkingTab | null> {
  const { device, time } = on;
  device.killAll();
  device.open();
  await time.advance(3 * second);
  const [tab] = device.working;
  if (tab) await ask(on, tab);
  return tab ?? null;
}

/** L2, F29: each was taken by the server under one name, and is there. */
async function notOnce(backend: Backend, { index, working }: Device, ids: readonly string[]): Promise<Breach[]> {
  const { records, answered } = await backend.state();
  return ids.flatMap((id): Breach[] => {
    const sent = answered.filter(({ mutation }) => mutation.recordId === id && mutation.kind === "create");
    const names = new Set(sent.map(({ mutation }) => `${mutation.client}/${mutation.id}`));
    const shown = working.map(({ store }) => store.get("teams", id)?.state ?? "not there");
    if (names.size === 1 && records.has(`teams/${id}`) && shown.every((state) => state === "synced")) return [];
    const what = `Device ${index}: what a server had forgotten was sent as ${[...names].join() || "nothing"}, is ${shown}.`;
    return [{ law: names.size > 1 ? "L2" : "F29", what }];
  });
}
