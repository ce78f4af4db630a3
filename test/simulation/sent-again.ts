/** A server that went back to its backup is sent again what it has forgotten, and not what it still has (F29). */
import type { Breach } from "./history.ts";
import { unknownAnswers } from "./laws-of-logs.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** Where something was too long for any request before: the server was asked then how far it is with each log. */
export async function sentAgain(on: Probing): Promise<Breach[]> {
  const { time, device, backend } = on;
  const { link } = device;
  const tab = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  // What no request could carry before this is tried again as well.
  if (!tab || device.damaged.length > 0 || link.met.has("too-long") || link.met.has("answer-413")) return [];
  await ask(on, tab);
  create(tab, "before it");
  await ask(on, tab);
  const { mostBytes } = link;
  link.mostBytes = 1500;
  create(tab, "too long ".repeat(300));
  await time.advance(2 * second);
  link.mostBytes = mostBytes;
  const [parked] = tab.store.parked().filter(({ mutation }) => mutation.client === tab.store.clientId);
  for (let i = 0; i < 5; i++) create(tab, `behind it ${i}`);
  const { outcome } = await ask(on, tab);
  const unknown = unknownAnswers(device);
  if (!parked || outcome !== "synced") return unknown;
  await backend.backup();
  const id = create(tab, "to be forgotten");
  await ask(on, tab);
  const before = tab.account.moved.pushed;
  await backend.restore();
  await ask(on, tab);
  await time.until(() => tab.account.moved.pushed > before, 60 * second);
  await ask(on, tab);
  const again = tab.account.moved.pushed - before;
  const state = tab.store.get("teams", id)?.state ?? "not there";
  void tab.store.discardParked(tab.store.clientId, parked.mutation.id).catch(() => undefined);
  await time.advance(second);
  if (again === 1 && state === "synced") return unknown;
  return [
    { law: "F29", what: `${tab.name}: one write was forgotten, it sends ${again} again, and that one is ${state}.` },
  ];
}
