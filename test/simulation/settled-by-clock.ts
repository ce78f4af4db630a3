/** A conflict that was met while the clock was ahead ends by what is written when it is right again (L6, F22). */
import { type RecordId, uuidV5 } from "../../src/domain/ids.ts";
import type { Breach } from "./history.ts";
import { fairWeather } from "./link.ts";
import { weathers } from "./perform.ts";
import { ask, createMany, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";
import { wholeRecord } from "./writes.ts";

const namespace = "6ba7b814-9dad-11d1-80b4-00c04fd430c8";

const hour = 3_600_000;
/** What takes longer says the same. */
const mostEntries = 8;

/** Meanwhile all of it is folded away, and the browser is started again. @param foldAfter so many entries and steps */
export async function settledByClock(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, devices } = on;
  const { browser, link } = device;
  const there = devices.find((one) => one !== device)?.working.find(({ narrow }) => !narrow);
  const here = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  if (!here || !there || device.damaged.length > 0 || foldAfter > mostEntries) return [];
  const edit = ({ store }: WorkingTab, id: RecordId, a: string): void =>
    void store.commit([{ kind: "update", domain: "marks", id, fields: { a } }]).catch(() => undefined);
  const { skew } = browser;
  browser.skew = skew + hour;
  const id = createMark(here);
  for (const tab of [here, there]) await ask(on, tab);
  link.weather = weathers.down;
  edit(here, id, "mine");
  edit(there, id, "theirs");
  await time.advance(second);
  await ask(on, there);
  link.weather = fairWeather;
  for (let tries = 0; tries < 3 && here.store.get("marks", id)?.state === "pending"; tries++) await ask(on, here);
  const isMet = here.store.get("marks", id)?.state === "conflict";
  await createMany(on, here, foldAfter, "until the conflict is folded");
  await ask(on, here);
  await time.advance(second);
  device.killAll();
  browser.skew = skew;
  device.open();
  await time.advance(3 * second);
  const [tab] = device.working;
  if (!tab || !isMet) return [];
  edit(tab, id, "settled");
  await time.advance(second);
  await ask(on, tab);
  const { state, record } = tab.store.get("marks", id) ?? { state: "not there", record: null };
  if (state === "synced" && record?.a === "settled") return [];
  return [{ law: "L6", what: `${tab.name}: a conflict was settled by "${record?.a}", and the record is ${state}.` }];
}

function createMark({ store }: WorkingTab): RecordId {
  const id = uuidV5(namespace, "is fought over, and settled") as RecordId;
  void store.commit([{ kind: "create", domain: "marks", record: wholeRecord("marks", { id, a: "first" }) }]);
  return id;
}
