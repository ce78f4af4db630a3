/** Registers, assessments, grades and private lessons of the sample school, in the old app's shapes. */
import { remarks } from "./names.ts";
import type { People } from "./people.ts";
import type { Item, Toolbox } from "./toolbox.ts";

/** Registers of `marks` marks in all: the app wrote every student of the school into each. */
export function makeSessions(box: Toolbox, marks: number, classes: readonly Item[], students: readonly Item[]): Item[] {
  const { random } = box;
  return Array.from({ length: Math.ceil(marks / students.length) }, (_, i) => {
    const taught = random.pick(classes);
    const teacher = taught.teacher as Item;
    const on = box.day("2025-02-01", 130);
    const present = students.slice(0, Math.min(students.length, marks - i * students.length));
    const studentRecords = present.map((student) => {
      const mark: Item = {
        studentId: student.id,
        studentName: random.chance(0.01) ? "Unknown Student" : student.name,
        status: random.pick(["present", "present", "present", "present", "absent", "late"]),
      };
      if (random.chance(0.1)) mark.notes = random.pick(remarks);
      if (random.chance(0.3)) mark.homeworkCompleted = random.chance(0.7);
      if (random.chance(0.05)) mark.homeworkNotes = "Half";
      return mark;
    });
    return {
      id: `attendance-${box.stamp()}`,
      classId: taught.id,
      className: taught.name,
      teacherId: teacher.id,
      teacherName: teacher.name,
      sessionDate: on,
      studentRecords,
      createdAt: box.instant(on),
      updatedAt: box.instant(on),
    };
  });
}

export const makeAssessments = (box: Toolbox, count: number, classes: readonly Item[]): Item[] =>
  Array.from({ length: count }, (_, i) => {
    const { random } = box;
    const taught = random.pick(classes);
    const on = box.day("2025-02-01", 130);
    const gone = i % 50 === 7; // deleteClass leaves assessments behind
    return {
      id: `assessment-${box.stamp()}`,
      classId: gone ? `class-gone-${i}` : taught.id,
      className: gone ? "Unknown Class" : taught.name,
      title: `Unit ${i + 1}`,
      type: random.pick(["Homework", "Test", "Quiz", "Project", "Participation"]),
      ...(random.chance(0.8) ? { totalPoints: 100 } : {}),
      date: on,
      ...(random.chance(0.3) ? { description: random.pick(remarks) } : {}),
      createdAt: box.instant(on),
      updatedAt: box.instant(on),
    };
  });

/** Grades, each student once in an assessment; the form always wrote the value as text. */
export function makeGrades(
  box: Toolbox,
  count: number,
  assessments: readonly Item[],
  students: readonly Item[],
): Item[] {
  const { random } = box;
  const grades: Item[] = [];
  for (let round = 0; grades.length < count && round < students.length; round++) {
    for (const [i, assessment] of assessments.entries()) {
      if (grades.length === count) break;
      const student = students[(round + 7 * i) % students.length] as Item;
      const points = random.below(101);
      grades.push({
        id: `grade-${box.stamp()}-${String(student.id)}`,
        assessmentId: assessment.id,
        studentId: student.id,
        studentName: student.name,
        value: random.chance(0.1) ? random.pick(["A", "B+", "C"]) : random.chance(0.05) ? points : String(points),
        comments: random.pick(remarks),
        dateRecorded: box.instant(String(assessment.date)),
      });
    }
  }
  return grades;
}

export const makePrivateLessons = (box: Toolbox, count: number, { students, teachers, classrooms }: People): Item[] =>
  Array.from({ length: count }, () => {
    const { random } = box;
    const [student, teacher, room] = [random.pick(students), random.pick(teachers), random.pick(classrooms)];
    const on = box.day("2025-02-01", 150);
    const amount = random.pick([20, 25.5, 30]);
    const lesson: Item = {
      id: box.uuid(),
      studentId: student.id,
      studentName: student.name,
      teacherId: teacher.id,
      teacherName: teacher.name,
      subject: teacher.subject,
      date: on,
      startTime: "17:00",
      endTime: "18:00",
      classroomId: room.id,
      classroomName: room.name,
      status: random.pick(["scheduled", "completed", "cancelled"]),
      ...(random.chance(0.2) ? { notes: random.pick(remarks) } : {}),
    };
    const paid = random.chance(0.4);
    if (paid || random.chance(0.3)) {
      lesson.paymentObligation = {
        id: box.uuid(),
        amount,
        dueDate: `${on}T00:00:00.000Z`,
        status: paid ? "paid" : "pending",
        createdAt: box.instant(on),
      };
    }
    if (random.chance(0.95)) {
      lesson.paymentRecords = paid
        ? [{ id: box.uuid(), amount, paymentDate: `${on}T00:00:00.000Z`, method: "cash", createdAt: box.instant(on) }]
        : [];
    }
    return { ...lesson, createdAt: box.instant(on), updatedAt: box.instant(on) };
  });
