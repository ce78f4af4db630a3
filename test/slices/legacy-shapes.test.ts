import { expect, test } from "vitest";
import { attendanceSlice } from "../../slices/attendance.ts";
import { selectLegacySessions } from "../../slices/legacy-shapes/attendance.ts";
import { selectLegacyClasses } from "../../slices/legacy-shapes/classes.ts";
import { selectLegacyClassrooms } from "../../slices/legacy-shapes/classrooms.ts";
import { selectLegacyObligations, selectLegacyPayments } from "../../slices/legacy-shapes/finance.ts";
import { selectLegacyAssessments, selectLegacyGrades } from "../../slices/legacy-shapes/grades.ts";
import { selectLegacyPrivateLessons } from "../../slices/legacy-shapes/private-lessons.ts";
import { selectLegacyStudents } from "../../slices/legacy-shapes/students.ts";
import { selectLegacyTeachers } from "../../slices/legacy-shapes/teachers.ts";
import { schoolSlices } from "../../slices/school-slices.ts";
import { studentsSlice } from "../../slices/students.ts";
import { uuid } from "../support/records.ts";
import { sliceScenario } from "../support/slices.ts";

const id = {
  ada: uuid(1),
  bob: uuid(2),
  cleo: uuid(3),
  emma: uuid(10),
  room: uuid(20),
  maths: uuid(30),
  art: uuid(31),
  register: uuid(40),
  test: uuid(50),
  lesson: uuid(60),
};
const at = (day: number) => `2024-03-0${day}T08:00:00.000Z`;

async function school() {
  const scenario = sliceScenario();
  const { adapter, store } = scenario;
  const enrol = (n: number, studentId: string, classId: string, rest: object = {}) => ({
    id: uuid(100 + n),
    studentId,
    classId,
    oneSided: false,
    ...rest,
  });
  const extraOfAda = { nickname: "Countess", joinDate: "2024-01-01T09:30:00Z" };
  adapter.put("students", [
    { id: id.ada, name: "Ada", joinDate: "2024-01-01", discountAmount: "12.50", extra: extraOfAda },
    { id: id.bob, name: "Bob", email: "bob@school.example", status: "inactive" },
    { id: id.cleo, name: "Cleo" },
  ]);
  adapter.put("teachers", [{ id: id.emma, name: "Emma", subject: "Grammar & Writing", avatar: "e.png" }]);
  adapter.put("classrooms", [{ id: id.room, name: "A-102", capacity: 20, createdAt: at(1) }]);
  adapter.put("classes", [
    {
      id: id.maths,
      name: "Maths",
      teacherId: id.emma,
      classroomId: id.room,
      room: "A-102",
      price: "99.90",
      schedule: [{ day: "Monday", startTime: "09:00", endTime: "10:00" }],
      extra: { teacher: { subject: "English" } },
    },
    { id: id.art, name: "Art" },
  ]);
  adapter.put("enrollments", [
    enrol(1, id.ada, id.maths),
    enrol(2, id.bob, id.maths, { beginDate: "2024-01-01", endDate: "2024-02-01" }),
    enrol(3, id.ada, id.art, { oneSided: true }),
  ]);
  adapter.put("attendance", [
    {
      id: uuid(201),
      sessionId: id.register,
      classId: id.maths,
      teacherId: id.emma,
      studentId: id.bob,
      date: "2024-03-04",
      status: "late",
      updatedAt: at(5),
    },
    {
      id: uuid(202),
      sessionId: id.register,
      classId: id.maths,
      teacherId: id.emma,
      studentId: id.ada,
      date: "2024-03-04",
      status: "present",
      homeworkCompleted: true,
      updatedAt: at(4),
      extra: { session: { topic: "sums" } },
    },
    {
      id: uuid(203),
      sessionId: id.register,
      classId: id.maths,
      teacherId: id.emma,
      studentId: null,
      date: "2024-03-04",
      status: "absent",
      extra: { studentName: "Gone" },
    },
  ]);
  adapter.put("assessments", [
    { id: id.test, title: "Sums", type: "Quiz", classId: id.maths, totalPoints: "20.5", date: "2024-03-04" },
  ]);
  adapter.put("grades", [
    { id: uuid(301), assessmentId: id.test, studentId: id.ada, score: "90" },
    { id: uuid(302), assessmentId: id.test, studentId: uuid(999), scoreText: "A" },
  ]);
  adapter.put("privateLessons", [
    {
      id: id.lesson,
      studentId: id.ada,
      teacherId: id.emma,
      classroomId: id.room,
      subject: "Piano",
      date: "2024-03-04",
    },
  ]);
  adapter.put("paymentObligations", [
    { id: uuid(401), studentId: id.ada, amount: "100.10", dueDate: "2024-04-01", status: "partial" },
    {
      id: uuid(402),
      studentId: id.ada,
      privateLessonId: id.lesson,
      amount: "30",
      dueDate: "2024-04-02",
      extra: { dueDate: "2024-04-02T22:00:00.000Z" },
    },
  ]);
  adapter.put("payments", [
    {
      id: uuid(501),
      studentId: id.bob,
      obligationId: uuid(401),
      amount: "50.05",
      date: "2024-04-01",
      method: "cash",
      createdBy: "admin",
    },
    {
      id: uuid(502),
      studentId: id.ada,
      privateLessonId: id.lesson,
      obligationId: uuid(402),
      amount: "15",
      date: "2024-04-03",
      method: "card",
    },
  ]);
  for (const { actions } of schoolSlices) await store.dispatch(actions.loadAll()).unwrap();
  await scenario.settle();
  return scenario;
}

