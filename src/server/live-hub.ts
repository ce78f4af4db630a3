/** The open sockets by school: a poke for a school goes to its sockets and to nobody else's (law 10). */
import type { SchoolId } from "../domain/ids.ts";
import type { PubSub } from "./pubsub.ts";

type Send = (seq: number) => void;

export interface LiveHub {
  /** Returns what takes the socket off. */
  add(school: SchoolId, send: Send): () => void;
}

export function createLiveHub(pubsub: PubSub): LiveHub {
  const schools = new Map<SchoolId, Set<Send>>();
  let unsubscribe: (() => void) | null = null;
  const poke = (school: SchoolId, seq: number): void => {
    for (const send of schools.get(school) ?? []) send(seq);
  };
  return {
    add(school, send) {
      unsubscribe ??= pubsub.subscribe(poke);
      const sockets = schools.get(school) ?? new Set();
      schools.set(school, sockets.add(send));
      return () => {
        sockets.delete(send);
        if (sockets.size === 0 && schools.get(school) === sockets) schools.delete(school);
        if (schools.size > 0) return;
        unsubscribe?.();
        unsubscribe = null;
      };
    },
  };
}
