/** The surroundings of a page, all ports real. */
import { browserChannel } from "./channel.ts";
import { browserConnectivity } from "./connectivity.ts";
import { systemEntropy } from "./entropy.ts";
import { browserLocks } from "./locks.ts";
import type { Platform } from "./platform.ts";
import { systemTimers } from "./timers.ts";

export function browserPlatform(): Platform {
  return {
    clock: { now: () => Date.now() },
    timers: systemTimers(),
    entropy: systemEntropy(),
    locks: browserLocks(),
    channel: browserChannel,
    connectivity: browserConnectivity(),
  };
}
