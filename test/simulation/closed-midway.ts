/** An engine is closed while its step is on its way to a slow disk: it says that it is closed when the step has ended (G15). */
import type { Breach } from "./history.ts";
import { create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

export async function closedMidway({ time, device }: Probing): Promise<Breach[]> {
  const { disk, link } = device;
  const tab = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  if (!tab || device.damaged.length > 0) return [];
  create(tab, "last");
  await time.until(() => link.out(tab.life) > 0, second);
  disk.slow = 500;
  await time.until(() => link.out(tab.life) === 0, second);
  // Until what was answered is looked through.
  await time.advance(1);
  let isClosed = false;
  void tab.engine.close().then(() => {
    isClosed = true;
    disk.ended.add(tab.life);
  });
  await time.until(() => isClosed, 5 * second);
  void tab.store.close();
  disk.slow = 0;
  await time.advance(2 * second);
  device.kill(tab);
  device.open();
  await time.advance(3 * second);
  return disk.misused.map((what) => ({ law: "G15", what: `Device ${device.index}: ${what}` }));
}
