/** Findings, counted by what they are about, with a few places each. */
import type { Finding, Severity } from "../types.ts";

const maxExamples = 5;

export interface FindingKind {
  readonly severity: Severity;
  readonly code: string;
  readonly domain: string | null;
  readonly message: string;
}

export class FindingLog {
  readonly #byKind = new Map<string, { kind: FindingKind; count: number; examples: string[] }>();

  /** Notes one more place where `kind` was found. */
  add(kind: FindingKind, place: string): void {
    const key = `${kind.code} ${kind.domain} ${kind.message}`;
    const found = this.#byKind.get(key);
    if (!found) this.#byKind.set(key, { kind, count: 1, examples: [place] });
    else {
      found.count++;
      if (found.examples.length < maxExamples) found.examples.push(place);
    }
  }

  findings(): Finding[] {
    return [...this.#byKind.values()].map(({ kind, count, examples }) => ({ ...kind, count, examples }));
  }

  clear(): void {
    this.#byKind.clear();
  }
}
