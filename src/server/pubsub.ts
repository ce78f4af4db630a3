/** How the processes of a server tell each other that a school has changed; within one process, directly. */
import type { SchoolId } from "../domain/ids.ts";

type Listener = (school: SchoolId, seq: number) => void;

/**
 * Carries "this school has come to `seq`", never data.
 * - `publish` is called after a commit, does not wait and does not throw; what is lost is only a hint.
 * - `subscribe` hears what this process and, where there are several, the others publish; a word may come twice.
 */
export interface PubSub {
  publish(school: SchoolId, seq: number): void;
  /** Returns what ends it. */
  subscribe(listener: Listener): () => void;
  close(): Promise<void>;
}

export function localPubSub(): PubSub {
  const listeners = new Set<Listener>();
  return {
    publish(school, seq) {
      for (const listener of listeners) listener(school, seq);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => listeners.clear(),
  };
}
