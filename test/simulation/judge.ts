/** Puts the end of a run before every law. */
import type { Attempt, Breach, Kept, ServerState, TabState } from "./history.ts";
import { untold } from "./laws-of-answers.ts";
import { digests, fenced, lateByClock, resurrected, silentlyOverwritten, stampedAlike } from "./laws-of-history.ts";
import { differing, unlikeEachOther } from "./laws-of-tabs.ts";
import { appliedTwice, ghosts, lostWrites, order } from "./laws-of-writes.ts";
import { misnamed } from "./names.ts";
import { lastWord, setAsideWrongly } from "./one-device.ts";

/** Every breach of the laws; none is what a run wants. */
export function judge(
  attempts: readonly Attempt[],
  server: ServerState,
  tabs: readonly TabState[],
  kept: ReadonlyMap<number, Kept>,
): Breach[] {
  return [
    ...lostWrites(attempts, server, kept),
    ...ghosts(attempts, server),
    ...misnamed(attempts, server),
    ...appliedTwice(attempts, server),
    ...order(attempts, server, kept),
    ...lastWord(attempts, server, kept),
    ...setAsideWrongly(attempts, server, kept),
    ...silentlyOverwritten(server),
    ...resurrected(server),
    ...fenced(server),
    ...lateByClock(attempts, server),
    ...stampedAlike(server),
    ...tabs.flatMap((tab) => differing(tab, server)),
    ...unlikeEachOther(tabs, kept),
    ...untold(attempts, tabs, kept),
    ...digests(server),
  ];
}
