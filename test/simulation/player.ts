/** Plays schedules on what a campaign asks for; a run that fails by itself breaks a law, too. */
import { realServer } from "./real-backend.ts";
import { type Outcome, run } from "./run.ts";
import type { Schedule } from "./schedule.ts";
import { smallSizes } from "./small.ts";
import { loadVariant } from "./variants.ts";

export interface Stakes {
  /** Against the real server on PGlite, instead of its model. */
  readonly depth: boolean;
  /** With small chunks and entries. */
  readonly small: boolean;
}

export interface Player {
  /** Never rejects. */
  play(schedule: Schedule): Promise<Outcome>;
  close(): Promise<void>;
}

export async function makePlayer({ depth, small }: Stakes): Promise<Player> {
  const server = depth ? await realServer() : null;
  const { run: playOn } = small ? await loadVariant({ name: "small", edits: smallSizes }) : { run };
  return {
    play: (schedule) => playOn(schedule, server ? { backend: server.backend } : {}).catch(brokeDown),
    close: async () => server?.close(),
  };
}

const brokeDown = (error: unknown): Outcome => ({
  breaches: [{ law: "L11", what: `The run itself failed: ${error instanceof Error ? error.stack : String(error)}` }],
  hash: "",
  lines: [],
  cells: new Set(),
  situations: [],
  faults: new Map(),
  writes: 0,
  events: 0,
});
