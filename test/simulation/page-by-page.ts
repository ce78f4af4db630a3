/** Much comes down, page by page, and something comes in between: a hold, or a server that goes back to its backup. */
import { stagePrefix } from "../../src/local/keys.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

/**
 * What is out is finished, and no further page is asked for until the release (SPEC.md, "Pauses"); pages of a history that is
 * no more are loaded anew, without anybody's doing (F29).
 * @param page how much the server gives at once
 */
export async function pageByPage(on: Probing, page: number): Promise<Breach[]> {
  const { device, devices, backend } = on;
  const other = devices.find((one) => one !== device)?.working.find(({ narrow }) => !narrow);
  const tab = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  if (!other || !tab || device.damaged.length > 0) return [];
  await backend.backup();
  await pulls(on, { tab, other, page });
  const breaches = [...(await saysHeld(on, tab)), ...(await loadsAgain(on))];
  for (const broken of device.holds.broken) breaches.push({ law: "F18", what: broken });
  return breaches;
}

interface Pulling {
  readonly tab: WorkingTab;
  readonly other: WorkingTab;
  readonly page: number;
}

/** Changes: held while the first page of them is on its way. */
async function pulls(on: Probing, { tab, other, page }: Pulling): Promise<void> {
  const { time, device, pokes } = on;
  pokes.loss = 100;
  // A release may be on its way from another tab for so long.
  await time.advance(6 * second);
  for (let i = 0; i < page + 2; i++) create(other, `one of many ${i}`);
  await ask(on, other);
  const { requests } = device.link;
  void tab.engine.syncNow();
  await time.until(() => device.link.requests > requests, second);
  device.hold(tab);
  await time.advance(3 * second);
  device.release(tab);
  pokes.loss = 0;
  await time.advance(6 * second);
  await ask(on, tab);
}

/** Held, from another tab if there is one, while its last request is out: when that is answered, it says that it is held. */
async function saysHeld({ time, device }: Probing, tab: WorkingTab): Promise<Breach[]> {
  const { requests } = device.link;
  void tab.engine.syncNow();
  await time.until(() => device.link.requests > requests, second);
  const by = device.working.find((one) => one !== tab) ?? tab;
  device.hold(by);
  await time.advance(3 * second);
  const { phase, leading } = tab.engine.status();
  device.release(by);
  await time.advance(6 * second);
  if (!leading || phase === "paused") return [];
  return [{ law: "F18", what: `${tab.name} is held, and says that it is ${phase}.` }];
}

/** Records: the profile is new, held after the first page, and meanwhile the server goes back. */
async function loadsAgain(on: Probing): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const others = devices.filter((one) => one !== device);
  const { disk } = device;
  const pages = (): number => [...disk.values.keys()].filter((key) => key.startsWith(stagePrefix)).length;
  device.killAll();
  disk.restore(new Map());
  device.open();
  await time.until(() => pages() > 0, 10 * second);
  const [tab] = device.working;
  if (!tab) return [{ law: "F9", what: `Device ${device.index} does not open on an empty disk.` }];
  device.hold(tab);
  await time.advance(3 * second);
  // Whoever sends again what the server has lost may make the same history anew.
  for (const one of others) one.killAll();
  await backend.restore();
  device.release(tab);
  await time.advance(10 * second);
  const { outcome } = await ask(on, tab);
  for (const one of others) one.open();
  await time.advance(10 * second);
  if (outcome === "synced") return [];
  const what = `${tab.name} loads all of it, the server goes back meanwhile, and syncNow says ${outcome}.`;
  return [{ law: "F29", what }];
}
