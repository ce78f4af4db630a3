/** Does the steps of a schedule: to tabs, disks, clocks, the network and the server. */
import { isAdapterError } from "../../src/domain/errors.ts";
import { decode } from "../../src/local/codec.ts";
import type { Device } from "./device.ts";
import { rottenOf } from "./disk-laws.ts";
import { fairWeather, type Weather } from "./link.ts";
import { day, type Scene, type WorkingTab } from "./scene.ts";
import type { Step, WeatherName } from "./schedule.ts";
import { syncNow } from "./sync-now.ts";
import { mend, write } from "./writes.ts";

export const weathers: Readonly<Record<WeatherName, Weather>> = {
  fair: fairWeather,
  down: { ...fairWeather, down: true },
  oneWay: { ...fairWeather, oneWay: true },
  lossy: { ...fairWeather, requestLoss: 25, answerLoss: 35, doubled: 10 },
  slow: { ...fairWeather, slow: 20_000, answerLoss: 5 },
  doubling: { ...fairWeather, doubled: 80, slow: 3000 },
};

/** Does what a step says. What it asks of tabs is begun, not waited for: the next step comes in between. */
export async function perform(scene: Scene, step: Step): Promise<void> {
  const { backend } = scene;
  const device = scene.devices[step.device];
  if (!device) return;
  const tabs = device.working;
  const tab = "tab" in step ? tabs[step.tab % Math.max(1, tabs.length)] : undefined;
  switch (step.do) {
    case "write":
      if (tab) write(scene, device, tab, step);
      return;
    case "sync":
      if (tab) syncNow(scene, device, tab);
      return;
    case "mend":
      if (tab) mend(scene, device, tab, step);
      return;
    case "hold":
      if (tab) device.hold(tab);
      return;
    case "release":
      if (tab) device.release(tab);
      return;
    case "open":
      if (device.tabs.length < 4) device.open();
      return;
    case "crashTab":
      if (!tab) return;
      scene.count("tab-crash");
      return device.kill(tab);
    case "closeTab":
      if (tab) close(scene, device, tab);
      return;
    case "crash":
      scene.count(step.power ? "power-cut" : "browser-crash");
      device.killAll();
      if (step.power && device.disk.powerCut() > 0) {
        device.rotten = [];
        excuse(scene, device, "relaxed", scene.time.now() - 5000);
        forgetNames(scene, device);
      }
      device.open();
      return;
    case "freeze":
      if (!tab) return;
      scene.count("freeze");
      tab.life.freeze();
      if (step.steal) device.browser.stealLocks();
      return;
    case "thaw":
      for (const one of device.tabs) one.life.thaw();
      return;
    case "steal":
      scene.count("steal");
      device.hurt = true;
      return device.browser.stealLocks(step.deaf);
    case "weather":
      device.link.weather = weathers[step.is];
      device.browser.online = step.is !== "down" || step.n % 2 === 0;
      return;
    case "answer":
      return device.link.order(step.fault, step.times);
    case "mostBytes":
      device.link.mostBytes = step.bytes;
      return;
    case "signOut":
      device.link.signedIn = false;
      return;
    case "signIn":
      return signIn(device);
    case "stir":
      return device.browser.stir();
    case "clock":
      scene.count("clock");
      device.clockMoved = true;
      device.clockJumped ||= Math.abs(step.skew - device.browser.skew) > 7 * day;
      device.browser.skew = step.skew;
      return device.browser.stopClock(step.stopped);
    case "disk":
      device.hurt = true;
      return device.disk.order(step.fault, step.times);
    case "full":
      device.hurt = true;
      return device.disk.narrow(step.room);
    case "slowDisk":
      scene.count("slow-disk");
      device.disk.slow = step.most;
      return;
    case "damage":
      return damage(scene, device, step);
    case "channels":
      scene.count("channels");
      device.browser.channelLoss = step.loss;
      device.browser.channelDelay = step.delay;
      return;
    case "image":
      device.image = { values: device.disk.image(), at: scene.time.now() };
      return;
    case "fromImage":
      if (!device.image) return;
      scene.count("profile-restored");
      device.killAll();
      device.disk.restore(device.image.values);
      device.rotten = [];
      // What was sent again to a server that had lost it, and what that met, stands in the newer image alone.
      excuse(scene, device, "profile restored", scene.serverWentBack ? 0 : device.image.at);
      forgetNames(scene, device);
      return device.open();
    case "evict":
      scene.count("evicted");
      device.killAll();
      device.disk.restore(new Map());
      device.rotten = [];
      device.image = null;
      excuse(scene, device, "evicted", 0);
      return device.open();
    case "stage":
      scene.count("stage-change");
      return backend.setStage(step.stage, step.domain);
    case "backup":
      return backend.backup();
    case "restore": {
      const { losses } = await backend.state();
      if (!(await backend.restore())) return;
      scene.count("server-restored");
      scene.serverWentBack = true;
      for (const one of scene.devices) {
        // By the device's own clock an answered mutation is kept for seven days.
        const forgotten = one.clockJumped ? Number.POSITIVE_INFINITY : scene.time.now() - 7 * day;
        excuse(scene, one, "forgotten by all", 0, forgotten);
      }
      // What lost a conflict changed nothing: a history that is made again without it is the same, and nobody notices.
      for (const { loser, kind, domain, recordId } of losses)
        for (const attempt of scene.attempts) {
          const isItsDeletion =
            kind === "UPDATE_DELETE" &&
            attempt.kind === "delete" &&
            attempt.domain === domain &&
            attempt.recordId === recordId;
          if (isItsDeletion || Object.values(loser).includes(attempt.sign)) attempt.excuse ??= "lost a conflict";
        }
      return;
    }
    case "die":
      return backend.dieAt(step.at);
    case "holiday":
      return holiday(scene);
    case "pokes":
      scene.pokes.loss = step.loss;
      scene.pokes.doubled = step.doubled;
      scene.pokes.early = step.early;
      return;
  }
}

