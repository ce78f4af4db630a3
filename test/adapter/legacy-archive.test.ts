/** The old app's bytes on the server, and later imports of the same storage. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { sharedNamespace } from "../../src/domain/ids.ts";
import { readArchive } from "../../src/migration/archive.ts";
import { readSource } from "../../src/migration/read-source.ts";
import { remote } from "../../src/migration/remote.ts";
import { sourceFromText } from "../../src/migration/source/open-source.ts";
import type { LegacySource } from "../../src/migration/types.ts";
import { baseFor, migrateInto } from "../support/migration.ts";
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

const ada = { id: "student-1", name: "Ada", email: "ada@example.org", phone: "", classId: "class-1", status: "active" };
const bo = { id: "1722770000000", name: "Bo", email: "", phone: "1", classId: "unassigned", status: "active" };
const english = {
  id: "class-1",
  name: "English",
  teacher: { id: "", name: "", subject: "" },
  studentIds: ["student-1"],
};

const oldValues = (more: Readonly<Record<string, string>> = {}): Map<string, string> =>
  new Map(
    Object.entries({
      students: JSON.stringify([ada, bo]),
      classes: JSON.stringify([english]),
      payments: "[]",
      // Half a surrogate pair, which UTF-8 cannot hold, and what cannot be read.
      draft: "\ud83d",
      grades: '[{"id":"grade-1","val',
      ...more,
    }),
  );

async function open(stage: "off" | "dualwrite" = "off"): Promise<AdapterSchool> {
  const school = await adapterSchool(server, stage);
  schools.push(school);
  return school;
}
const legacyOf = (values: Map<string, string>, shared = true) => ({
  legacy: { shared, values: () => [{ name: "localStorage", values: [...values] }] },
});
const baseOf = (school: AdapterSchool) => {
  const base = baseFor(server);
  return {
    ...base,
    school: school.school as typeof base.school,
    remote: { ...base.remote, token: () => server.token({ school: school.school }) },
  };
};
const remoteOf = (school: AdapterSchool) => remote(baseOf(school).remote);
/** As a person saves it in the browser's console: with our own notes in it, which the browser keeps beside. */
const dumpOf = (values: Map<string, string>): LegacySource =>
  sourceFromText(JSON.stringify({ ...Object.fromEntries(values), "hybrid-data-adapter/known": "1" }), {
    name: "dump.json",
  });
const sentOf = ({ adapter }: AdapterDevice): number | undefined => adapter.status().legacy?.unsentArchives;
const archivePosts = ({ network }: AdapterDevice): number =>
  network.sent.filter(({ path }) => path.startsWith("/api/migration/imports")).length;

async function archived(office: AdapterDevice, school: AdapterSchool) {
  await office.until(() => [...office.browser.disk.values].some(([, text]) => text.includes('"importId"')));
  return remoteOf(school).imports();
}

test("L5: the first start archives on the server, byte for byte, the very import that a dump of the storage would be", async () => {
  const values = oldValues();
  const school = await open();
  const office = await school.device("office", {}, legacyOf(values));
  const imports = await archived(office, school);
  const dump = dumpOf(values);
  expect(imports).toMatchObject([
    { state: "open", fingerprint: dump.fingerprint, container: "dump", source: "localStorage" },
  ]);
  const there = await readArchive(remoteOf(school), imports[0]?.importId ?? "");
  expect(there.values).toEqual(dump.values);
  expect(sentOf(office)).toBe(0);

  // Once: neither the next start nor another tab sends it again.
  await office.openTab();
  await office.reopen();
  await office.sync();
  const before = archivePosts(office);
  await office.browser.advance(200_000);
  expect(archivePosts(office)).toBe(before);
  expect(await remoteOf(school).imports()).toHaveLength(1);
});

test("L5 F17: where the server cannot be reached the archive waits in the journal, and goes when the network is back", async () => {
  const values = oldValues();
  const school = await open();
  // The device is offline from its first moment on: the records are adopted all the same.
  const office = await school.device("office", {}, { legacy: { shared: true, values: () => [] } });
  office.setOnline(false);
  await office.reopen(legacyOf(values));
  await office.until(() => office.adapter.status().legacy?.unsentWhy === "SERVER_UNREACHABLE");
  expect(office.adapter.status().legacy).toMatchObject({ unsentArchives: 1 });
  expect((await office.settled(office.adapter.students.list())).items).toHaveLength(2);
  expect(await remoteOf(school).imports()).toEqual([]);

  office.setOnline(true);
  office.browser.cameOnline();
  await archived(office, school);
  expect(sentOf(office)).toBe(0);
});

