/** Adopts what the old app left in this browser, wherever it kept it. */
import { readOldDatabases } from "../local/old-databases.ts";
import { browserDisk } from "../platform/disk.ts";
import { browserLegacyValues, type LegacyValues } from "../platform/legacy-values.ts";
import type { Timers } from "../platform/platform.ts";
import { type Adopting, type Adoption, adoptLegacy, type LegacyOptions } from "./adopt-legacy.ts";
import { adoptedPlaces } from "./legacy-archive.ts";

/** An app that cannot be made leaves no store open behind it. @throws what `adoptLegacy` throws */
export async function adoptHere(
  adopting: Adopting,
  { values, shared, databases }: LegacyOptions,
  timers: Timers,
): Promise<readonly Adoption[]> {
  const found = async (): Promise<readonly LegacyValues[]> => {
    const known = await adoptedPlaces(adopting.storage);
    return [...browserLegacyValues(), ...(await readOldDatabases({ disk: browserDisk(), timers, databases, known }))];
  };
  try {
    return await adoptLegacy(adopting, await (values ?? found)(), shared);
  } catch (error) {
    await adopting.store.close();
    throw error;
  }
}
