/** The stages through which a school goes from the browser to the server and back, and the mode that people see. */
import * as z from "zod/mini";

export const stage = z.enum(["off", "dualwrite", "shadow", "live", "rampdown", "complete", "draining"]);
export type Stage = z.infer<typeof stage>;

export type Mode = "localStorage" | "hybrid" | "api";

const modes: Readonly<Record<Stage, Mode>> = {
  off: "localStorage",
  dualwrite: "hybrid",
  shadow: "hybrid",
  live: "hybrid",
  rampdown: "api",
  complete: "api",
  // On the way back to localStorage; pushes and pulls still go on.
  draining: "hybrid",
};

/** The name under which the user knows a stage. */
export const modeOf = (of: Stage): Mode => modes[of];