test("a class has its teacher inside, the ids of its students and their number", async () => {
  const { store } = await school();
  const [maths, art] = selectLegacyClasses(store.getState());
  expect(maths).toMatchObject({
    id: id.maths,
    name: "Maths",
    teacher: { id: id.emma, name: "Emma", avatar: "e.png", subject: "English" },
    room: "A-102",
    roomId: id.room,
    studentIds: [id.ada, id.bob],
    students: 2,
    price: 99.9,
    schedule: [{ day: "Monday", startTime: "09:00", endTime: "10:00" }],
    objectives: [],
  });
  // Only Ada said that she attends it; the old class did not list her.
  expect(art).toMatchObject({ teacher: { id: "", name: "", subject: "" }, studentIds: [], students: 0 });
});

test("on a day, only those who attend on that day count", async () => {
  const { store } = await school();
  const on = (day: string) => selectLegacyClasses(store.getState(), day)[0]?.studentIds;
  expect(on("2024-01-31")).toEqual([id.ada, id.bob]);
  expect(on("2024-02-02")).toEqual([id.ada]);
});

test("a student names one class, his own word first; what is absent is no key", async () => {
  const { store } = await school();
  const [ada, bob, cleo] = selectLegacyStudents(store.getState());
  expect(ada).toEqual({
    id: id.ada,
    name: "Ada",
    email: "",
    phone: "",
    status: "active",
    joinDate: "2024-01-01T09:30:00Z",
    parentContact: "",
    classId: id.art,
    discountAmount: 12.5,
    nickname: "Countess",
  });
  expect(bob).toMatchObject({ classId: id.maths, email: "bob@school.example", status: "inactive" });
  expect(cleo?.classId).toBe("unassigned");
  // Another day has no time of its own.
  await store.dispatch(studentsSlice.actions.update({ id: id.ada, changes: { joinDate: "2024-01-02" } })).unwrap();
  expect(selectLegacyStudents(store.getState())[0]?.joinDate).toBe("2024-01-02");
});

test("a teacher lists the classes that name him, a room its old dates", async () => {
  const { store } = await school();
  expect(selectLegacyTeachers(store.getState())[0]?.classIds).toEqual([id.maths]);
  expect(selectLegacyClassrooms(store.getState())[0]).toMatchObject({ capacity: 20, createdDate: at(1), location: "" });
});

test("a register has the marks of its students inside, by name", async () => {
  const { store } = await school();
  const [session, ...more] = selectLegacySessions(store.getState());
  expect(more).toEqual([]);
  expect(session).toMatchObject({
    id: id.register,
    className: "Maths",
    teacherName: "Emma",
    sessionDate: "2024-03-04",
    updatedAt: at(5),
    topic: "sums",
  });
  expect(session?.studentRecords).toEqual([
    { id: uuid(202), studentId: id.ada, studentName: "Ada", status: "present", homeworkCompleted: true },
    { id: uuid(201), studentId: id.bob, studentName: "Bob", status: "late" },
    { id: uuid(203), studentId: "", studentName: "Gone", status: "absent" },
  ]);
});

