/** What a tab that leads no more, or is closed, has let go of: another one does it by then, and nobody ends it later. */
import { cells } from "../../src/sync/machine.ts";
import type { SyncEvent, SyncState } from "../../src/sync/state.ts";
import type { SyncStatus } from "../../src/sync/status.ts";
import type { Breach } from "./history.ts";

/** What a tab keeps at the server's end. */
export interface Holding {
  readonly name: string;
  /** Its requests that were neither answered nor given up. */
  readonly out: number;
  /** The connections on which it hears pokes. */
  readonly hears: number;
}

/** G15, `SyncEngineOptions.live`: as it tells that it does not lead, its request is given up, and nobody pokes it. */
export function heldOn({ name, out, hears }: Holding, { leading, phase }: SyncStatus): Breach[] {
  const breaches: Breach[] = [];
  const say = (what: string): void => void breaches.push({ law: "F12", what: `${name}, ${phase}, ${what}` });
  if (!leading && out > 0) say("leads no more, and its request is not given up.");
  if (hears > (leading ? 1 : 0)) say(`${leading ? "leads" : "leads no more"}, and hears pokes ${hears} times.`);
  return breaches;
}

const answering: ReadonlySet<SyncEvent["kind"]> = new Set([
  "due",
  "replied",
  "paged",
  "gathered",
  "located",
  "positioned",
  "refused",
  "stored",
  "unstored",
]);
const expected: ReadonlySet<string> = new Set(cells.map(([state, event]) => `${state} + ${event}`));

/** SPEC.md: what comes back from work that was given up is dropped, and not taken for what is under way now. */
export function cameBack(name: string, { kind: state }: SyncState, { kind: event }: SyncEvent): Breach[] {
  if (!answering.has(event) || expected.has(`${state} + ${event}`)) return [];
  return [{ law: "F12", what: `${name} is ${state}, and hears from what it has given up: ${event}.` }];
}

/** A page draws again when it is told something: who leads tells what is new. What waits is the store's to tell. */
export function saidTwice(name: string, before: SyncStatus | null, now: SyncStatus): Breach[] {
  if (!before?.leading || !now.leading) return [];
  const [was, is] = [before, now].map((status) => JSON.stringify({ ...status, outbox: null }));
  return was === is ? [{ law: "L11", what: `${name} tells its listeners a second time ${is}.` }] : [];
}
