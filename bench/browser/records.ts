/** The records that all stores of the browser's benches hold: attendance marks, the most frequent record of a school. */
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import { parseRecordId } from "../../src/domain/ids.ts";
import { emptyRecord, parseRecord } from "../../src/domain/record.ts";
import { attendance } from "../../src/school/attendance.ts";

const idOf = (at: number): string => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`;

/** Of every mark; they exist on the server where marks are pushed. */
export const studentId = idOf(900_000_001);
export const classId = idOf(900_000_002);

const statuses = ["present", "absent", "late", "excused"] as const;

/** The mark of a number; `round` changes one field, as a write does. */
export const markOf = (at: number, round = 0): AnyRecord =>
  parseRecord(attendance, {
    ...emptyRecord(attendance, parseRecordId(idOf(at)), null),
    studentId,
    classId,
    date: `2024-${String(1 + (at % 12)).padStart(2, "0")}-${String(1 + (at % 28)).padStart(2, "0")}`,
    status: statuses[at % 4],
    notes: `round ${round}`,
    homeworkCompleted: at % 3 === 0,
  });

export const marksUpTo = (count: number): AnyRecord[] => Array.from({ length: count }, (_, at) => markOf(at));
