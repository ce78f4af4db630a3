/** A store that is used for long keeps no more than it has to. */
import type { RecordId } from "../../src/domain/ids.ts";
import { clientOf, numberOf, snapshotOf, stagePrefix, syncPrefix, walPrefix } from "../../src/local/keys.ts";
import type { StoreState } from "../../src/local/stored.ts";
import type { Device } from "./device.ts";
import { metaOn, onDisk } from "./disk-laws.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { day, second } from "./scene.ts";

/** Answered mutations are kept for seven days. */
const keptFor = 7 * day;
/** A log of which nothing is left is forgotten after thirty. */
const rememberedFor = 30 * day;
const hour = day / 24;

/**
 * A month later a device writes again, with and without an outbox; the others sleep, and come back when the server remembers
 * nothing of it any more (F28).
 */
export async function growOld(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, devices, device, backend } = on;
  if (device.clockJumped || device.damaged.length > 0) return [];
  for (const one of devices) one.killAll();
  const settled = foldedAway(device);
  await time.advance(32 * day);
  device.open();
  await time.advance(3 * second);
  const [tab] = device.working;
  if (!tab) return [{ law: "L1", what: `Device ${device.index} does not open after a month.` }];
  const breaches: Breach[] = [];
  const say = (what: string): void => void breaches.push({ law: "L5", what: `Device ${device.index} ${what}` });
  await ask(on, tab);
  const deleted: RecordId[] = [];
  const edited = create(tab, "edited there and back");
  await ask(on, tab);
  for (const stage of ["off", "dualwrite"] as const) {
    await backend.setStage(stage, null);
    await ask(on, tab);
    for (const text of ["edited there", "edited there and back"])
      void tab.store.commit([{ kind: "update", domain: "teams", id: edited, fields: { a: text } }]);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2 * foldAfter; i++) {
        const id = create(tab, `${stage} ${round} ${i}`);
        await time.advance(20);
        const state = tab.store.get("teams", id)?.state ?? "not there";
        if (stage === "off" && state !== "local") say(`shows what it wrote in \`off\` as ${state}.`);
        // What stays lies far apart, and is moved together.
        if (i % 4 === 0 || !tab.store.get("teams", id)) continue;
        void tab.store.commit([{ kind: "delete", domain: "teams", id }]);
        deleted.push(id);
        await time.advance(20);
      }
      await ask(on, tab);
      if (deleted.some((id) => tab.store.get("teams", id))) say(`shows in ${stage} what was deleted and folded in.`);
    }
    // Folded in, it is what the server has, and is no edit any more.
    const { state, serverVersion, record } = tab.store.get("teams", edited) ?? {};
    if (tab.heard.records.get(`teams/${edited}`) !== `${serverVersion} ${state} ${JSON.stringify(record)}`)
      say(`does not tell its listeners that what was edited there and back is ${state} in ${stage}.`);
    const entries = [...device.disk.values.keys()].filter((key) => key.startsWith("wal/")).length;
    if (entries > 9 * foldAfter) say(`keeps ${entries} entries in ${stage}.`);
  }
  await time.advance(second);
  for (const what of needless(device)) say(`keeps ${what}, which no generation needs.`);
  for (const client of settled)
    if (client in logsOf(device)) say(`keeps the log of ${client}, of which nothing has been left for a month.`);
  const now = device.browser.now();
  for (const [client, { kept, at }] of Object.entries(logsOf(device))) {
    const isOld = kept.some((part) => part.at < now - keptFor - hour);
    const single = kept.filter(({ first, last }) => first === last);
    if (!device.clockMoved && new Set(single.map((part) => part.at)).size < single.length)
      say(`keeps the answers of ${client} in a value each.`);
    const isIdle = kept.length === 0 && at > 0 && at < now - rememberedFor - hour;
    if (isOld || isIdle) say(`keeps ${isOld ? "answers" : "a log"} of ${client}, last at ${new Date(at).toJSON()}.`);
  }
  breaches.push(...onDisk(device));
  const unheard = create(tab, "goes, and nobody hears that it did");
  const overwritten = create(tab, "is written, and written over");
  await ask(on, tab);
  const { weather } = device.link;
  device.link.weather = { ...weather, oneWay: true };
  void tab.store.commit([{ kind: "delete", domain: "teams", id: unheard }]);
  void tab.store.commit([{ kind: "update", domain: "teams", id: overwritten, fields: { a: "nobody hears" } }]);
  await time.advance(second);
  device.killAll();
  const isOver = await writesOver(on, overwritten);
  await time.advance(32 * day);
  await backend.purge();
  device.link.weather = weather;
  for (const one of devices) one.open();
  await time.advance(20 * second);
  for (const { store } of device.working)
    if (store.parked().some(({ mutation }) => mutation.recordId === unheard))
      say("is asked what to do with a deletion of which nobody knows what became, and what it deleted is gone.");
  for (const { store } of device.working) {
    const isAsked = store.parked().some(({ mutation }) => mutation.recordId === overwritten);
    const state = store.get("teams", overwritten)?.state ?? "not there";
    if (isOver && (!isAsked || state !== "parked"))
      say(
        `has a write of which nobody knows what became; it is ${isAsked ? "parked" : "not in sight"}, and shown as ${state}.`,
      );
  }
  return breaches;
}

/** Another device has seen what this one wrote, and writes over it. */
async function writesOver({ time, devices, device }: Probing, id: RecordId): Promise<boolean> {
  const other = devices.find((one) => one !== device);
  other?.open();
  await time.advance(3 * second);
  const tab = other?.working.find(({ narrow }) => !narrow);
  let outcome = "";
  if (tab?.store.get("teams", id)?.record.a === "nobody hears") {
    void tab.store.commit([{ kind: "update", domain: "teams", id, fields: { a: "somebody else" } }]);
    await time.advance(second);
    ({ outcome } = await ask({ time }, tab));
  }
  other?.killAll();
  return outcome === "synced";
}

/** Logs of which all entries are folded away. */
function foldedAway(device: Device): string[] {
  const meta = metaOn(device.disk);
  const isLeft = (client: string): boolean =>
    [...device.disk.values.keys()].some(
      (key) => key.startsWith(`${walPrefix}${client}/`) && numberOf(key) > (meta?.logs[client]?.gone ?? 0),
    );
  return Object.keys(logsOf(device)).filter((client) => !isLeft(client));
}

/** Steps, entries and pages that are folded into both generations. */
function needless({ disk }: Device): string[] {
  const meta = metaOn(disk);
  const oldest = meta?.previous;
  if (!oldest) return [];
  return [...disk.values.keys()].filter((key) => {
    if (key.startsWith(syncPrefix)) return numberOf(key) <= oldest.syncFolded;
    if (key.startsWith(walPrefix)) return numberOf(key) <= (oldest.logs[clientOf(key)]?.gone ?? 0);
    return key.startsWith(stagePrefix) && snapshotOf(key) <= oldest.snapshot;
  });
}

function logsOf({ disk }: Device): StoreState["logs"] {
  const newest = [...disk.values].filter(([key]) => key.startsWith("state/")).sort(([a], [b]) => (a < b ? 1 : -1))[0];
  if (!newest) return {};
  const state: StoreState = JSON.parse(newest[1].slice(newest[1].indexOf(":") + 1));
  return state.logs;
}