function close(scene: Scene, device: Device, tab: WorkingTab): void {
  scene.count("tab-closed");
  device.call(
    tab,
    "close",
    async () => {
      await tab.engine.close();
      device.disk.ended.add(tab.life);
      // What an app still asks of a closed engine does no harm.
      tab.engine.hold("user");
      tab.engine.release("user");
      await tab.engine.close();
      await tab.store.close();
      return tab.store.commit([]).then(
        () => "taken",
        (error: unknown) => (isAdapterError(error) ? error.code : String(error)),
      );
    },
    (written) => {
      if (written !== "STORE_CLOSED") scene.breach("F8", `${tab.name} is closed, and a write is ${written}.`);
      // It may be told to close twice.
      for (const call of tab.open)
        if (!call.startsWith("close")) scene.breach("F8", `${tab.name} is closed and has not answered ${call}.`);
      if (!tab.letGo) scene.breach("F8", `${tab.name} is closed and holds its disk.`);
      if (device.browser.holds(tab.life)) scene.breach("F12", `${tab.name} is closed and holds the lead.`);
      const lent = device.browser.lent.to(tab.life);
      if (lent.length > 0) scene.breach("F8", `${tab.name} is closed and still has ${lent.join()}.`);
      device.kill(tab);
    },
  );
}

export function signIn(device: Device): void {
  device.link.signedIn = true;
  for (const tab of device.working) tab.engine.tokenChanged();
}

function damage(scene: Scene, device: Device, { what, how, which }: Extract<Step, { do: "damage" }>): void {
  const all = [...device.disk.values].filter(([key]) => key.startsWith(`${what}/`));
  const meant = which === "promotion" ? all.filter(([, text]) => text.includes('"promoted":')) : all;
  const keys = meant.map(([key]) => key).sort();
  const found = device.disk.damage(which ? keys.slice(-1) : keys, how);
  if (!found) return;
  if (decode(found.before) && decode(found.after))
    scene.breach("L5", `Device ${device.index} takes ${found.key} for whole, and it rotted (${how}).`);
  // What a tab wrote, and nobody else had read, stands in its memory alone; all else is mended while it is open.
  if (what === "wal") device.hurt = true;
  // Both that say what was made of stage `off`, the step and the log: nobody knows any more that it was, or as what.
  if (what === "wal" ? hasRotten(device, "sync") : what === "sync" && hasRotten(device, "wal"))
    for (const attempt of scene.attempts)
      if (attempt.device === device.index && !attempt.numbered) attempt.sentAgain = true;
  device.damaged.push(found);
  device.damagedAt = scene.time.now();
  const rotten = rottenOf(device.disk, found);
  device.rotten = [...device.rotten.filter(({ key }) => key !== found.key), ...(rotten ? [rotten] : [])];
  scene.trace.add(`d${device.index} damage ${how} ${found.key}`);
}

/** Everybody is away for a month, and the server forgets what it may. */
async function holiday(scene: Scene): Promise<void> {
  scene.count("holiday");
  for (const device of scene.devices) {
    device.killAll();
    // What was read before it rotted is kept for a week.
    device.rotten = [];
  }
  await scene.time.advance(31 * day);
  await scene.backend.purge();
  for (const device of scene.devices) if (device.index % 2 === 0) device.open();
}

const hasRotten = ({ damaged }: Device, what: string): boolean => damaged.some(({ key }) => key.startsWith(`${what}/`));

/** A disk that forgot a promotion, and has other content since, makes other mutations of what was unnumbered. */
function forgetNames(scene: Scene, device: Device): void {
  for (const attempt of scene.attempts) {
    if (attempt.device === device.index && !attempt.numbered) attempt.nameless = true;
  }
}

/** What was acknowledged in between may be gone for good. */
function excuse(scene: Scene, device: Device, why: string, from: number, to = Number.POSITIVE_INFINITY): void {
  for (const attempt of scene.attempts) {
    const within = attempt.state !== "refused" && attempt.acknowledgedAt >= from && attempt.acknowledgedAt <= to;
    if (attempt.device === device.index && within) attempt.excuse ??= why;
  }
}
