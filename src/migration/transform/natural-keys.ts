/** Records that a human would call the same: noticed while they pass, shown, never joined. */
import type { AnyRecord, Domain } from "../../domain/define-domain.ts";
import { textKey } from "../../domain/sort-key.ts";
import type { FindingLog } from "./finding-log.ts";

export class NaturalKeys {
  readonly #seen = new Map<string, string>();
  readonly #keys = new Map<Domain, readonly (readonly string[])[]>();
  readonly #log: FindingLog;

  constructor(log: FindingLog) {
    this.#log = log;
  }

  see(domain: Domain, record: AnyRecord, place: string): void {
    for (const set of this.#keysOf(domain)) {
      const values = set.map((name) => record[name]);
      if (values.some((value) => value === null || value === "")) continue;
      const key = JSON.stringify([domain.name, set, values.map((value) => textKey(String(value).trim()))]);
      const before = this.#seen.get(key);
      if (before === undefined) {
        this.#seen.set(key, place);
        continue;
      }
      this.#log.add(
        {
          severity: "ask",
          code: "LOOKS_EQUAL",
          domain: domain.name,
          message: `Two records have the same ${set.join(" and ")} (without case and Unicode form); both are kept apart.`,
        },
        `${before} and ${place}`,
      );
    }
  }

  /** Its natural keys, and its unique keys where they are text. */
  #keysOf(domain: Domain): readonly (readonly string[])[] {
    const known = this.#keys.get(domain);
    if (known) return known;
    const unique = domain.unique.filter((set) => set.every((name) => domain.fields[name]?.kind === "text"));
    const keys = [...domain.naturalKey, ...unique];
    this.#keys.set(domain, keys);
    return keys;
  }
}
