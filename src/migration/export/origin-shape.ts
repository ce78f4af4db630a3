/** The origin app's shapes, for what has no place in an entry yet: key, paths and what its components insist on. */
import type { LegacyKind } from "../../domain/legacy.ts";

/** A copy of a name that the app keeps beside a reference. */
export interface NameCopy {
  readonly path: string;
  readonly field: string;
  readonly unknown: string;
}

export interface OriginShape {
  readonly kind: LegacyKind;
  /** In localStorage. */
  readonly key: string;
  /** In the app's own export. */
  readonly member: string;
  /** Where a field stands; `/<field>` unless told. */
  readonly paths: Readonly<Record<string, string>>;
  /** What a component would fail without. */
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly copies: readonly NameCopy[];
}

const shape = (kind: LegacyKind, key: string, rest: Partial<OriginShape> = {}): OriginShape => ({
  kind,
  key,
  member: key,
  paths: {},
  defaults: {},
  copies: [],
  ...rest,
});

const studentName: NameCopy = { path: "/studentName", field: "studentId", unknown: "Unknown Student" };
const teacherName: NameCopy = { path: "/teacherName", field: "teacherId", unknown: "Unknown Teacher" };
const className: NameCopy = { path: "/className", field: "classId", unknown: "Unknown Class" };

/** By domain; `attendance` is the mark inside a session. */
export const originShapes: Readonly<Record<string, OriginShape>> = {
  terms: shape("term", "terms"),
  students: shape("student", "students", {
    defaults: { email: "", phone: "", classId: "unassigned", status: "active", parentContact: "" },
  }),
  teachers: shape("teacher", "teachers", { defaults: { email: "", phone: "", subject: "", classIds: [] } }),
  classrooms: shape("classroom", "classrooms", {
    paths: { createdAt: "/createdDate", updatedAt: "/lastUpdated" },
    defaults: { location: "", capacity: 0 },
  }),
  classes: shape("class", "classes", {
    paths: { teacherId: "/teacher/id", classroomId: "/roomId" },
    defaults: { teacher: { id: "", name: "", subject: "" }, room: "", schedule: [], students: 0, studentIds: [] },
    copies: [{ path: "/teacher/name", field: "teacherId", unknown: "" }],
  }),
  attendance: shape("session", "attendance-records", {
    paths: { date: "/sessionDate" },
    copies: [studentName, className, teacherName],
  }),
  assessments: shape("assessment", "assessments", { copies: [className] }),
  grades: shape("grade", "grades", {
    paths: { score: "/value", scoreText: "/value" },
    defaults: { comments: "" },
    copies: [studentName],
  }),
  privateLessons: shape("privateLesson", "privateLessons", {
    defaults: { paymentRecords: [] },
    copies: [studentName, teacherName, { path: "/classroomName", field: "classroomId", unknown: "" }],
  }),
  paymentObligations: shape("obligation", "paymentObligations", { member: "obligations", copies: [studentName] }),
  payments: shape("payment", "payments", { copies: [studentName] }),
};

/** What all marks of a register share. */
export const sessionFields = ["classId", "teacherId", "date", "createdAt", "updatedAt"] as const;

/** Where the money inside a private lesson keeps a field. */
export const embeddedPaths: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  payments: { date: "/paymentDate" },
  paymentObligations: {},
};
