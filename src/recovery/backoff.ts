/** How long to wait before each next try; cockatiel keeps the state, the randomness is passed in. */
import { ExponentialBackoff, type GeneratorFn, type IBackoffFactory } from "cockatiel";
import type { Entropy } from "../platform/platform.ts";
import type { RecoveryPolicy } from "./policies.ts";

type Waits = Pick<RecoveryPolicy, "firstWaitMs" | "longestWaitMs" | "jitter">;

export function backoff({ firstWaitMs, longestWaitMs, jitter }: Waits, entropy: Entropy): IBackoffFactory<unknown> {
  const limits = { initialDelay: firstWaitMs, maxDelay: longestWaitMs };
  return new ExponentialBackoff({ ...limits, generator: generators[jitter](entropy) });
}

// cockatiel's own generators read Math.random, with which no run could be replayed from its seed (law 12).
const generators: Readonly<Record<RecoveryPolicy["jitter"], (entropy: Entropy) => GeneratorFn<number>>> = {
  full:
    (entropy) =>
    (tries = 0, { initialDelay, maxDelay }) => [
      entropy.fraction() * Math.min(maxDelay, initialDelay * 2 ** (tries + 1)),
      tries + 1,
    ],
  decorrelated:
    (entropy) =>
    (last, { initialDelay, maxDelay }) => {
      const wait = Math.min(maxDelay, initialDelay + entropy.fraction() * (3 * (last ?? initialDelay) - initialDelay));
      return [wait, wait];
    },
};
