/**
 * `hybrid-data-adapter`: what a record is, and how an app declares its own kinds.
 *
 * @example
 * ```ts
 * import { byText, defineDomain, nullable, text } from "hybrid-data-adapter";
 *
 * export const books = defineDomain({
 *   name: "books",
 *   fields: { title: text({ min: 1 }), shelf: nullable(text()) },
 *   references: {},
 *   sortKeys: { title: byText("title") },
 *   conflict: "mergeFields",
 *   rights: { admin: "write", teacher: "write", student: "read", viewer: "read" },
 *   migrations: [],
 * });
 * ```
 */

// The adapter
export type { LegacyOptions } from "./adapter/adopt-legacy.ts";
export type {
  AdapterControls,
  AdapterStatus,
  BatchWrite,
  Changes,
  DomainAdapter,
  Draft,
  Found,
  HybridDataAdapter,
  Item,
  Mismatch,
  Page,
  Query,
  Source,
  Written,
} from "./adapter/contract.ts";
export { createHybridDataAdapter } from "./adapter/create-hybrid-data-adapter.ts";
export type { LegacyStatus, MirrorStatus } from "./adapter/legacy-status.ts";
export type { MirrorLoss, MirrorLosses } from "./adapter/mirror/mirror-losses.ts";
export type { MirrorSettings } from "./adapter/mirror/mirror-settings.ts";
export { type MockServiceOptions, mockServiceOf } from "./adapter/mock-service-of.ts";
export type { HybridDataAdapterOptions, ReadPolicy, ServerOptions } from "./adapter/options.ts";
export { WriteRefusedError } from "./adapter/write-refused.ts";
// Declaring domains
export {
  type AnyRecord,
  byText,
  byValue,
  type ConflictRule,
  type DeleteRule,
  type Domain,
  type DomainSet,
  type DomainSpec,
  defineDomain,
  domainSet,
  type RecordOfDomain,
  type Reference,
  type Right,
  type Role,
  type SchemaStep,
  type SortKey,
} from "./domain/define-domain.ts";
// Records
export { canonicalText, digestOf } from "./domain/digest.ts";
// Failures
export { AdapterError, type ErrorClass, type ErrorCode, errorKinds, hasCode, isAdapterError } from "./domain/errors.ts";
export {
  bool,
  decimal,
  email,
  type Field,
  type FieldKind,
  type Fields,
  id,
  instant,
  integer,
  jsonList,
  jsonObject,
  localDate,
  nullable,
  oneOf,
  text,
} from "./domain/fields.ts";
export {
  type Namespace,
  parseRecordId,
  parseSchoolId,
  type RecordId,
  recordIdOf,
  type SchoolId,
  schoolIdOf,
} from "./domain/ids.ts";
export { parseRecord } from "./domain/record.ts";
export { type Mode, modeOf, type Stage } from "./domain/stages.ts";
// Keeping records in the browser
export { type OpenedStorage, openStorage, type StorageOptions } from "./local/localforage-storage.ts";
export type { MockDataService } from "./local/mock-data-service.ts";
export { type OpenOptions, openRecordStore } from "./local/open-record-store.ts";
export type {
  Committed,
  OutboxStatus,
  Parked,
  Quarantined,
  RecordState,
  RecordStore,
  RecordView,
  StoreChange,
  Write,
} from "./local/record-store.ts";
// What the surroundings give
export { browserPlatform } from "./platform/browser-platform.ts";
export { browserDisk, type Disk } from "./platform/disk.ts";
export { browserHints, type Hints } from "./platform/hints.ts";
export type { Platform } from "./platform/platform.ts";
// Retrying and falling back
export {
  AutoRecoveryManager,
  type AutoRecoveryOptions,
  type Recovered,
  type RunOptions,
} from "./recovery/auto-recovery-manager.ts";
// Asking the server
export { type ApiError, toAdapterError } from "./remote/api/api-error.ts";
export { createSchoolApi, type SchoolApi, type SchoolApiOptions } from "./remote/api/create-school-api.ts";
export type { TokenProvider } from "./remote/api/school-base-query.ts";
export { createLiveChannel, type LiveChannel, type LiveChannelOptions } from "./remote/live-channel.ts";
export { createSyncTransport, type SyncTransport, type SyncTransportOptions } from "./remote/sync-transport.ts";
// Keeping the browser and the server equal
export { createSyncEngine, type SyncEngine, type SyncEngineOptions } from "./sync/engine.ts";
export type { RecoveryWay, SyncFailure, SyncReport, SyncStatus } from "./sync/status.ts";
