/** A value that changes by itself, as `useSyncExternalStore` wants it: read from the first listener on, at rest without one. */

export interface Watch<T> {
  /** The same reference until the value changes. */
  get(): T;
  /** @returns ends it */
  subscribe(listener: () => void): () => void;
}

interface Source<T> {
  readonly initial: T;
  /** Begins to follow; what it returns ends that. */
  readonly start: (set: (value: T) => void, get: () => T) => () => void;
}

export function watch<T>({ initial, start }: Source<T>): Watch<T> {
  const listeners = new Set<() => void>();
  let value = initial;
  let end: (() => void) | null = null;
  const set = (next: T): void => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of listeners) listener();
  };
  return {
    get: () => value,
    subscribe(listener) {
      listeners.add(listener);
      end ??= start(set, () => value);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        end?.();
        end = null;
      };
    },
  };
}
