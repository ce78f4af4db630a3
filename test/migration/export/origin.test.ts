/** Back to the old app's layout. */
import { expect, test } from "vitest";
import { sampleSchool } from "../../../src/cli/sample/sample-school.ts";
import { type AnyRecord, domainSet } from "../../../src/domain/define-domain.ts";
import { parseRecordId, schoolIdOf, sharedNamespace } from "../../../src/domain/ids.ts";
import { exportOrigin, originText } from "../../../src/migration/export/origin.ts";
import { transform } from "../../../src/migration/transform/transform.ts";
import type { LegacyEntry, LegacySource } from "../../../src/migration/types.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { knownLayout } from "../../../src/school/legacy/known-layout.ts";
import { matchKey } from "../../../src/school/legacy/layout.ts";

const domains = domainSet(schoolDomains);
const namespace = sharedNamespace(schoolIdOf("north"));

/** A reader of lists that JSON.stringify wrote, so that this test stands on no other. */
function read(values: Readonly<Record<string, string>>) {
  const source: LegacySource = {
    name: "dump",
    container: "dump",
    fingerprint: "",
    values: Object.entries(values).map(([key, raw]) => ({ key, raw })),
  };
  const entries: LegacyEntry[] = [];
  for (const { key, raw } of source.values) {
    const kind = matchKey(knownLayout, key)[0]?.declared.kind;
    if (!kind || !raw.endsWith("]")) continue;
    let at = 1;
    for (const [index, data] of (JSON.parse(raw) as { id: string }[]).entries()) {
      const end = at + JSON.stringify(data).length;
      entries.push({
        no: entries.length + 1,
        key,
        position: String(index),
        kind,
        start: at,
        end,
        legacyId: data.id,
        data,
        defect: null,
      });
      at = end + 1;
    }
  }
  const text = new Map(source.values.map((v) => [v.key, v.raw]));
  const transformed = transform(entries, {
    domains,
    layout: knownLayout,
    namespace,
    textOf: (e: LegacyEntry) => (text.get(e.key) ?? "").slice(e.start, e.end),
  } as never);
  const current: Record<string, AnyRecord[]> = {};
  for (const { parts } of transformed)
    for (const part of parts) {
      if (!part.record) continue;
      current[part.domain] ??= [];
      current[part.domain]?.push(part.record);
    }
  return { source, transformed, current };
}

const again = (values: readonly { key: string; raw: string }[]) =>
  read(Object.fromEntries(values.map((v) => [v.key, v.raw]))).current;
const byId = (list: readonly AnyRecord[] = []) => [...list].sort((a, b) => (a.id < b.id ? -1 : 1));

test("L9: an untouched school comes back byte for byte", () => {
  const dump = sampleSchool({ seed: 1, scale: 0.2 });
  const { source, transformed, current } = read(dump);
  const back = exportOrigin({ domains, source, transformed, current });
  expect(back.values).toEqual(source.values);
  expect(back.unplaced).toEqual([]);
  expect(JSON.parse(originText(back))).toEqual(dump);
});

test("L9: changed and deleted records come back in the old shape, and read again are what the school has", () => {
  const { source, transformed, current } = read(sampleSchool({ seed: 3, scale: 0.2 }));
  const [student, grade, mark] = [current.students?.[3], current.grades?.[0], current.attendance?.[0]];
  if (!student || !grade || !mark) throw new Error("the sample is empty");
  const edit = (domain: string, id: string, values: object) =>
    (current[domain] ?? []).map((r) => (r.id === id ? ({ ...r, ...values } as AnyRecord) : r));
  const gone = current.payments?.at(-1)?.id;
  const next = {
    ...current,
    students: edit("students", student.id, { name: "Нова", notes: "new" }),
    grades: edit("grades", grade.id, { score: "77", scoreText: null }),
    attendance: edit("attendance", mark.id, { status: "excused" }),
    payments: (current.payments ?? []).filter((p) => p.id !== gone),
  };
  const back = exportOrigin({ domains, source, transformed, current: next });
  const read2 = again(back.values);
  for (const domain of ["students", "grades", "attendance", "payments", "enrollments", "paymentObligations", "classes"])
    expect(byId(read2[domain]), domain).toEqual(byId(next[domain as keyof typeof next]));
  const of = (key: string) => back.values.find((v) => v.key === key)?.raw;
  for (const key of ["teachers", "classrooms", "obligations"])
    expect(of(key)).toBe(source.values.find((v) => v.key === key)?.raw);
  expect((JSON.parse(of("grades") ?? "") as { value: unknown }[])[0]?.value).toBe("77");
});

test("L9: a student who came later is in the list, in the class, and can be read again", () => {
  const { source, transformed, current } = read(sampleSchool({ seed: 4, scale: 0.2 }));
  const [student, group] = [current.students?.[0], current.classes?.[0]];
  if (!student || !group) throw new Error("the sample is empty");
  const id = parseRecordId("0b5f0a6e-6f0b-4c39-8f5a-0d6c7b1d2e3f");
  const made: AnyRecord = { ...student, id, externalId: null, name: "Later", extra: {} };
  const enrolled = {
    id: parseRecordId("0b5f0a6e-6f0b-4c39-8f5a-0d6c7b1d2e40"),
    externalId: null,
    extra: {},
    studentId: id,
    classId: group.id,
    beginDate: null,
    endDate: null,
    oneSided: false,
  };
  const back = exportOrigin({
    domains,
    source,
    transformed,
    current: {
      ...current,
      students: [...(current.students ?? []), made],
      enrollments: [...(current.enrollments ?? []), enrolled],
    },
  });
  const students = JSON.parse(back.values.find((v) => v.key === "students")?.raw ?? "") as Record<string, unknown>[];
  expect(students.at(-1)).toMatchObject({ id, name: "Later", classId: group.externalId });
  const classes = JSON.parse(back.values.find((v) => v.key === "classes")?.raw ?? "") as {
    studentIds: string[];
    students: number;
  }[];
  expect(classes[0]?.studentIds.at(-1)).toBe(id);
  expect(classes[0]?.students).toBe(classes[0]?.studentIds.length);
  expect(again(back.values).enrollments).toHaveLength((current.enrollments?.length ?? 0) + 1);
});
