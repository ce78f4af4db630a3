/** What comes back instead of the server's answer to what was sent: somebody else's, or a refusal. */
import type { Breach } from "./history.ts";
import { type AnswerFault, fairWeather } from "./link.ts";
import { weathers } from "./perform.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

type Say = (law: string, what: string) => void;

export async function notAnAnswer(on: Probing): Promise<Breach[]> {
  const { device } = on;
  const leader = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  if (!leader || device.damaged.length > 0) return [];
  const breaches: Breach[] = [];
  const say = (law: string, what: string): void => void breaches.push({ law, what: `${leader.name}: ${what}` });
  await ask(on, leader);
  await isStrange(on, leader, say);
  await isForbidden(on, leader, say);
  await isTooLongNow(on, leader, say);
  await isTooLong(on, leader, say);
  return breaches;
}

const strange: readonly (readonly [fault: AnswerFault, writes: number])[] = [
  ["strange", 0],
  ["strange", 2],
  ["stuck", 0],
  ["mute", 1],
];

/** Somebody answers the question of somebody else, when nothing is sent, and when something is: nothing of it is taken (B17). */
async function isStrange(on: Probing, leader: WorkingTab, say: Say): Promise<void> {
  const { time, device } = on;
  const { store, engine } = leader;
  for (const [fault, writes] of strange) {
    device.link.order(fault, 1);
    for (let i = 0; i < writes; i++) create(leader, `answered strangely: ${fault} ${i}`);
    await time.until(() => store.outbox().mutations === writes, second);
    const { cursor } = store.position;
    const { outcome } = await ask(on, leader);
    const { error } = engine.status();
    if (outcome !== "failed" || error?.code !== "SERVER_ANSWER")
      say("B17", `answered by a stranger, syncNow says ${outcome}, and it tells of ${error?.code ?? "no failure"}.`);
    if (store.position.cursor !== cursor)
      say("B17", `answered by a stranger, its cursor goes from ${cursor} to ${store.position.cursor}.`);
    const after = await ask(on, leader);
    if (after.outcome !== "synced") say("B17", `answered by its server again, syncNow says ${after.outcome}.`);
  }
}

/** A right that is missing is no failure that passes in a moment: it is waited for by its name (F18). */
async function isForbidden(on: Probing, leader: WorkingTab, say: Say): Promise<void> {
  on.device.link.order("403", 1);
  const { outcome } = await ask(on, leader);
  const { paused } = leader.engine.status();
  if (outcome !== "paused" || !paused.includes("forbidden"))
    say("F18", `refused as a whole, syncNow says ${outcome}, it waits for ${paused.join() || "nothing"}.`);
  const after = await ask(on, leader);
  if (after.outcome !== "synced") say("F18", `allowed again, syncNow says ${after.outcome}.`);
}

/** A write arrives, its answer is lost, and then the way is too narrow for it: the server has it, and it is not refused (L2, L3). */
async function isTooLongNow(on: Probing, leader: WorkingTab, say: Say): Promise<void> {
  const { time, device } = on;
  const { store } = leader;
  device.link.weather = weathers.oneWay;
  const id = create(leader, "arrived already");
  await time.until(() => store.outbox().mutations === 1, second);
  await ask(on, leader);
  device.link.weather = fairWeather;
  device.link.order("413", 1);
  const { outcome } = await ask(on, leader);
  await time.advance(second);
  const { code = "nothing" } = store.parked().find(({ mutation }) => mutation.recordId === id) ?? {};
  const state = store.get("teams", id)?.state ?? "not there";
  if (outcome !== "synced" || code !== "nothing" || state !== "synced")
    say("L3", `what the server has taken is ${state}, parked for ${code}; syncNow says ${outcome}.`);
}

/** What no request can carry is parked, and what was written after it is not held up (L3). */
async function isTooLong(on: Probing, leader: WorkingTab, say: Say): Promise<void> {
  const { store } = leader;
  const { link } = on.device;
  link.mostBytes = 2500;
  // They go out together.
  on.device.hold(leader);
  const [long, short] = [create(leader, "at length ".repeat(300)), create(leader, "in short")];
  await on.time.until(() => store.outbox().mutations === 2, second);
  on.device.release(leader);
  const { outcome, parked } = await ask(on, leader);
  await on.time.advance(second);
  link.mostBytes = Number.POSITIVE_INFINITY;
  const { code } = store.parked().find(({ mutation }) => mutation.recordId === long) ?? {};
  const state = store.get("teams", short)?.state ?? "not there";
  if (outcome !== "synced" || parked !== 1 || code !== "LIMIT" || state !== "synced")
    say("L3", `too long, it is parked for ${code}, what follows is ${state}; syncNow: ${outcome}, ${parked} parked.`);
}
