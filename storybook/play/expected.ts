/** What section 4 of the design says of each stage, as a play function can see it. */
import type { Stage } from "../../src/domain/stages.ts";

export interface Expected {
  /** Where a list is read from, when the server can be reached. */
  readonly reads: "this device" | "the server";
  /** What the line under the form says of a write that went well, and of one that was made offline. */
  readonly online: string;
  readonly offline: string;
  /** The server gets it. */
  readonly reaches: boolean;
}

const device = "saved on this device";
const kept = "kept on this device; the server has not answered yet";
const atHome: Expected = { reads: "this device", online: device, offline: device, reaches: true };
const away: Expected = { reads: "the server", online: "saved on the server", offline: kept, reaches: true };

export const expectedIn: Readonly<Record<Stage, Expected>> = {
  off: { ...atHome, reaches: false },
  dualwrite: atHome,
  shadow: atHome,
  live: away,
  rampdown: away,
  complete: away,
  draining: atHome,
};
