/** A tab reads an answer before what it answers, leads, and folds; then a part of that rots while nobody writes anything. */
import { chunkKey } from "../../src/local/keys.ts";
import type { Meta } from "../../src/local/stored.ts";
import { keptAnswers, metaOn } from "./disk-laws.ts";
import type { Breach } from "./history.ts";
import { differing } from "./laws-of-tabs.ts";
import { ask, create, createMany, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/**
 * It keeps no answer longer than it has to (L5); and what cannot be read any more is asked for again, although the server has
 * nothing new (L4).
 * @param foldAfter so many entries and steps
 */
export async function foldedAndRotten(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, backend } = on;
  const { disk, browser } = device;
  if (device.damaged.length > 0) return [];
  device.open();
  await time.advance(3 * second);
  const leader = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  const next = device.working.at(-1);
  if (!leader || !next || next === leader || next.narrow) return [];
  browser.deafTo = "hda/";
  create(leader, "answered before it is read");
  await time.advance(300);
  await ask(on, next);
  browser.deafTo = null;
  for (const tab of device.working) if (tab !== next) device.kill(tab);
  await time.advance(3 * second);
  await createMany(on, next, foldAfter + 1, "until the next one folds");
  await ask(on, next);
  await time.advance(second);
  const breaches = keptAnswers(device);
  const meta = metaOn(disk);
  const chunk = sharedChunk(meta);
  // What comes after the folding has its own cursor.
  if (chunk === null || meta?.syncFolded !== next.store.sync.mark().step || breaches.length > 0) return breaches;
  device.killAll();
  disk.damage([chunk], "flip");
  device.open();
  await time.advance(3 * second);
  const [tab] = device.working;
  if (!tab) return [{ law: "L4", what: `Device ${device.index} does not open when a chunk rotted.` }];
  const { outcome } = await ask(on, tab);
  const server = await backend.state();
  const missed = differing(device.stateOf(tab), server);
  return missed.map(({ law, what }) => ({ law, what: `${what} A chunk had rotted, and syncNow says ${outcome}.` }));
}

/** The key of a chunk that did not change between two foldings: the generation before has no other copy of it. */
function sharedChunk(meta: Meta | null): string | null {
  for (const [domain, refs] of Object.entries(meta?.chunks ?? {}))
    for (const [chunk, generation] of refs) {
      const before = meta?.previous?.chunks[domain] ?? [];
      if (before.some((other) => other[0] === chunk && other[1] === generation))
        return chunkKey(domain, chunk, generation);
    }
  return null;
}
