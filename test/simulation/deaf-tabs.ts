/** Where the stores of two tabs do not hear each other, what a `syncNow` says holds all the same (G17). */
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

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
  device.browser.deafTo = null;
  pokes.loss = 0;
  // Has all tabs look at the disk.
  device.browser.stir();
  await time.advance(second);
  return breaches;
}
