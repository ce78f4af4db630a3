/** Where the stores of two tabs do not hear each other, what a `syncNow` says holds all the same (G17). */
import { metaKey } from "../../src/local/keys.ts";
import type { Device } from "./device.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";
import type { VirtualTime } from "./time.ts";

/**
 * A tab that follows writes for the first time, another device does, and the tab asks for everything: before anybody looks
 * at the disk or at the server by himself.
 */
export async function askedUnheard({ time, device, devices, pokes }: Probing): Promise<Breach[]> {
  const follower = device.working.findLast(({ engine, narrow }) => !narrow && !engine.status().leading);
  if (!follower || device.damaged.length > 0) return [];
  device.browser.deafTo = "hda/";
  pokes.loss = 100;
  const writer = devices.find((one) => one !== device)?.working.find(({ narrow }) => !narrow);
  const theirs = writer && create(writer, "elsewhere");
  if (writer) await ask({ time }, writer);
  const mine = create(follower, "unheard");
  await time.advance(300);
  const { outcome } = await ask({ time }, follower);
  const breaches: Breach[] = [];
  const say = (what: string): void => void breaches.push({ law: "L4", what: `${follower.name}: ${what}` });
  if (outcome !== "synced") say(`syncNow says ${outcome} although all is quiet but the tabs.`);
  for (const [id, whose] of [[mine, "own"] as const, [theirs, "another device's"] as const]) {
    const state = id && (follower.store.get("teams", id)?.state ?? "not there");
    if (outcome === "synced" && id && state !== "synced") say(`syncNow says synced, and ${whose} write is ${state}.`);
  }
  const leader = device.working.find(({ engine }) => engine.status().leading);
  if (leader && writer) {
    const { readings, values } = device.disk;
    const [before, meta] = [readings.get(leader.life), values.get(metaKey)];
    create(writer, "elsewhere again");
    await ask({ time }, writer);
    const again = create(follower, "unheard again");
    await time.advance(300);
    const asked = await ask({ time }, leader);
    const state = leader.store.get("teams", again)?.state ?? "not there";
    if (asked.outcome === "synced" && state !== "synced")
      say(`${leader.name} is asked to synchronise, says synced, and what this tab had written is ${state}.`);
    // A school's records are megabytes; who folds for the first time needs them.
    if (readings.get(leader.life) !== before && values.get(metaKey) === meta)
      say(`${leader.name} has read everything again because this tab wrote one record.`);
  }
  device.browser.deafTo = null;
  breaches.push(...(await answeredOnce(time, device, follower)), ...(await neverAnswered(time, device, follower)));
  pokes.loss = 0;
  // Has all tabs look at the disk.
  device.browser.stir();
  await time.advance(second);
  return breaches;
}

/** Whoever was answered asks no more: each question is a request at the server. */
async function answeredOnce(time: VirtualTime, { link }: Device, tab: WorkingTab): Promise<Breach[]> {
  await ask({ time }, tab);
  const { requests } = link;
  // Less than between two looks at the server.
  await time.advance(15 * second);
  if (link.requests === requests) return [];
  const what = `${tab.name}: syncNow was answered, and the server is asked ${link.requests - requests} times more.`;
  return [{ law: "F21", what }];
}

/** Nobody hears the question, and nobody else leads: in the end whoever asked is told so (L11). */
async function neverAnswered(time: VirtualTime, { browser }: Device, { name, engine }: WorkingTab): Promise<Breach[]> {
  browser.deafTo = "hda-sync/";
  let said: string | null = null;
  void engine.syncNow().then(({ outcome }) => {
    said = outcome;
  });
  await time.until(() => said !== null, 40 * second);
  browser.deafTo = null;
  if (said === "unanswered") return [];
  return [{ law: "L11", what: `${name}: no tab hears its question, and syncNow says ${said ?? "nothing, for ever"}.` }];
}
