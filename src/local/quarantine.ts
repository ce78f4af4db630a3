/** The visible place for stored values that could not be read: kept as they were, with the reason. */
import type { Clock } from "../platform/platform.ts";
import { decode, encode } from "./codec.ts";
import { quarantineKey, quarantinePrefix } from "./keys.ts";
import type { Quarantined } from "./record-store.ts";
import type { Storage } from "./storage.ts";

export class Quarantine {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Quarantined>();

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** Notes a value; it stays under its own key as well until `flush` has kept it. */
  add(key: string, raw: string, code: string): void {
    this.#waiting.set(key, { key, raw, code, at: new Date(this.#clock.now()).toISOString() });
  }

  /**
   * Writes what was noted.
   * @throws STORAGE_FULL, STORAGE_LOST; the values are then still under their own keys
   */
  async flush(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const values = [...this.#waiting.values()];
    const known = await this.#storage.read(values.map(({ key }) => quarantineKey(key)));
    const puts = values
      .filter(({ key }) => !known.has(quarantineKey(key)))
      .map((value) => [quarantineKey(value.key), encode(value)] as const);
    if (puts.length > 0) await this.#storage.commit({ puts });
    for (const value of values) this.#waiting.delete(value.key);
  }

  async list(): Promise<readonly Quarantined[]> {
    const stored = (await this.#storage.scan(quarantinePrefix)).map(
      ([key, raw]): Quarantined => decode<Quarantined>(raw)?.value ?? { key, raw, code: "STORE_CORRUPT", at: "" },
    );
    const known = new Set(stored.map(({ key }) => key));
    return [...stored, ...[...this.#waiting.values()].filter(({ key }) => !known.has(key))];
  }
}
