/** A server goes back to a backup: what it had refused before is parked as before, what it refused since waits again. */
import { type RecordId, uuidV5 } from "../../src/domain/ids.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";
import { wholeRecord } from "./writes.ts";

/** A write is parked exactly when the server, as it is now, has refused it, and until somebody gives it up (L3, F29). */
export async function parkedAndForgotten(on: Probing): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const leading = (one: typeof device) => one.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  const [tab, other] = [leading(device), devices.filter((one) => one !== device).map(leading)[0]];
  if (!tab || !other || device.damaged.length > 0) return [];
  const team = create(tab, "of the parked");
  const [person, orphan, mark] = ["goes", "of no team", "holds it"].map((name) => uuidV5(team, name) as RecordId);
  if (!person || !orphan || !mark) return [];
  add(tab, "people", { id: person, a: "goes", teamId: team });
  add(tab, "people", { id: orphan, a: "of no team", teamId: uuidV5(team, "no team") });
  await time.advance(second);
  for (const one of [tab, other]) await ask(on, one);
  await backend.backup();
  add(other, "marks", { id: mark, a: "holds it", personId: person });
  await time.advance(second);
  await ask(on, other);
  tab.store.commit([{ kind: "delete", domain: "people", id: person }]).catch(() => undefined);
  await time.advance(second);
  await ask(on, tab);
  const breaches: Breach[] = [];
  const mine = ({ store } = tab) =>
    store
      .parked()
      .flatMap(({ mutation }) => (mutation.recordId === orphan || mutation.recordId === person ? [mutation] : []));
  const expect = (wanted: readonly string[], when: string): void => {
    const parked = mine().map(({ recordId }) => recordId);
    if (parked.join() === wanted.join()) return;
    breaches.push({ law: "L3", what: `${tab.name}: ${when} ${parked.join() || "nothing"} is parked, not ${wanted}.` });
  };
  expect([orphan, person], "what names no team, and the deletion of what is named, are refused, and");
  if (breaches.length > 0) return breaches;
  await backend.restore();
  await ask(on, tab);
  await time.advance(second);
  // Nobody names it any more, as far as the server knows.
  expect([orphan], "the server has gone back, and took the deletion;");
  for (const one of [other, tab]) await ask(on, one);
  for (const { client, id } of mine()) tab.store.discardParked(client, id).catch(() => undefined);
  await time.advance(second);
  device.open();
  await time.advance(2 * second);
  for (const one of device.working)
    for (const { recordId } of mine(one))
      breaches.push({ law: "L3", what: `${recordId} was given up, and is parked in ${one.name}.` });
  return breaches;
}

function add({ store }: WorkingTab, domain: "people" | "marks", given: Readonly<Record<string, unknown>>): void {
  store.commit([{ kind: "create", domain, record: wholeRecord(domain, given) }]).catch(() => undefined);
}
