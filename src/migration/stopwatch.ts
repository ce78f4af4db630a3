/** Measures named steps by a clock that is passed in; without one it measures nothing. */

export interface Stopwatch {
  <T>(step: string, run: () => Promise<T>): Promise<T>;
  /** Milliseconds by step. */
  times(): Readonly<Record<string, number>>;
}

export function stopwatch(clock: (() => number) | undefined): Stopwatch {
  const times: Record<string, number> = {};
  const measure = async <T>(step: string, run: () => Promise<T>): Promise<T> => {
    const start = clock?.() ?? 0;
    try {
      return await run();
    } finally {
      if (clock) times[step] = (times[step] ?? 0) + clock() - start;
    }
  };
  return Object.assign(measure, { times: () => times });
}
