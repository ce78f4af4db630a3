/** The old app's data service over the record store, in memory. */
import { expect, test } from "vitest";
import { domainSet } from "../../src/domain/define-domain.ts";
import { parseRecordId } from "../../src/domain/ids.ts";
import { emptyRecord, parseRecord } from "../../src/domain/record.ts";
import { type MemoryDisk, memoryDisk } from "../../src/local/memory-storage.ts";
import { createMockDataService, type MockDataServiceOptions } from "../../src/local/mock-data-service.ts";
import { openRecordStore } from "../../src/local/open-record-store.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { browser } from "../support/browser.ts";
import { eventually } from "../support/platform.ts";
import { uuid } from "../support/records.ts";

const domains = domainSet(schoolDomains);
const student = (n: number, more: object = {}) => ({ id: uuid(n), name: `S${n}`, ...more });

const teacher = parseRecord(domains.get("teachers"), {
  ...emptyRecord(domains.get("teachers"), parseRecordId(uuid(1)), null),
  name: "T",
});

async function open(more: Partial<MockDataServiceOptions> = {}, disk: MemoryDisk = memoryDisk()) {
  const { platform } = browser().open();
  const storage = disk.open();
  const store = await openRecordStore({ storage, domains, platform, name: "test" });
  const service = await createMockDataService({ store, storage, domains, clock: platform.clock, ...more });
  return {
    service,
    store,
    disk,
    async close() {
      service.close();
      await store.close();
    },
  };
}

test("B13: a domain that was never saved is not an empty one, also after the next start", async () => {
  const { service, store, disk, close } = await open();
  expect(await service.loadDomainData("students")).toBeNull();
  expect(await service.getData("students")).toEqual([]);
  await service.saveDomainData("students", []);
  expect(await service.loadDomainData("students")).toEqual([]);
  // Written by somebody else than this service, and deleted again: that one was saved, too.
  await store.commit([{ kind: "create", domain: "teachers", record: teacher }]);
  await eventually(() => expect(disk.values.has("saved/teachers")).toBe(true));
  await store.commit([{ kind: "delete", domain: "teachers", id: teacher.id }]);
  await close();
  const again = await open({}, disk);
  expect(await again.service.loadAllData({ domains: ["students", "teachers", "classes"] })).toEqual({
    students: [],
    teachers: [],
    classes: null,
  });
  expect(again.service.getDataStats()).toMatchObject({ students: { saved: true }, classes: { saved: false } });
  await again.close();
});

