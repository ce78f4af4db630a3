/** Flat exports: what another program reads of them is what the records say. */
import { PGlite } from "@electric-sql/pglite";
import Papa from "papaparse";
import { expect, test } from "vitest";
import { hasCode } from "../../../src/domain/errors.ts";
import { parseRecordId } from "../../../src/domain/ids.ts";
import { emptyRecord, parseRecord } from "../../../src/domain/record.ts";
import { exportCsv, exportJson, exportSql } from "../../../src/migration/export/flat.ts";
import { classes } from "../../../src/school/classes.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { enrollments } from "../../../src/school/enrollments.ts";
import { students } from "../../../src/school/students.ts";

const id = (n: number) => parseRecordId(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
const student = (n: number, values: Record<string, unknown>) =>
  parseRecord(students, { ...emptyRecord(students, id(n), `s${n}`), name: "Ada", ...values });

const nasty = `O'Dea"; DROP TABLE students;-- \\' \n Ѓ😀`;
const records = {
  students: [
    student(1, { name: nasty, discountAmount: "-12.50", emergencyContact: { phone: "+1", name: "'" } }),
    student(2, {
      name: '=HYPERLINK("http://x","y")',
      phone: "+389 70",
      notes: "@SUM(1)",
      address: "-1+1",
      avatar: "\t=1",
    }),
  ],
  classes: [parseRecord(classes, { ...emptyRecord(classes, id(3), "c"), name: "A1", price: "149.90", duration: 90 })],
  enrollments: [
    parseRecord(enrollments, {
      ...emptyRecord(enrollments, id(4), null),
      studentId: id(1),
      classId: id(3),
      oneSided: false,
    }),
  ],
};

test("S19: a name that a spreadsheet would calculate is escaped in CSV; numbers are not touched", () => {
  const csv = exportCsv(schoolDomains, records).find((file) => file.name === "students.csv");
  const { data } = Papa.parse<Record<string, string>>(csv?.text ?? "", { header: true });
  expect(data[1]).toMatchObject({
    name: `'=HYPERLINK("http://x","y")`,
    phone: "'+389 70",
    notes: "'@SUM(1)",
    address: "'-1+1",
    avatar: "'\t=1",
  });
  expect(data[0]).toMatchObject({ name: nasty, discountAmount: "-12.50", externalId: "s1" });
});

test("JSON holds every domain and every record as it is", () => {
  const all = JSON.parse(exportJson(schoolDomains, records).text) as Record<string, unknown>;
  expect(Object.keys(all)).toEqual(schoolDomains.map((d) => d.name));
  expect(all.students).toEqual(records.students);
});

test("the SQL script loads into a plain PostgreSQL, parents first, whatever the texts hold", async () => {
  const db = await PGlite.create();
  await db.exec(exportSql(schoolDomains, records).text);
  const found = await db.query<Record<string, unknown>>("SELECT * FROM students ORDER BY id");
  expect(found.rows[0]).toMatchObject({
    name: nasty,
    discount_amount: "-12.50",
    emergency_contact: { name: "'", phone: "+1" },
  });
  expect(found.rows).toHaveLength(2);
  expect((await db.query("SELECT * FROM enrollments")).rows).toHaveLength(1);
  await db.close();
});

test("B5: a text that SQL cannot hold is refused, not cut", () => {
  const broken = { students: [{ ...student(1, {}), notes: "a\0b" }] };
  expect(() => exportSql(schoolDomains, broken)).toThrow(expect.toSatisfy(hasCode("TEXT_UNSUPPORTED")));
});
