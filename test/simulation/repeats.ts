/** Nobody says the same, or tries the same in vain, again and again within a moment: it would never end, and wear the device. */

export interface Bound {
  readonly most: number;
  /** Milliseconds of true time. */
  readonly within: number;
}

/** @returns is told of each time, and tells `say` once of what came more than `most` times within the span */
export function counted(
  now: () => number,
  { most, within }: Bound,
  say: (what: string) => void,
): (what: string) => void {
  const spans = new Map<string, { readonly since: number; times: number }>();
  return (what) => {
    const known = spans.get(what);
    const span = known && now() - known.since < within ? known : { since: now(), times: 0 };
    span.times += 1;
    spans.set(what, span);
    if (span.times === most + 1) say(`${what} ${span.times} times within ${now() - span.since} ms`);
  };
}
