/** What a device writes after it was away is answered before it has pulled up to there: others wrote much meanwhile. */
import { seqOfCursor } from "../../src/local/model.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

interface Away {
  /** Leads, on the device that tries. */
  readonly tab: WorkingTab;
  readonly other: WorkingTab;
  /** So many records of the other device's. */
  readonly meanwhile: number;
  /** While the server cannot be reached. */
  readonly write: () => void | Promise<void>;
}

/** @returns whether it came about */
export async function answeredBehind({ time, device, backend }: Probing, away: Away): Promise<boolean> {
  const { tab, other, meanwhile, write } = away;
  const { link } = device;
  const { weather } = link;
  link.weather = { ...weather, down: true };
  for (let i = 0; i < meanwhile; i++) create(other, `while it was away ${i}`);
  await ask({ time }, other);
  await write();
  await time.advance(second);
  link.weather = weather;
  void tab.engine.syncNow();
  const seq = seqOfCursor(await backend.cursor());
  const isBehind = (): boolean => tab.store.outbox().mutations === 0 && seqOfCursor(tab.store.position.cursor) < seq;
  return time.until(isBehind, 60 * second);
}
