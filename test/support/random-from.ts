/** Ids and fractions from a seed, for surroundings that must replay. */
import { seededRandom } from "../../src/domain/random.ts";

export interface SeededEntropy {
  uuid(): string;
  fraction(): number;
}

export function randomFrom(seed: number): SeededEntropy {
  const random = seededRandom(seed);
  const hex = (): string => random.next().toString(16).padStart(8, "0");
  return {
    fraction: () => random.next() / 2 ** 32,
    uuid() {
      const digits = hex() + hex() + hex() + hex();
      const parts = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`, `8${digits.slice(17, 20)}`];
      return [...parts, digits.slice(20)].join("-");
    },
  };
}