test("a mark that was moved to another day stands in a register of its own", async () => {
  const { store } = await school();
  await store.dispatch(attendanceSlice.actions.update({ id: uuid(201), changes: { date: "2024-03-05" } })).unwrap();
  const sessions = selectLegacySessions(store.getState());
  expect(sessions.map((one) => [one.id, one.sessionDate, one.studentRecords.length]).sort()).toEqual([
    [id.register, expect.any(String), expect.any(Number)],
    [`${id.register}-2`, expect.any(String), expect.any(Number)],
  ]);
});

test("assessments, grades, obligations and payments have the names beside them and numbers as numbers", async () => {
  const { store } = await school();
  const root = store.getState();
  expect(selectLegacyAssessments(root)[0]).toMatchObject({ className: "Maths", totalPoints: 20.5, type: "Quiz" });
  expect(selectLegacyGrades(root).map(({ value, studentName }) => [value, studentName])).toEqual([
    ["90", "Ada"],
    ["A", "Unknown Student"],
  ]);
  expect(selectLegacyObligations(root)).toEqual([
    expect.objectContaining({ id: uuid(401), amount: 100.1, studentName: "Ada", dueDate: "2024-04-01" }),
  ]);
  expect(selectLegacyPayments(root)).toEqual([
    expect.objectContaining({ id: uuid(501), amount: 50.05, studentName: "Bob", obligationId: uuid(401) }),
  ]);
});

test("a private lesson has its obligation and payments inside, their days with a time", async () => {
  const { store } = await school();
  const [lesson] = selectLegacyPrivateLessons(store.getState());
  expect(lesson).toMatchObject({
    studentName: "Ada",
    teacherName: "Emma",
    classroomName: "A-102",
    status: "scheduled",
    paymentObligation: { id: uuid(402), amount: 30, dueDate: "2024-04-02T22:00:00.000Z", status: "pending" },
    paymentRecords: [{ id: uuid(502), amount: 15, paymentDate: "2024-04-03T00:00:00.000Z", method: "card" }],
  });
});

test("the same reference comes back while nothing that is shown has changed, for each item of its own", async () => {
  const { adapter, store, settle } = await school();
  const selectors = [
    selectLegacyClasses,
    selectLegacyStudents,
    selectLegacyTeachers,
    selectLegacyClassrooms,
    selectLegacySessions,
    selectLegacyAssessments,
    selectLegacyGrades,
    selectLegacyObligations,
    selectLegacyPayments,
    selectLegacyPrivateLessons,
  ];
  const look = () => selectors.map((select) => select(store.getState()));
  const before = look();
  adapter.put("terms", [{ id: uuid(900), name: "Spring" }]);
  // Nobody's name: neither a class nor a register shows it.
  adapter.put("classrooms", [{ id: uuid(21), name: "B-1" }]);
  await settle();
  const after = look();
  for (const index of before.keys()) if (index !== 3) expect(after[index]).toBe(before[index]);
  adapter.put("teachers", [{ id: id.emma, name: "Emma Woodhouse", subject: "Grammar & Writing" }]);
  await settle();
  const renamed = look();
  expect(renamed[0]?.[0]).toMatchObject({ teacher: { name: "Emma Woodhouse" } });
  expect(renamed[0]?.[1]).toBe(before[0]?.[1]);
  expect(renamed[4]?.[0]).toMatchObject({ teacherName: "Emma Woodhouse" });
  expect(renamed[1]).toBe(before[1]);
});

test("S12: what an old record kept under __proto__ reaches no prototype", async () => {
  const { adapter, store, settle } = await school();
  adapter.put("students", [{ id: id.cleo, name: "Cleo", extra: JSON.parse('{"__proto__":{"x":1},"constructor":2}') }]);
  await settle();
  const cleo = selectLegacyStudents(store.getState())[2];
  expect(Object.keys(cleo ?? {})).not.toContain("constructor");
  expect("x" in (cleo ?? {})).toBe(false);
});
