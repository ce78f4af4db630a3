/** The disk goes while a tab opens: wherever that happens, the app is told by one error, and the next opening is a whole one. */
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** More than an opening takes. */
const most = 60;

/** A store that holds something, and a profile that was evicted. */
export async function opensBadly(on: Probing): Promise<Breach[]> {
  const { device } = on;
  if (device.damaged.length > 0) return [];
  const before = device.working.find(({ narrow }) => !narrow);
  if (before) {
    create(before, "is read when another one opens");
    await ask(on, before);
  }
  const breaches = await opensAtLast(on, () => undefined);
  if (breaches.length === 0) breaches.push(...(await toldForNothing(on)));
  return breaches.length > 0 ? breaches : opensAtLast(on, () => device.disk.restore(new Map()));
}

/** What nobody waits for any more when the first operation has failed must not come up as a failure of its own (L11). */
async function opensAtLast({ time, device }: Probing, prepare: () => void): Promise<Breach[]> {
  const { disk, browser } = device;
  for (let operations = 1; operations < most; operations++) {
    device.killAll();
    prepare();
    disk.lostAfter = operations;
    device.open();
    const [tab] = device.tabs;
    if (!tab) return [];
    await time.until(() => tab.store !== null || tab.failed !== null, 20 * second);
    const wasLost = disk.lostAfter === 0;
    disk.mend();
    // What is still on its way comes as well.
    await time.advance(20);
    if (tab.store && !wasLost) return [];
    if (!tab.store && !tab.failed) return [{ law: "L11", what: `${tab.name} was not told that the disk is gone.` }];
    const kept = browser.lent.to(tab.life);
    if (tab.failed && kept.length > 0)
      return [{ law: "F8", what: `${tab.name} did not open (${tab.failed.code}), and keeps ${kept.join()}.` }];
  }
  return [{ law: "L1", what: `Device ${device.index} does not open with ${most} operations.` }];
}

/** L4: who listens from the opening on is told of what changes, and not of all that was read. */
async function toldForNothing({ time, device }: Probing): Promise<Breach[]> {
  const [tab] = device.working;
  // Who leads reads everything once more when a step has rotted.
  if (!tab || device.disk.rotted.length > 0) return [];
  const id = create(tab, "the first since it was opened");
  await time.advance(second);
  const told = [...tab.heard.asTheyWere].filter((key) => key !== `teams/${id}`);
  if (told.length === 0) return [];
  return [{ law: "L4", what: `${tab.name} was opened, and tells of ${told.join()}, which are as they were.` }];
}
