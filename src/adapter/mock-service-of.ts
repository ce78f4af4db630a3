/** The old app's data service over an adapter's store. */
import { schoolIdOf } from "../domain/ids.ts";
import { createMockDataService, type MockDataService } from "../local/mock-data-service.ts";
import type { AdapterInside } from "./contract.ts";
import { legacyReader } from "./legacy-records.ts";

export interface MockServiceOptions {
  /** As for the adapter. */
  readonly school: string;
  /** As for `legacy.shared`: whose ids the records of an old export get. */
  readonly shared: boolean;
  readonly defaults?: Readonly<Record<string, readonly unknown[]>>;
}

/** `importData` also takes an export of the old app. @throws what reading the storage throws */
export function mockServiceOf(adapter: AdapterInside, options: MockServiceOptions): Promise<MockDataService> {
  const { store, storage, domains, platform } = adapter.parts;
  const { school, shared, defaults } = options;
  const { clock } = platform;
  const readLegacy = legacyReader({ domains, school: schoolIdOf(school) }, shared);
  return createMockDataService({ store, storage, domains, clock, readLegacy, ...(defaults ? { defaults } : {}) });
}
