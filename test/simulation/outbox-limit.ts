/** What waits for the server has a limit, and who meets it is told (OUTBOX_FULL): the disk is not filled with what cannot go out. */
import { triedAtOnce } from "./failing-disk.ts";
import type { Breach } from "./history.ts";
import { ask, type Probing } from "./probe.ts";
import { creation } from "./room.ts";
import { second } from "./scene.ts";

/** Room for a few small writes; in UTF-16 code units of their JSON. */
const maxOutboxBytes = 1500;

/** Nobody is signed in, and a tab writes more at once than may wait. */
export async function outboxLimit(on: Probing): Promise<Breach[]> {
  const { time, device } = on;
  const [first] = device.working;
  if (!first || device.damaged.length > 0) return [];
  const before = new Set(device.tabs);
  device.open({ maxOutboxBytes });
  await time.advance(2 * second);
  const tab = device.working.find(({ name }) => device.tabs.some((one) => one.name === name && !before.has(one)));
  if (!tab) return [];
  device.link.signedIn = false;
  await ask(on, first);
  const writes = Array.from({ length: 8 }, (_, i) => creation(`waits ${i}`));
  const came = await triedAtOnce(on, tab, writes);
  const { bytes } = tab.store.outbox();
  device.link.signedIn = true;
  for (const { engine } of device.working) engine.tokenChanged();
  await ask(on, first);
  device.kill(tab);
  const isTold = came.every((answer) => answer === "taken" || answer === "OUTBOX_FULL");
  if (isTold && came[0] === "taken" && came.includes("OUTBOX_FULL") && bytes <= maxOutboxBytes) return [];
  const what = `${tab.name}: ${maxOutboxBytes} bytes may wait, ${bytes} do; of what was written at once it says ${came.join()}.`;
  return [{ law: "L11", what }];
}
