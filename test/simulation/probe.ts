/** When all is quiet: what a user would try, and must find working, here, in the other tabs and on the other devices. */
import { type RecordId, uuidV5 } from "../../src/domain/ids.ts";
import type { Committed } from "../../src/local/record-store.ts";
import type { SyncReport } from "../../src/sync/status.ts";
import type { Backend } from "./backend.ts";
import type { Device, Pokes } from "./device.ts";
import { foldedSteps } from "./disk-laws.ts";
import { standingOf } from "./heard.ts";
import type { Breach } from "./history.ts";
import { unlikeFresh } from "./laws-of-tabs.ts";
import { fairWeather } from "./link.ts";
import { signIn, weathers } from "./perform.ts";
import { tried } from "./room.ts";
import { second, type WorkingTab } from "./scene.ts";
import type { VirtualTime } from "./time.ts";
import { wholeRecord } from "./writes.ts";

export interface Probing {
  readonly time: VirtualTime;
  readonly devices: readonly Device[];
  /** Which device tries. */
  readonly device: Device;
  readonly pokes: Pokes;
  readonly backend: Backend;
}

const namespace = "6ba7b812-9dad-11d1-80b4-00c04fd430c8";

export async function probe(on: Probing): Promise<Breach[]> {
  const { time, device, devices, pokes } = on;
  pokes.loss = 0;
  // What rotted since the other tabs read it, a new one cannot know.
  if (device.working.length < 2 && device.damaged.length === 0) device.open();
  // One that was said before the release may have come after it.
  for (const one of devices) for (const tab of one.working) one.release(tab);
  await time.advance(2 * second);
  const breaches: Breach[] = [];
  const say = (law: string, what: string): void => void breaches.push({ law, what });
  for (const one of devices) {
    for (const tab of one.working) {
      const { outcome } = await ask(on, tab);
      if (outcome !== "synced") say("F20", `${tab.name}: syncNow says ${outcome} although all is quiet.`);
      if (tab.engine.status().leading && tab.store.sync.compactionDue())
        say("L5", `${tab.name} leads, all is quiet, and its log is not folded.`);
    }
  }
  const writer = device.working.find(({ narrow }) => !narrow);
  if (!writer || breaches.length > 0) return breaches;
  const isWarned = writer.store.warnings.some((text) => text.includes("Durability"));
  if (isWarned !== (device.disk.durability === "relaxed"))
    say("L5", `${writer.name} warns of ${writer.store.warnings}.`);
  device.browser.babble();
  await writesOnline(on, writer, say);
  await isSignedOut(on, writer, say);
  await writesOffline(on, writer, say);
  return breaches;
}

type Say = (law: string, what: string) => void;

/** What `syncNow` came to. */
export async function ask(
  { time }: Pick<Probing, "time">,
  { engine }: WorkingTab,
): Promise<Partial<SyncReport> & Pick<SyncReport, "outcome">> {
  let report: SyncReport | null = null;
  void engine.syncNow().then((answer) => {
    report = answer;
  });
  await time.until(() => report !== null, 45 * second);
  return report ?? { outcome: "unanswered" };
}

/** @returns the new record's id */
export function create(
  { store }: WorkingTab,
  name: string,
  acknowledged: (committed: Committed) => void = () => {},
): RecordId {
  const id = uuidV5(namespace, name) as RecordId;
  const write = { kind: "create", domain: "teams", record: wholeRecord("teams", { id, a: name }) } as const;
  void store.commit([write]).then(acknowledged);
  return id;
}

/** One after another, each in an entry of its own: of so many as the app allows, the log is folded. */
export async function createMany(
  { time }: Pick<Probing, "time">,
  tab: WorkingTab,
  count: number,
  name: string,
): Promise<RecordId[]> {
  const ids: RecordId[] = [];
  for (let i = 0; i < count; i++) {
    ids.push(create(tab, `${name} ${i}`));
    await time.advance(20);
  }
  return ids;
}

