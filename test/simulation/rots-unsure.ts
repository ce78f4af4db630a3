/** An entry whose tab does not know whether it was kept rots: that tab writes on, and so does another that sets it aside. */
import { walPrefix } from "../../src/local/keys.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { creation, tried } from "./room.ts";
import { second } from "./scene.ts";

/** Both tabs read everything again for it; what one of them writes meanwhile is neither lost nor in the way. */
export async function rotsUnsure(on: Probing): Promise<Breach[]> {
  const { time, device } = on;
  const { disk, browser } = device;
  const [unsure, other] = device.working.filter(({ narrow }) => !narrow);
  if (!unsure || !other || device.damaged.length > 0) return [];
  const entries = (): string[] =>
    [...disk.values.keys()].filter((key) => key.startsWith(`${walPrefix}${unsure.store.clientId}/`)).sort();
  const before = new Set(entries());
  disk.order("lostAfter", 1);
  // Nor can it look whether it is there.
  disk.order("unreadable", 1);
  const came = await tried(on, unsure, creation("unsure"));
  disk.mend();
  const [entry] = entries().filter((key) => !before.has(key));
  // Another tab met the faults.
  if (came !== "STORAGE_LOST" || entry === undefined || !disk.damage([entry], "flip")) return [];
  browser.stir();
  const written: string[] = [];
  for (let i = 0; i < 12; i++) {
    await time.advance(2);
    written.push(create(other, `meanwhile ${i}`));
  }
  await time.advance(2 * second);
  const breaches: Breach[] = [];
  const say = (law: string, what: string): void => void breaches.push({ law, what });
  const after = await tried(on, unsure, creation("after it"));
  if (after !== "taken") say("L11", `${unsure.name}: an entry of unknown fate rotted, and the next write is ${after}.`);
  const { outcome } = await ask(on, other);
  if (outcome !== "synced") say("L4", `${other.name}: an entry rotted, and syncNow says ${outcome}.`);
  for (const { name, store } of [unsure, other])
    for (const id of written) {
      const state = store.get("teams", id)?.state ?? "not there";
      if (state !== "synced") say("L1", `${name}: what was written while all was read again is ${state}.`);
    }
  return breaches;
}
