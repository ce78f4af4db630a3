/** Issue 2's "Show" on the data that stands beside the project: the same on PGlite and on PostgreSQL 18. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repair } from "../../src/migration/repair.ts";
import { openSource } from "../../src/migration/source/open-source.ts";
import { verify } from "../../src/migration/verify.ts";
import { listen } from "../../src/server/listen.ts";
import { baseFor, migrateInto } from "../support/migration.ts";
import { type Cluster, startPostgres } from "../support/postgres.ts";
import { type TestServer, testServer } from "../support/server.ts";

const data = join(import.meta.dirname, "../../../shared/data");
const sourceOf = (file: string, domain?: string) =>
  openSource(new Uint8Array(readFileSync(join(data, file))), { name: file, domain });

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startPostgres();
});
afterAll(() => cluster.stop());

const databases = {
  PGlite: () => testServer(),
  "PostgreSQL 18": (): Promise<TestServer> => cluster.server(),
};

const firstLoad = {
  students: { records: 5 },
  teachers: { records: 6 },
  classes: { records: 5 },
  classrooms: { records: 5 },
  enrollments: { records: 8 },
  paymentObligations: { records: 12 },
  payments: { records: 5 },
};

test.each(Object.entries(databases))("L5: the first load of the origin app, all of it, on %s", async (_name, start) => {
  const server = await start();
  const base = baseFor(server);
  const report = await migrateInto(base, await sourceOf("origin/localStorage.first-load.json"));
  expect(report.ledger).toMatchObject({ entries: 38, balanced: true });
  expect(report.domains).toEqual(firstLoad);
  expect(report.verification).toMatchObject({ equal: true, differences: [], requests: 1 });

  const oneSided = await server.call("GET", "/api/enrollments?oneSided=true");
  expect(oneSided.body.items).toHaveLength(3);
  const parts = await server.call(
    "GET",
    `/api/migration/imports/${report.importId}/ledger/parts?outcome=quarantined&limit=100`,
  );
  const orphans = parts.body.parts as { reason: string; payload: string }[];
  expect(orphans.map((p) => p.reason)).toEqual(Array(62).fill("ORPHAN"));
  expect(new Set(orphans.map((p) => p.payload))).toEqual(
    new Set(Array.from({ length: 62 }, (_, i) => `student-${i + 6}`)),
  );
  await server.close();
});

test.each(Object.entries(databases))("a second import of the same data adds nothing, on %s", async (_name, start) => {
  const server = await start();
  const base = baseFor(server);
  const first = await migrateInto(base, await sourceOf("origin/localStorage.first-load.json"));
  const rows = async () =>
    Promise.all(
      Object.keys(firstLoad).map(async (domain) => [
        domain,
        (await server.call("GET", `/api/${domain}?limit=100`)).body.items,
      ]),
    );
  const before = await rows();
  const again = await migrateInto(base, await sourceOf("origin/localStorage.first-load.json"));
  expect(again.importId).toBe(first.importId);
  for (const file of ["exportData-backup.json", "students.v1-2025-06-16.json"]) {
    const report = await migrateInto(base, await sourceOf(`origin/${file}`));
    expect(report.ledger.balanced).toBe(true);
    expect(report.ledger.partsByOutcome.migrated).toBe(0);
    expect(report.verification?.equal).toBe(true);
  }
  expect(await rows()).toEqual(before);
  await server.close();
});

test.each([
  ["ClassForm.demoClassrooms", "classrooms"],
  ["Teachers.mockTeachers", "teachers"],
  ["classService.returned", "classes"],
  ["classroomService.returned", "classrooms"],
  ["studentService.returned", "students"],
])("the older shape %s balances and is equal", async (file, domain) => {
  const server = await testServer();
  const report = await migrateInto(baseFor(server), await sourceOf(`origin/history-2025-06-12/${file}.json`, domain));
  expect(report.ledger.balanced).toBe(true);
  expect(report.domains[domain]?.records).toBeGreaterThan(0);
  expect(report.verification?.equal).toBe(true);
  await server.close();
});

test("a school year over HTTP into PostgreSQL 18: equal, and what is changed behind its back is named and mended", async () => {
  const server = await cluster.server();
  const http = await listen(server.server, { port: 0 });
  const base = baseFor(server, http.url);
  const source = await sourceOf("luminosity-2016-2017/localStorage.json.gz");
  const report = await migrateInto(base, source);
  expect(report.ledger).toMatchObject({ entries: 61_826, balanced: true });
  expect(report.domains).toEqual({
    students: { records: 505 },
    teachers: { records: 62 },
    classrooms: { records: 19 },
    classes: { records: 75 },
    enrollments: { records: 2911 },
    assessments: { records: 1479 },
    grades: { records: 57_346 },
    attendance: { records: 90_900 },
  });
  expect(report.verification).toMatchObject({ equal: true, requests: 1 });
  expect(report.verification?.bytes).toBeLessThanOrEqual(2048);
  const importId = report.importId ?? "";

  await server.sql(
    "update grades set comments = 'better' where id = (select id from grades order by id limit 1 offset 1000)",
  );
  await server.sql("delete from attendance where id = (select id from attendance order by id limit 1 offset 2000)");
  await server.sql(`insert into terms (school_id, id, name, extra, sort_name, version, seq)
    select id, '00000000-0000-4000-8000-000000000001', 'Ghost', '{}', 'ghost', 1, 1 from schools`);
  const after = await verify({ ...base, importId, source });
  expect(after.equal).toBe(false);
  expect(after.differences.map((d) => [d.kind, d.domain, "fields" in d ? d.fields.map((f) => f.field) : []])).toEqual(
    expect.arrayContaining([
      ["data_mismatch", "grades", ["comments"]],
      ["missing_record", "attendance", []],
      ["extra_record", "terms", []],
    ]),
  );
  expect(after.requests).toBeLessThanOrEqual(16); // three domains differ; T8 counts ten records of one
  expect(after.bytes).toBeLessThanOrEqual(50 * 1024);

  const preview = await repair({ ...base, importId, source, apply: false });
  expect(preview).toMatchObject({ applied: false, put: 0, removed: 0 });
  expect(preview.plan.put).toHaveLength(2);
  expect(preview.plan.remove).toHaveLength(1);
  const mended = await repair({ ...base, importId, source, apply: true });
  expect(mended.verification).toMatchObject({ equal: true, differences: [] });
  // Once more without the source: from the archive on the server alone.
  expect(await verify({ ...base, importId, deep: true })).toMatchObject({ equal: true, differences: [] });
  await http.close();
});
