/** A process that runs schedules on changed sources until one breaks a law; whoever started it ends it when it hangs. */
import { run as shippedRun } from "./run.ts";
import { drawSchedule } from "./schedule.ts";
import { type Edit, loadVariant, type Variant } from "./variants.ts";

export interface Hunt {
  readonly variant: Variant;
  /** What the sources have without the bug, where they are not as they are shipped. */
  readonly sound?: readonly Edit[];
  /** Each is a first seed; what is told is how many schedules it took from there. */
  readonly seeds: readonly number[];
  /** How many schedules at most from each. */
  readonly most: number;
}

/** `schedules: null`: not caught within `most`. */
export interface Found {
  readonly seed: number;
  readonly schedules: number | null;
  readonly breach: string | null;
}

/** `played`: one more schedule has ended. */
export type Told = { readonly found: Found } | { readonly failed: string } | { readonly played: number };

const tell = (told: Told): void => void process.send?.(told);

async function attempt(play: typeof shippedRun, seed: number): Promise<string[]> {
  try {
    const { breaches } = await play(drawSchedule(seed));
    return breaches.map(({ law, what }) => `${law}: ${what}`);
  } catch (error) {
    return [`the run failed: ${String(error)}`];
  }
}

process.on("message", async ({ variant, sound, seeds, most }: Hunt) => {
  try {
    const { run } = await loadVariant(variant);
    const { run: soundRun } = sound ? await loadVariant({ name: "sound", edits: sound }) : { run: shippedRun };
    for (const seed of seeds) {
      let found: Found = { seed, schedules: null, breach: null };
      for (let i = 0; i < most && found.schedules === null; i++) {
        const [breach] = await attempt(run, seed + i);
        tell({ played: seed + i });
        if (breach === undefined) continue;
        // A schedule that fails without the bug as well says nothing of it.
        if ((await attempt(soundRun, seed + i)).length === 0) found = { seed, schedules: i + 1, breach };
      }
      tell({ found });
    }
  } catch (error) {
    tell({ failed: String(error) });
  }
});
