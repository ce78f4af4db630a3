/** `hybrid-data-adapter/mocks`: the real server for tests and demos, in Node and in the page, with faults around it. */
export { appHandlers, type MockServer } from "./app-handlers.ts";
export { createFaults, type FaultLayer, type Faults, type Refusal, type SwitchOff, type Where } from "./faults.ts";
export { mockUpgradeWebSocket } from "./live-handler.ts";
export { type MockSchool, type MockSchoolOptions, type MockUser, mockSchool } from "./mock-school.ts";
export type { SeedRecords } from "./seed-records.ts";