test("every element is validated, and one that is invalid keeps the whole save back, named by its place", async () => {
  const { service, store, close } = await open();
  await service.saveDomainData("students", [student(1)]);
  const wrong = [student(1), student(2), student(3, { dateOfBirth: "2024-02-30" })];
  await expect(service.saveDomainData("students", wrong)).rejects.toMatchObject({
    code: "DATE_INVALID",
    place: "/students/2/dateOfBirth",
  });
  await expect(service.saveAllData({ teachers: [{ id: uuid(5), name: "T" }], students: ["S1"] })).rejects.toMatchObject(
    {
      code: "RECORD_INVALID",
      place: "/students/0",
    },
  );
  await expect(service.saveDomainData("students", [student(1), student(1)])).rejects.toMatchObject({
    code: "ID_AMBIGUOUS",
    place: "/students/1/id",
  });
  await expect(service.saveDomainData("students", [{ name: "S" }])).rejects.toMatchObject({ code: "ID_INVALID" });
  await expect(service.loadDomainData("pupils")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect([store.count("students"), store.count("teachers")]).toEqual([1, 0]);
  await close();
});

test("saving writes what differs alone: the rest keeps its place, and what is left out is deleted", async () => {
  const { service, store, close } = await open();
  await service.saveDomainData("students", [student(1), student(2), student(3)]);
  const changed: string[] = [];
  store.subscribe((change) => {
    if (change.kind === "records") changed.push(...change.keys.map(({ id }) => id));
  });
  await service.updateData("students", [student(1), student(2, { phone: "7" })]);
  expect(changed.sort()).toEqual([uuid(2), uuid(3)]);
  expect((await service.getData("students")).map(({ name, phone }) => [name, phone])).toEqual([
    ["S1", null],
    ["S2", "7"],
  ]);
  await close();
});

test("an export holds every domain, and an import brings all of them back, the empty ones as empty", async () => {
  const first = await open();
  const obligation = { id: uuid(20), studentId: uuid(1), amount: "12.50", dueDate: "2024-05-01", type: "Tuition" };
  await first.service.saveAllData({
    students: [student(1)],
    obligations: [obligation],
    "attendance-records": [],
    terms: [],
  });
  const text = first.service.exportData();
  expect(Object.keys(JSON.parse(text).domains)).toEqual(["terms", "students", "attendance", "paymentObligations"]);
  await first.close();

  const second = await open();
  await second.service.saveDomainData("students", [student(9)]);
  await second.service.saveDomainData("teachers", [{ id: uuid(5), name: "T" }]);
  await second.service.importData(text);
  expect(
    await second.service.loadAllData({
      domains: ["students", "obligations", "attendance", "terms", "teachers", "grades"],
    }),
  ).toMatchObject({
    students: [{ id: uuid(1), name: "S1" }],
    obligations: [{ amount: "12.50" }],
    attendance: [],
    terms: [],
    // Not in the text: untouched.
    teachers: [{ name: "T" }],
    grades: null,
  });
  expect(second.service.exportData()).toContain('"12.50"');
  await second.close();
});

test("B1 B2: an import that is cut, of a newer schema, or not ours changes nothing", async () => {
  const { service, close } = await open();
  await service.saveDomainData("students", [student(1)]);
  const text = service.exportData();
  await expect(service.importData(text.slice(0, -40))).rejects.toMatchObject({ code: "SOURCE_CORRUPT" });
  const newer = text.replace('"students": 1', '"students": 99');
  expect(newer).not.toBe(text);
  await expect(service.importData(newer)).rejects.toMatchObject({
    code: "SCHEMA_NEWER",
    place: "/schemaVersions/students",
  });
  await expect(service.importData('{"students":[]}')).rejects.toMatchObject({ code: "SOURCE_UNKNOWN" });
  expect(await service.getData("students")).toHaveLength(1);
  await close();
});

test("domains are loaded when asked for, and defaults come back on a reset", async () => {
  const { service, close } = await open({ defaults: { students: [student(1), student(2)] } });
  expect(service.isDomainLoaded("students")).toBe(false);
  await service.preloadDomains(["students", "obligations"]);
  expect([service.isDomainLoaded("students"), service.isDomainLoaded("paymentObligations")]).toEqual([true, true]);
  await service.saveAllData({ students: [student(7)], teachers: [{ id: uuid(5), name: "T" }] });
  await service.resetToDefaults();
  expect((await service.getData("students")).map(({ name }) => name)).toEqual(["S1", "S2"]);
  expect(await service.loadDomainData("teachers")).toEqual([]);
  await service.clearAllData();
  expect(await service.loadDomainData("students")).toEqual([]);
  expect(await service.isStorageAvailable()).toBe(true);
  await close();
  expect(await service.isStorageAvailable()).toBe(false);
});

test("L5: from dualwrite on, clearing would delete the school's records on the server, and asks first", async () => {
  const { service, store, close } = await open();
  await service.saveDomainData("students", [student(1)]);
  await store.sync.lead();
  await store.sync.setPosition({ stage: "dualwrite", stages: {}, epoch: 1 });
  await expect(service.clearAllData()).rejects.toMatchObject({ code: "CONFIRMATION_REQUIRED" });
  await expect(service.resetToDefaults()).rejects.toMatchObject({ code: "CONFIRMATION_REQUIRED" });
  expect(await service.getData("students")).toHaveLength(1);
  await service.clearAllData({ yes: true });
  expect(await service.loadDomainData("students")).toEqual([]);
  await close();
});

test("L1: a save that does not fit the store is kept back whole", async () => {
  const disk = memoryDisk();
  const { platform } = browser().open();
  const storage = disk.open();
  const store = await openRecordStore({ storage, domains, platform, name: "test", limits: { maxRecords: 2 } });
  const service = await createMockDataService({ store, storage, domains, clock: platform.clock });
  const saving = service.saveDomainData("students", [student(1), student(2), student(3)]);
  await expect(saving).rejects.toMatchObject({ code: "LIMIT" });
  expect(store.count("students")).toBe(0);
  expect(await service.loadDomainData("students")).toBeNull();
  service.close();
  await store.close();
});