test("L2 L5 F16: killed in the middle, or its answers lost, it goes on at the next start, and is there once", async () => {
  const values = oldValues({ long: "x".repeat(1_500_000) });
  const school = await open();
  const office = await school.device("office", {}, { legacy: { shared: true, values: () => [] } });
  let sent = 0;
  // Of what is sent the first values arrive, the answers of some are lost, and then nothing goes through.
  office.network.refuse((body) => {
    if (!("encoding" in body)) return null;
    sent += 1;
    return sent < 3 ? null : sent === 3 ? "dropResponse" : "drop";
  });
  await office.reopen(legacyOf(values));
  await office.until(() => sent >= 3);
  await office.crash();
  office.network.refuse(() => null);
  office.network.heal();
  const imports = await archived(office, school);
  expect(imports).toHaveLength(1);
  const there = await readArchive(remoteOf(school), imports[0]?.importId ?? "");
  expect(there.values).toEqual(dumpOf(values).values);
});

test("S8: who is no administrator is refused once and told so; the archive stays in the browser's journal", async () => {
  const school = await open();
  const office = await school.device("office", { role: "teacher" }, legacyOf(oldValues()));
  await office.until(() => office.adapter.status().legacy?.unsentWhy === "FORBIDDEN");
  const before = archivePosts(office);
  await office.browser.advance(200_000);
  expect(archivePosts(office)).toBe(before);
  expect(office.adapter.status().legacy).toMatchObject({ unsentArchives: 1 });
});

test.each([true, false])(
  "L5: adopted here and pushed (shared: %s), the dump of the same storage is the same import: all merged, no row changes",
  async (shared) => {
    const values = oldValues();
    const school = await open();
    const office = await school.device("office", {}, legacyOf(values, shared));
    const [info] = await archived(office, school);
    await school.setStage("dualwrite");
    await office.sync();
    const rowsOf = async () =>
      Promise.all(["students", "classes", "enrollments"].map((domain) => school.rows(domain, ["version", "seq"])));
    const rows = await rowsOf();
    expect(rows.map((all) => all.length)).toEqual([2, 1, 1]);

    const report = await migrateInto(baseOf(school), dumpOf(values), { namespace: shared ? "shared" : "own" });
    expect(report.importId).toBe(info?.importId);
    expect(report.ledger).toMatchObject({
      balanced: true,
      partsByOutcome: { migrated: 0, conflict: 0, merged: 5, quarantined: 1 },
    });
    expect(report.verification?.equal).toBe(true);
    expect(await rowsOf()).toEqual(rows);
  },
);

test("L2: a dump of a storage that the mirror keeps current says so: what was made in the new app is no entry of the old one", async () => {
  const values = { ...Object.fromEntries(oldValues()), "hybrid-data-adapter/mirror": "school/office" };
  const source = sourceFromText(JSON.stringify(values), { name: "dump.json" });
  const base = baseFor(server);
  const findingsOf = async (one: LegacySource) => {
    const reading = await readSource()(one, { namespace: sharedNamespace(base.school), domains: base.domains });
    return (reading.audit() as { findings: readonly { code: string }[] }).findings.map(({ code }) => code);
  };
  expect(await findingsOf(source)).toContain("SOURCE_MIRRORED");
  expect(await findingsOf(dumpOf(oldValues()))).not.toContain("SOURCE_MIRRORED");
});

test("L7: what the old app writes after it was adopted is archived; new records come in, deleted ones do not come back", async () => {
  const values = oldValues();
  const school = await open();
  const office = await school.device("office", {}, legacyOf(values, false));
  const list = async () =>
    (await office.settled(office.adapter.students.list({ sort: "name" }))).items.map(({ record }) => record.name);
  const [, item] = (await office.settled(office.adapter.students.list({ sort: "name" }))).items;
  await office.settled(office.adapter.students.remove(item?.record.id ?? ""));
  values.set("students", JSON.stringify([{ ...ada, name: "Ada L." }, bo, { ...bo, id: "1722770000001", name: "Cy" }]));
  await office.reopen();
  expect(office.adapter.parts.adopted).toMatchObject([{ adopted: 1, copied: true }]);
  expect(await list()).toEqual(["Ada", "Cy"]);
  await office.until(() => sentOf(office) === 0);
  await office.reopen();
  await office.until(() => archivePosts(office) > 0);
  expect(await list()).toEqual(["Ada", "Cy"]);
});
