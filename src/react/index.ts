/**
 * `hybrid-data-adapter/react`: hooks over the adapter, and RTK Query's hooks over the server. React 18.3 and 19; no UI.
 *
 * @example
 * ```tsx
 * <HybridDataProvider adapter={adapter}><App /></HybridDataProvider>
 * // in a component
 * const { items, status } = useDomainList(students, { sort: "name", limit: 50 });
 * const { create, error } = useMutations(students);
 * ```
 */
export { createSchoolApiWithHooks, type SchoolApiWithHooks } from "./create-school-api-with-hooks.ts";
export { HybridDataProvider, type HybridDataProviderProps, useAdapter } from "./hybrid-data-provider.ts";
export { type DomainList, useDomainList } from "./use-domain-list.ts";
export { type Mutations, useMutations } from "./use-mutations.ts";
export { useRecord } from "./use-record.ts";
export { type MigrationStageView, type SyncStatusView, useMigrationStage, useSyncStatus } from "./use-status.ts";
export type { ListValue } from "./watch-list.ts";
export type { RecordValue } from "./watch-record.ts";
