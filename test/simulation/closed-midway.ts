/** What is closed in the middle of something says that it is closed when that has ended (G15, F8). */
import type { Tab } from "./device.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

export async function closedMidway(on: Probing): Promise<Breach[]> {
  for (const part of [closedWhenAnswered, closedWhileItReads, stoppedWhileItLoads]) {
    const breaches = await part(on);
    if (breaches.length > 0) return breaches;
  }
  return [];
}

/** A step is on its way to a slow disk. */
async function closedWhenAnswered({ time, device }: Probing): Promise<Breach[]> {
  const { disk, link } = device;
  const tab = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  if (!tab || device.damaged.length > 0) return [];
  create(tab, "last");
  await time.until(() => link.out(tab.life) > 0, second);
  disk.slow = 500;
  await time.until(() => link.out(tab.life) === 0, second);
  // Until what was answered is looked through.
  await time.advance(1);
  await closes({ time, device }, tab);
  disk.slow = 0;
  await time.advance(2 * second);
  return misused(device);
}

/** The engine, then the store; another tab is opened. */
async function closes({ time, device }: Pick<Probing, "time" | "device">, tab: WorkingTab): Promise<void> {
  let isClosed = false;
  void tab.engine.close().then(() => {
    isClosed = true;
    device.disk.ended.add(tab.life);
  });
  await time.until(() => isClosed, 5 * second);
  void tab.store.close();
  await time.advance(2 * second);
  device.kill(tab);
  device.open();
  await time.advance(3 * second);
}

const misused = ({ index, disk }: Probing["device"]): Breach[] =>
  disk.misused.map((what) => ({ law: "G15", what: `Device ${index}: ${what}` }));

/** Another tab has told of a write, and the disk is slow. */
async function closedWhileItReads({ time, device }: Probing): Promise<Breach[]> {
  const { disk, browser } = device;
  if (device.working.length < 2) device.open();
  await time.advance(3 * second);
  const writer = device.working.find(({ narrow }) => !narrow);
  const reader = device.working.find((one) => one !== writer);
  if (!writer || !reader) return [];
  let isTold = false;
  disk.slow = 200;
  create(writer, "told to the one that closes", () => {
    isTold = true;
  });
  await time.until(() => isTold, second);
  await time.advance(2 * browser.channelDelay + 1);
  let left: readonly string[] | null = null;
  void reader.engine
    .close()
    .then(() => reader.store.close())
    .then(() => {
      left = browser.lent.to(reader.life);
    });
  await time.until(() => left !== null, 5 * second);
  disk.slow = 0;
  await time.advance(second);
  device.kill(reader);
  const still: readonly string[] = left ?? ["not come to an end"];
  if (still.length === 0) return [];
  return [{ law: "F8", what: `${reader.name} was closed while it read, and still has ${still.join()}.` }];
}

/** A new profile loads everything: it is held for a moment behind each page; the next time it is closed behind the last one. */
async function stoppedWhileItLoads(on: Probing): Promise<Breach[]> {
  const { time, device } = on;
  const { disk } = device;
  const load = async (stored: (tab: WorkingTab) => void, isDone: () => boolean): Promise<void> => {
    device.killAll();
    disk.restore(new Map());
    device.open();
    device.onEvent = (tab, met) => {
      if (met === "staging + stored") time.after(0.05, () => isWorking(tab) && stored(tab));
    };
    await time.until(isDone, 10 * second);
    device.onEvent = null;
  };
  let pages = 0;
  const hold = (tab: WorkingTab): void => {
    pages += 1;
    device.hold(tab);
    time.after(20, () => device.release(tab));
  };
  await load(hold, () => false);
  const [tab] = device.working;
  const { outcome } = tab ? await ask(on, tab) : { outcome: "not open" };
  if (outcome !== "synced")
    return [{ law: "F18", what: `Device ${device.index} was held behind each page, and syncNow says ${outcome}.` }];
  let left = pages;
  let last: WorkingTab | null = null;
  const find = (one: WorkingTab): void => {
    left -= 1;
    if (left === 0) last = one;
  };
  await load(find, () => last !== null);
  if (last) await closes(on, last);
  return misused(device);
}

const isWorking = (tab: Tab): tab is WorkingTab => !tab.life.dead && tab.store !== null && tab.engine !== null;