async function writesOnline({ time, device, devices }: Probing, writer: WorkingTab, say: Say): Promise<void> {
  let state: string | undefined = "not acknowledged";
  let name = "";
  let overheard = 0;
  writer.store.subscribe(() => {
    overheard += 1;
  })();
  const id = create(writer, "online", ({ clientId, ids }) => {
    name = `${clientId}/${ids[0]}`;
    state = writer.store.get("teams", id)?.state;
  });
  await time.advance(400);
  if (state !== "pending") say("L1", `${writer.name}: a write that was just acknowledged is ${state}.`);
  for (const { store, name } of device.working)
    if (!store.get("teams", id)) say("L4", `${name} does not show what ${writer.name} wrote.`);
  await time.advance(5 * second);
  if (overheard > 0) say("L11", `${writer.name} tells a listener that has ended its subscription.`);
  for (const fields of [{ a: 42 }, { id: uuidV5(id, "another") }]) {
    const taken = await tried({ time }, writer, { kind: "update", domain: "teams", id, fields });
    if (taken !== "RECORD_INVALID") say("L11", `${writer.name}: an update to ${JSON.stringify(fields)} is ${taken}.`);
  }
  if (!writer.heard.results.has(name)) say("L11", `${writer.name} was not told what became of ${name}.`);
  for (const { store, name } of devices.flatMap(({ working }) => working)) {
    const seen = store.get("teams", id)?.state ?? "not there";
    if (seen !== "synced") say("L4", `${name}: what ${writer.name} wrote is ${seen} after five seconds.`);
    const { mutations, bytes, oldest } = store.outbox();
    if (mutations !== 0 || bytes !== 0 || oldest !== null) say("L4", `${name}: nothing waits, it says ${oldest}.`);
  }
  const { clockSkewMs } = writer.engine.status();
  if (clockSkewMs === null || Math.abs(clockSkewMs + device.browser.skew) > second)
    say("F22", `${writer.name} is ${device.browser.skew} ms ahead and says ${clockSkewMs}.`);
  if (!device.working.some(({ engine }) => engine.status().leading)) say("F12", `Device ${device.index}: none leads.`);
  for (const { name, engine, heard } of device.working) {
    const { outbox: _, ...status } = engine.status();
    const { outbox: __, ...told } = heard.status ?? engine.status();
    const { phase, error, paused, lastSyncedAt } = status;
    if (phase !== "idle" || error || paused.length > 0 || !lastSyncedAt)
      say("L11", `${name} shows ${JSON.stringify(status)} although all is quiet.`);
    if (!heard.status || JSON.stringify(told) !== JSON.stringify(status))
      say("L11", `${name} told its listeners ${JSON.stringify(told)}, it is ${JSON.stringify(status)}.`);
  }
}

async function isSignedOut(on: Probing, writer: WorkingTab, say: Say): Promise<void> {
  const { device } = on;
  device.link.signedIn = false;
  const { outcome } = await ask(on, writer);
  const { paused } = writer.engine.status();
  if (outcome !== "paused" || !paused.includes("auth"))
    say("F18", `${writer.name}: signed out, syncNow says ${outcome}, it waits for ${paused.join() || "nothing"}.`);
  signIn(device);
  const after = await ask(on, writer);
  if (after.outcome !== "synced") say("F18", `${writer.name}: signed in again, syncNow says ${after.outcome}.`);
  // The answer to the old token comes when there is a new one.
  device.link.order("401", 1);
  void writer.engine.syncNow();
  signIn(device);
  await on.time.advance(5 * second);
  const { paused: still } = writer.engine.status();
  if (still.length > 0) say("F18", `${writer.name}: signed in meanwhile, it waits for ${still.join()}.`);
}

