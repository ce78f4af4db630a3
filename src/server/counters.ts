/** What /metrics tells: how many requests ended how. */
export interface Counters {
  count(status: number): void;
  /** In the text form that Prometheus reads. */
  text(): string;
}

export function createCounters(): Counters {
  const byClass = new Map<string, number>();
  return {
    count(status) {
      const name = `${Math.floor(status / 100)}xx`;
      byClass.set(name, (byClass.get(name) ?? 0) + 1);
    },
    text: () =>
      [
        "# HELP hda_requests_total Requests answered, by class of status.",
        "# TYPE hda_requests_total counter",
        ...[...byClass].sort().map(([name, n]) => `hda_requests_total{status="${name}"} ${n}`),
        "",
      ].join("\n"),
  };
}
