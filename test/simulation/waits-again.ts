/** A server goes back to its backup just when it has answered a write, and before who wrote it has pulled up to there. */
import { answeredBehind } from "./answered-behind.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/**
 * What it has forgotten waits again, is counted again, and is sent again: once (F29).
 * @param page how many changes the server gives at once
 */
export async function waitsAgain(on: Probing, page: number): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const leading = (one: typeof device) => one.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  const [tab, other] = [leading(device), devices.filter((one) => one !== device).map(leading)[0]];
  if (!tab || !other || device.damaged.length > 0) return [];
  await ask(on, tab);
  // With what the others did in it, the cursor stays good, and says nothing of what is lost.
  const isGoodCursor = Math.trunc(time.now()) % 2 === 0;
  if (!isGoodCursor) await backend.backup();
  let id = "";
  const write = async (): Promise<void> => {
    if (isGoodCursor) await backend.backup();
    id = create(tab, "answered and forgotten");
  };
  if (!(await answeredBehind(on, { tab, other, meanwhile: page + 1, write }))) return [];
  const breaches: Breach[] = [];
  const say = (what: string): void => void breaches.push({ law: "F29", what: `${tab.name}: ${what}` });
  // Who wrote it sees it all the time, although the server's changes have not come as far.
  const shown = tab.store.get("teams", id)?.state ?? "not there";
  if (shown !== "synced")
    return [
      { law: "L4", what: `${tab.name}: what was answered is ${shown} until all that the server changed has come.` },
    ];
  await backend.restore();
  // What no request could carry before is tried again as well: it may be more than this one.
  const waits = await time.until(() => tab.store.get("teams", id)?.state === "pending", 60 * second);
  if (!waits) say("the server has forgotten a write, and nobody says that it waits again.");
  for (const one of [tab, other]) await ask(on, one);
  const { mutations, bytes } = tab.store.outbox();
  const state = tab.store.get("teams", id)?.state ?? "not there";
  if (mutations !== 0 || bytes !== 0 || state !== "synced")
    say(`it was sent again, is ${state}, and ${mutations} wait (${bytes} bytes).`);
  return breaches;
}
