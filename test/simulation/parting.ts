/** How a tab comes to lead where the browser is difficult, and lets the lead go where its store is closed. */
import { hasCode } from "../../src/domain/errors.ts";
import type { Device } from "./device.ts";
import type { Breach } from "./history.ts";
import { ask } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";
import type { VirtualTime } from "./time.ts";

/**
 * A page closes its store and forgets the engine. Whoever asks that engine is told that all is over, and another tab may
 * lead: a lead that nobody could use would keep all tabs from the server (F12, SPEC.md, "disk").
 */
export async function closedUnderneath(time: VirtualTime, { browser, link, working }: Device): Promise<Breach[]> {
  const tab = working.find(({ engine }) => engine.status().leading);
  if (!tab) return [];
  let written = 0;
  const write = (): void => {
    const done = (): void => {
      written += 1;
    };
    tab.store.commit([]).then(done, () => undefined);
  };
  write();
  await time.advance(0.05);
  // While the first one is on its way to the disk.
  write();
  void tab.store.close();
  await time.advance(second);
  const { outcome } = await ask({ time }, tab);
  await time.advance(second);
  const breaches: Breach[] = [];
  let refused = "nothing";
  tab.store.commit([]).catch((error: unknown) => {
    refused = hasCode("STORE_CLOSED")(error) ? "STORE_CLOSED" : String(error);
  });
  await time.advance(second);
  if (refused !== "STORE_CLOSED")
    breaches.push({ law: "F8", what: `${tab.name}: the store is closed, and a commit is answered by ${refused}.` });
  if (written < 2)
    breaches.push({ law: "F8", what: `${tab.name} was closed after two commits, and has written ${written} of them.` });
  // Another tab leads by now, and has seen to what it found.
  await time.advance(5 * second);
  const { requests } = link;
  await ask({ time }, tab);
  await time.advance(second);
  if (link.requests > requests)
    breaches.push({ law: "F8", what: `${tab.name}: the store is closed, and its syncNow has another tab ask.` });
  if (outcome !== "closed")
    breaches.push({ law: "F8", what: `${tab.name}: the store is closed, syncNow says ${outcome}.` });
  if (browser.holds(tab.life))
    breaches.push({ law: "F12", what: `${tab.name} has no store any more and holds the lead.` });
  return breaches;
}

/** A lock that could not even be asked for is told, and asked for again: a tab that is alone leads within seconds (F12, F20). */
export function refusedTheLock({ browser }: Device, { name, life, engine }: WorkingTab): Breach[] {
  const breaches: Breach[] = [];
  if (!engine.status().leading)
    breaches.push({
      law: "F12",
      what: `${name} was refused the lock when it was opened, and does not lead 20 s later.`,
    });
  if (browser.lockless.get(life) === "silent")
    breaches.push({ law: "L11", what: `${name} was refused the lock, and does not say so.` });
  return breaches;
}
