/** A store that is used for long keeps no more than it has to. */
import type { StoreState } from "../../src/local/stored.ts";
import type { Device } from "./device.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { day, second } from "./scene.ts";

/** Answered mutations are kept for seven days. */
const keptFor = 7 * day;
/** A log of which nothing is left is forgotten after thirty. */
const rememberedFor = 30 * day;
const hour = day / 24;

/** A month later a device writes again, with and without an outbox; the others sleep, and come back in the end. */
export async function growOld(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, devices, device, backend } = on;
  if (device.clockJumped || device.damaged.length > 0) return [];
  for (const one of devices) one.killAll();
  await time.advance(32 * day);
  device.open();
  await time.advance(3 * second);
  const [tab] = device.working;
  if (!tab) return [{ law: "L1", what: `Device ${device.index} does not open after a month.` }];
  const breaches: Breach[] = [];
  const say = (what: string): void => void breaches.push({ law: "L5", what: `Device ${device.index} ${what}` });
  await ask(on, tab);
  for (const stage of ["off", "dualwrite"] as const) {
    await backend.setStage(stage, null);
    await ask(on, tab);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2 * foldAfter; i++) {
        const id = create(tab, `${stage} ${round} ${i}`);
        await time.advance(20);
        const state = tab.store.get("teams", id)?.state ?? "not there";
        if (stage === "off" && state !== "local") say(`shows what it wrote in \`off\` as ${state}.`);
        // What stays lies far apart, and is moved together.
        if (i % 4 === 0 || !tab.store.get("teams", id)) continue;
        void tab.store.commit([{ kind: "delete", domain: "teams", id }]);
        await time.advance(20);
      }
      await ask(on, tab);
    }
    const entries = [...device.disk.values.keys()].filter((key) => key.startsWith("wal/")).length;
    if (entries > 9 * foldAfter) say(`keeps ${entries} entries in ${stage}.`);
  }
  const now = device.browser.now();
  for (const [client, { kept, at }] of Object.entries(logsOf(device))) {
    const isOld = kept.some((part) => part.at < now - keptFor - hour);
    const isIdle = kept.length === 0 && at > 0 && at < now - rememberedFor - hour;
    if (isOld || isIdle) say(`keeps ${isOld ? "answers" : "a log"} of ${client}, last at ${new Date(at).toJSON()}.`);
  }
  for (const one of devices) if (one !== device) one.open();
  await time.advance(20 * second);
  return breaches;
}

function logsOf({ disk }: Device): StoreState["logs"] {
  const newest = [...disk.values].filter(([key]) => key.startsWith("state/")).sort(([a], [b]) => (a < b ? 1 : -1))[0];
  if (!newest) return {};
  const state: StoreState = JSON.parse(newest[1].slice(newest[1].indexOf(":") + 1));
  return state.logs;
}
