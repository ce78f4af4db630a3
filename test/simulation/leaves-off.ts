/** The school goes back to `off` for a moment; who hears of its end, and who hears of it later than another tab. */
import { type RecordId, uuidV5 } from "../../src/domain/ids.ts";
import type { Breach } from "./history.ts";
import { unheard } from "./laws-of-tabs.ts";
import { signIn } from "./perform.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";
import { wholeRecord } from "./writes.ts";

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
  const write = (domain: "teams", id: RecordId, a: string, tab = leader): void => {
    tab.store.commit([{ kind: "update", domain, id, fields: { a } }]).catch((error: unknown) => {
      say("L1", `${tab.name} writes "${a}" and is refused: ${error}`);
    });
  };
  const known = [1, 2, 3, 4].map((n) => uuidV5(edited, `known ${n}`) as RecordId);
  for (const id of known)
    void leader.store.commit([{ kind: "create", domain: "teams", record: wholeRecord("teams", { id }) }]);
  for (const tab of [leader, late]) await ask(on, tab);
  await backend.setStage("off", null);
  for (const tab of [leader, late]) await ask(on, tab);
  for (const tab of [leader, late])
    for (const what of unheard(device.stateOf(tab))) say("L4", `in \`off\`, ${tab.name}: ${what}`);
  write("teams", edited, "in off");
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
  for (const one of known) write("teams", one, "unaware", late);
  const all: (readonly ["teams", RecordId])[] = [["teams", id], ...known.map((one) => ["teams", one] as const)];
  const shows = (domain: string, one: string): boolean => leader.store.get(domain, one)?.record.a === "unaware";
  disk.slow = 60;
  void leader.engine.syncNow();
  await time.until(() => shows("teams", id), 20 * second);
  // At any moment of what is made of them now.
  await time.advance(Math.trunc(time.now()) % 14);
  const written: (typeof all)[number][] = [];
  for (const one of all) {
    if (shows(...one)) {
      write(...one, "last word");
      written.push(one);
    }
    await time.advance(14);
  }
  await time.advance(second);
  disk.slow = 0;
  await unawareStill(on, leader, late, say);
  browser.channelLoss = 0;
  browser.stir();
  await time.advance(2 * second);
  for (const one of devices) for (const tab of one.working) await ask(on, tab);
  for (const { name, store } of [leader, late])
    for (const one of written) {
      const { record, state } = store.get(...one) ?? { record: null, state: "not there" };
      if (record?.a !== "last word" || state !== "synced")
        say("L3", `the last word was written over what it showed; in ${name} it is "${record?.a}", ${state}.`);
    }
  return breaches;
}

/** The tab has not heard of the outbox yet: what it writes is sent with all else (G17), and counted while nothing can be sent. */
async function unawareStill(
  on: Probing,
  leader: WorkingTab,
  late: WorkingTab,
  say: (law: string, what: string) => void,
): Promise<void> {
  const { time, device } = on;
  const state = (id: string): string => leader.store.get("teams", id)?.state ?? "not there";
  const sent = create(late, "unaware still");
  await time.advance(200);
  const { outcome } = await ask(on, leader);
  if (outcome === "synced" && state(sent) !== "synced")
    say("L4", `syncNow says synced, and what a tab wrote that had not heard of the outbox is ${state(sent)}.`);
  device.link.signedIn = false;
  await ask(on, leader);
  const edit = (tab: WorkingTab, fields: Readonly<Record<string, string>>): void =>
    void tab.store.commit([{ kind: "update", domain: "teams", id: sent, fields }]);
  edit(leader, { b: "waits below" });
  const waits = create(late, "unaware, signed out");
  // One on the other, and both on what waits.
  for (const c of ["unaware", "unaware once more"]) edit(late, { c });
  await time.advance(20 * second);
  const { mutations } = leader.store.outbox();
  if (state(waits) !== "pending" || mutations !== 4)
    say("L4", `what a tab wrote that had not heard of the outbox is ${state(waits)}; ${mutations} are said to wait.`);
  signIn(device);
  await ask(on, leader);
  const { b, c }: Readonly<Record<string, unknown>> = leader.store.get("teams", sent)?.record ?? {};
  if (b !== "waits below" || c !== "unaware once more" || state(sent) !== "synced")
    say("L6", `three writes of other fields in one order are "${b}" and "${c}", ${state(sent)}.`);
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
