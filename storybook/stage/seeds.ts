/** What every demo begins with: eight students, a class that five of them attend, and a mark from the week before. */
import type { SeedRecords } from "../../mocks/seed-records.ts";

const id = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

const names = [
  "Ada Lovelace",
  "Blaise Pascal",
  "Carl Gauss",
  "Emmy Noether",
  "Grace Hopper",
  "Maryam Mirzakhani",
  "Sofia Kovalevskaya",
  "Terence Tao",
];

export const classId = id(0xc1);
/** Has a mark, and so may not be removed. */
export const markedStudent = names[0] ?? "";

export const seeds: SeedRecords = {
  students: names.map((name, n) => ({ id: id(n + 1), name, status: "active" })),
  classes: [{ id: classId, name: "Mathematics 1", status: "active" }],
  enrollments: names.slice(0, 5).map((_, n) => ({ id: id(0xe1 + n), studentId: id(n + 1), classId, oneSided: false })),
  attendance: [{ id: id(0xa1), sessionId: id(0x51), studentId: id(1), classId, date: "2026-08-31", status: "present" }],
};
