/** What a school's browser holds from the old app: made up by our own generator, dirt and all. */
import type { LegacyOptions } from "../../src/adapter/adopt-legacy.ts";
import { sampleSchool } from "../../src/cli/sample/sample-school.ts";

/** A storage of the old app, key → text, as an adapter adopts it. */
export const legacyOf = (dump: Readonly<Record<string, string>>): LegacyOptions => ({
  shared: true,
  values: () => [{ name: "localStorage", values: Object.entries(dump) }],
});

/** A small language school: some hundred records of ten kinds. */
export const originApp: LegacyOptions = legacyOf(sampleSchool({ seed: 1, scale: 0.05 }));
