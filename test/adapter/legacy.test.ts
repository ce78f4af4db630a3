/** The first start on a browser that the old app has used. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { LegacyOptions } from "../../src/adapter/adopt-legacy.ts";
import { mockServiceOf } from "../../src/adapter/mock-service-of.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { type AdapterDevice, type AdapterSchool, adapterSchool } from "./adapter-school.ts";

let server: TestServer;
const schools: AdapterSchool[] = [];
beforeAll(async () => {
  server = await testServer();
});
afterEach(async () => {
  for (const school of schools.splice(0)) await school.close();
});
afterAll(() => server.close());

const students = [
  {
    id: "student-1",
    name: "Ada",
    email: "ada@example.org",
    phone: "",
    classId: "class-1",
    status: "active",
    joinDate: "2024-01-05",
  },
  {
    id: "1722770000000",
    name: "Bo",
    email: "",
    phone: "1",
    classId: "unassigned",
    status: "active",
    joinDate: "2024-02-05",
  },
];
const classes = [
  { id: "class-1", name: "English", teacher: { id: "", name: "", subject: "" }, room: "A", studentIds: ["student-1"] },
];

/** As the old app's localStorage; its values are what a test looks at afterwards. */
function oldBrowser(more: Readonly<Record<string, string>> = {}): {
  values: Map<string, string>;
  legacy: LegacyOptions;
} {
  const values = new Map(
    Object.entries({ students: JSON.stringify(students), classes: JSON.stringify(classes), payments: "[]", ...more }),
  );
  return { values, legacy: { shared: true, values: () => [{ name: "localStorage", values: [...values] }] } };
}

async function open(
  legacy: LegacyOptions,
  stage: "off" | "dualwrite" = "off",
): Promise<{ school: AdapterSchool; office: AdapterDevice }> {
  const school = await adapterSchool(server, stage);
  schools.push(school);
  return { school, office: await school.device("office", {}, { legacy }) };
}
const archived = ({ browser }: AdapterDevice): unknown[] =>
  [...browser.disk.values].filter(([key]) => /^legacy\/.*\/value\//.test(key)).map(([, text]) => JSON.parse(text));

test("L5: the old app's keys are archived byte for byte and adopted once; they themselves stay as they are", async () => {
  const { values, legacy } = oldBrowser();
  const before = new Map(values);
  const { school, office } = await open(legacy);
  expect(values).toEqual(before);
  expect(archived(office)).toEqual([...before].sort(([a], [b]) => (a < b ? -1 : 1)));
  const page = await office.adapter.students.list({ sort: "name" });
  expect(page.items.map(({ record, state }) => [record.name, record.externalId, record.email, state])).toEqual([
    ["Ada", "student-1", "ada@example.org", "local"],
    ["Bo", "1722770000000", null, "local"],
  ]);
  expect((await office.adapter.enrollments.list()).items).toHaveLength(1);
  expect(office.adapter.parts.adopted).toMatchObject([{ name: "localStorage", copied: true, quarantined: [] }]);

  // A record that was deleted since does not come back with the next start.
  const bo = page.items[1]?.record.id ?? "";
  await office.adapter.students.remove(bo);
  await office.reopen();
  expect(office.adapter.parts.adopted).toMatchObject([{ adopted: 0 }]);
  expect((await office.adapter.students.list()).items.map(({ record }) => record.name)).toEqual(["Ada"]);

  // And from here the way goes on as for any other record.
  await office.sync();
  await school.setStage("dualwrite");
  await office.sync();
  expect(await school.rows("students")).toMatchObject([{ name: "Ada" }]);
});

test("B1: a key that is cut is archived and named, and the other keys go on", async () => {
  const { legacy } = oldBrowser({ grades: '[{"id":"grade-1","value":"9' });
  const { office } = await open(legacy);
  expect(office.adapter.parts.adopted).toMatchObject([{ quarantined: [{ reason: "SOURCE_CORRUPT" }] }]);
  expect(office.adapter.parts.adopted[0]?.quarantined[0]?.place).toContain("grades");
  expect(archived(office)).toContainEqual(["grades", '[{"id":"grade-1","value":"9']);
  expect((await office.adapter.students.list()).items).toHaveLength(2);
  expect((await office.adapter.grades.list()).items).toEqual([]);
});

test("B11: a date that is none keeps its raw value, and the record is adopted without it", async () => {
  const odd = [{ ...students[0], dateOfBirth: "13/25/2024" }];
  const { legacy } = oldBrowser({ students: JSON.stringify(odd) });
  const { office } = await open(legacy);
  const [item] = (await office.adapter.students.list()).items;
  expect(item?.record.dateOfBirth).toBeNull();
  expect(JSON.stringify([item?.record.extra, office.adapter.parts.adopted])).toContain("dateOfBirth");
});

test("L5: a device that has worked with the server archives, and leaves the rest to the migration", async () => {
  const { legacy } = oldBrowser();
  const school = await adapterSchool(server, "dualwrite");
  schools.push(school);
  const office = await school.device("office");
  await office.sync();
  await office.reopen({ legacy });
  expect(archived(office)).toHaveLength(3);
  expect(office.adapter.parts.adopted).toMatchObject([{ copied: false, adopted: 0 }]);
  expect((await office.adapter.students.list()).items).toEqual([]);
});

test("B13: what the old app never saved is not empty; its own export is read by the data service", async () => {
  const { legacy } = oldBrowser();
  const { school, office } = await open(legacy);
  const service = await mockServiceOf(office.adapter, { school: school.school, shared: true });
  expect(await service.loadDomainData("students")).toHaveLength(2);
  expect(await service.loadDomainData("teachers")).toBeNull();
  // The user had emptied it.
  expect(await service.loadDomainData("payments")).toEqual([]);
  const old = {
    students: [students[0]],
    teachers: [
      { id: "teacher-1", name: "Cy", email: "", phone: "", subject: "Art", joinDate: "2020-01-01", classIds: [] },
    ],
    lastUpdated: "2024-09-01T00:00:00.000Z",
    version: "1.0.0",
  };
  await service.importData(JSON.stringify(old));
  expect((await service.getData("teachers")).map(({ name, externalId }) => [name, externalId])).toEqual([
    ["Cy", "teacher-1"],
  ]);
  // The same legacy id is the same record.
  expect((await service.getData("students")).map(({ name }) => name)).toEqual(["Ada"]);
  service.close();
});
