/** What every part of the sample school is made with: a seeded generator, dates without a clock, names. */
import { type Random, seededRandom } from "../../domain/random.ts";
import { firstNames, lastNames } from "./names.ts";

export type Item = Record<string, unknown>;

export interface Toolbox {
  readonly random: Random;
  /** A day, `YYYY-MM-DD`, up to `spread` days from `from`. */
  day(from: string, spread: number): string;
  /** An instant as the app writes it. */
  instant(day: string): string;
  /** A day in one of the three ways that the app's versions wrote one. */
  mixedDay(day: string): string;
  /** Milliseconds since 1970 as the app puts them into ids; never the same twice. */
  stamp(): number;
  uuid(): string;
  person(): string;
  phone(): string;
}

const dayMs = 86_400_000;
const two = (n: number): string => String(n).padStart(2, "0");

export function toolbox(seed: number): Toolbox {
  const random = seededRandom(seed);
  let stamp = Date.UTC(2025, 7, 1);
  const day: Toolbox["day"] = (from, spread) =>
    new Date(Date.parse(from) + random.below(spread) * dayMs).toISOString().slice(0, 10);
  const hex = (digits: number): string => Array.from({ length: digits }, () => random.below(16).toString(16)).join("");
  return {
    random,
    day,
    instant: (on) =>
      `${on}T${two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}.${two(random.below(100))}0Z`,
    mixedDay(on) {
      const kind = random.below(10);
      if (kind < 6) return on;
      if (kind < 9) return `${on}T00:00:00.000Z`;
      return `${Number(on.slice(5, 7))}/${Number(on.slice(8))}/${on.slice(0, 4)}`;
    },
    stamp() {
      stamp += 1 + random.below(90_000);
      return stamp;
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${random.pick(["8", "9", "a", "b"])}${hex(3)}-${hex(12)}`,
    person: () => `${random.pick(firstNames)} ${random.pick(lastNames)}`,
    phone: () => `+389 7${random.below(10)} ${100 + random.below(900)} ${100 + random.below(900)}`,
  };
}
