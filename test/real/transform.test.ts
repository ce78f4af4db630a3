/** The transform and the accounting on real input, in place. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { domainSet } from "../../src/domain/define-domain.ts";
import { ownNamespace, recordIdOf, schoolIdOf } from "../../src/domain/ids.ts";
import { accountFor } from "../../src/migration/accounting/account-for.ts";
import { recordBook } from "../../src/migration/accounting/record-book.ts";
import { transform } from "../../src/migration/transform/transform.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { knownLayout } from "../../src/school/legacy/known-layout.ts";
import { readDump } from "../migration/transform/read-dump.ts";

const data = join(import.meta.dirname, "../../../shared/data");
const domains = domainSet(schoolDomains);
const namespace = ownNamespace(schoolIdOf("test"), "0".repeat(64));

function dump(bytes: Buffer): Record<string, unknown> {
  const values = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "string" && /^[[{]/.test(value) ? JSON.parse(value) : value,
    ]),
  );
}

function run(values: Record<string, unknown>) {
  const { entries, textOf } = readDump(values, knownLayout);
  const began = performance.now();
  const transformed = transform(entries, { namespace, layout: knownLayout, domains, textOf });
  const records: Record<string, number> = {};
  const others: Record<string, number> = {};
  let oneSided = 0;
  for (const { parts } of transformed)
    for (const part of parts) {
      if (part.record) {
        records[part.domain] = (records[part.domain] ?? 0) + 1;
        if (part.record.oneSided === true) oneSided++;
      } else others[`${part.outcome} ${part.reason}`] = (others[`${part.outcome} ${part.reason}`] ?? 0) + 1;
    }
  const transformMs = performance.now() - began;
  const lookupRecord = recordBook(transformed, domains);
  const missing = [];
  for (const one of transformed)
    missing.push(
      ...accountFor(textOf(one.entry), one, {
        domains,
        lookupRecord,
        derivedId: (space, id) => recordIdOf(namespace, space, id),
        none: knownLayout.none,
      }),
    );
  const accountingMs = performance.now() - began - transformMs;
  return {
    entries: entries.length,
    records,
    others,
    oneSided,
    missing,
    findings: transformed.findings(),
    transformMs,
    accountingMs,
  };
}

test("first-load: 38 entries, 8 enrolments of which 3 one-sided, 62 dangling ids by name, every leaf accounted for", () => {
  const result = run(dump(readFileSync(`${data}/origin/localStorage.first-load.json`)));
  expect(result.missing.slice(0, 5)).toEqual([]);
  expect(result.entries).toBe(38);
  expect(result.records).toEqual({
    students: 5,
    teachers: 6,
    classrooms: 5,
    classes: 5,
    enrollments: 8,
    paymentObligations: 12,
    payments: 5,
  });
  expect(result.oneSided).toBe(3);
  expect(result.others).toEqual({ "quarantined ORPHAN": 62, "merged EQUAL": 2 });
});

test("the app's own export and the older shapes: every leaf accounted for", () => {
  const exported = run(dump(readFileSync(`${data}/origin/exportData-backup.json`)));
  expect(exported.missing).toEqual([]);
  expect(exported.records.enrollments).toBe(8);
  const older = (file: string, key: string) =>
    run({
      [key]:
        (JSON.parse(readFileSync(`${data}/origin/${file}`, "utf8")) as Record<string, unknown>)[key] ??
        JSON.parse(readFileSync(`${data}/origin/${file}`, "utf8")),
    });
  for (const [file, key] of [
    ["students.v1-2025-06-16.json", "students"],
    ["history-2025-06-12/studentService.returned.json", "students"],
    ["history-2025-06-12/Teachers.mockTeachers.json", "teachers"],
    ["history-2025-06-12/classService.returned.json", "classes"],
    ["history-2025-06-12/classroomService.returned.json", "classrooms"],
    ["history-2025-06-12/ClassForm.demoClassrooms.json", "classrooms"],
  ] as const) {
    const result = older(file, key);
    expect(result.missing, file).toEqual([]);
    expect(result.records[key], file).toBe(result.entries);
    expect(result.entries, file).toBeGreaterThan(1);
  }
});

test("a whole school year: every record and every leaf, in seconds", () => {
  const result = run(dump(gunzipSync(readFileSync(`${data}/luminosity-2016-2017/localStorage.json.gz`))));
  console.log(`transform ${Math.round(result.transformMs)} ms, accounting ${Math.round(result.accountingMs)} ms`);
  expect(result.missing.slice(0, 5)).toEqual([]);
  expect(result.records).toEqual({
    students: 505,
    teachers: 62,
    classrooms: 19,
    classes: 75,
    enrollments: 2911,
    assessments: 1479,
    grades: 57_346,
    attendance: 90_900,
  });
});