async function writesOffline(on: Probing, writer: WorkingTab, say: Say): Promise<void> {
  const { time, device } = on;
  device.link.weather = weathers.down;
  const text = `offline ${"at length ".repeat(50)}`;
  const id = create(writer, text);
  create(writer, `also ${text}`);
  await time.advance(second);
  const written = 2 + (await writesAcross(on, writer, id));
  if (device.damaged.length === 0) {
    // What is folded in may rot: whoever opens offline must miss nothing, and cannot ask.
    device.disk.damage(foldedSteps(device.disk), "flip");
    device.open();
  }
  await time.advance(2 * second);
  const mine = JSON.stringify(writer.store.outbox());
  for (const { name, store, heard } of device.working) {
    const { mutations, bytes, oldest } = store.outbox();
    const state = store.get("teams", id)?.state;
    if (state !== "pending" || mutations !== written || bytes < 2 * text.length || oldest === null)
      say("L4", `${name}: written offline and ${state}; it says that ${mutations} wait (${bytes} bytes, ${oldest}).`);
    const maxBytes = 2 * text.length;
    const batch = store.sync.batch({ maxMutations: 1000, maxBytes });
    if (batch?.mutations.length !== 1)
      say("L4", `${name} sends ${batch?.mutations.length} writes of ${bytes} bytes, where ${maxBytes} are the limit.`);
    if (JSON.stringify(store.outbox()) !== mine) say("L4", `${name} has another outbox than ${writer.name}.`);
    if (heard.standing !== standingOf(store))
      say("L11", `${name}: written offline, and a listener believes ${heard.standing}; it is ${standingOf(store)}.`);
  }
  const fresh = device.working.at(-1);
  if (fresh && device.damaged.length === 0) {
    for (const breach of unlikeFresh(device.stateOf(writer), device.stateOf(fresh))) say(breach.law, breach.what);
  }
  const { leading } = writer.engine.status();
  const { outcome: came } = await ask(on, writer);
  // Who follows does not wait for as long as the request of who leads may take.
  if (came !== "failed" && (leading || came !== "unanswered"))
    say("F17", `${writer.name}: offline, syncNow is ${came}.`);
  const told: string[] = [];
  const end = writer.store.subscribe(({ kind }) => told.push(kind));
  // As long as a request is waited for.
  await time.advance(35 * second);
  end();
  if (told.length > 0) say("L11", `${writer.name}: offline nothing comes to be, and listeners are told of ${told}.`);
  const { error } = writer.engine.status();
  if (error?.code !== "SERVER_UNREACHABLE")
    say("L11", `${writer.name} is offline and says ${error?.code ?? "nothing"}.`);
  device.link.weather = fairWeather;
  const waits = device.working.some(({ engine }) => engine.status().leading && engine.status().phase === "waiting");
  const { requests } = device.link;
  device.browser.stir();
  await time.advance(20);
  // The browser's word is a hint that may lie; but it is taken at once, and not after the wait.
  if (waits && device.link.requests === requests)
    say("F17", `${writer.name}: the browser is online again, and nothing is asked.`);
  // A request that went into the void ends by its time alone; then it is tried again.
  let { outcome } = await ask(on, writer);
  for (let tries = 1; outcome !== "synced" && tries < 4; tries++) ({ outcome } = await ask(on, writer));
  await time.advance(second);
  const state = writer.store.get("teams", id)?.state;
  if (outcome !== "synced" || state !== "synced") say("F17", `${writer.name}: online again, ${outcome} and ${state}.`);
}

/** Another tab and this one write over a record, and hear of each other with what they write next. @returns how many writes */
async function writesAcross({ time, device }: Probing, writer: WorkingTab, id: RecordId): Promise<number> {
  const other = device.working.find((tab) => tab !== writer && !tab.narrow);
  if (!other) return 0;
  device.browser.channelLoss = 100;
  for (const [tab, field] of [[other, "b"] as const, [writer, "c"] as const]) {
    void tab.store.commit([{ kind: "update", domain: "teams", id, fields: { [field]: "across" } }]);
    await time.advance(20);
  }
  device.browser.channelLoss = 0;
  for (const tab of [other, writer]) {
    create(tab, `after it ${tab.name}`);
    await time.advance(20);
  }
  return 4;
}
