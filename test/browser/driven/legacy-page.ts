/** A tab with the new version of an app whose previous version kept everything in localStorage; called by the driven tests. */
import type { HybridDataAdapter } from "../../../src/adapter/contract.ts";
import { createHybridDataAdapter } from "../../../src/adapter/create-hybrid-data-adapter.ts";
import type { LegacyStatus } from "../../../src/adapter/legacy-status.ts";
import type { SchoolDomain } from "../../../src/remote/api/school-domain.ts";

let opened: HybridDataAdapter<SchoolDomain> | null = null;

function app(): HybridDataAdapter<SchoolDomain> {
  if (opened === null) throw new Error("not opened");
  return opened;
}

export const legacyPage = {
  /** @returns the places from which records were adopted, with what could not be */
  async open(afterMs: number): Promise<Record<string, { adopted: number; quarantined: readonly unknown[] }>> {
    opened = await createHybridDataAdapter({
      school: "mirror school",
      user: "office",
      legacy: { shared: true, mirrorLegacy: { afterMs } },
    });
    return Object.fromEntries(
      opened.parts.adopted.map(({ name, adopted, quarantined }) => [name, { adopted, quarantined }]),
    );
  },

  create: async (name: string, notes: string | null = null): Promise<string> =>
    (await app().students.create({ name, notes })).acknowledged,

  async rename(from: string, to: string): Promise<void> {
    const { items } = await app().students.list({ filter: { name: from } });
    await app().students.update(items[0]?.record.id ?? "", { name: to });
  },

  async names(): Promise<readonly unknown[]> {
    return (await app().students.list({ sort: "name", limit: 1000 })).items.map(({ record }) => record.name);
  },

  status: (): LegacyStatus | null => app().status().legacy,

  close: (): Promise<void> => app().close(),
};

Object.assign(globalThis, { legacyPage });
