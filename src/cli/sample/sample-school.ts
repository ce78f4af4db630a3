/** A made-up school as the old app's localStorage would hold it, dirt and all. */
import { makeObligations, makePayments } from "./money.ts";
import { makeClasses, makeClassrooms, makeStudents, makeTeachers } from "./people.ts";
import { makeAssessments, makeGrades, makePrivateLessons, makeSessions } from "./teaching.ts";
import { toolbox } from "./toolbox.ts";

export interface SampleSchool {
  /** The same seed gives the same bytes, everywhere. */
  readonly seed: number;
  /** 1 is a real school: 100 students, 5,000 attendance marks, 3,000 grades. */
  readonly scale?: number;
}

/**
 * localStorage, key → text. Beside good records it holds what years of use leave behind: references to nobody, an id
 * twice (the same record, and two different ones), a value cut off in the middle, empty e-mails, three date formats.
 */
export function sampleSchool({ seed, scale = 1 }: SampleSchool): Record<string, string> {
  const box = toolbox(seed);
  const many = (count: number): number => Math.max(1, Math.round(count * scale));
  const students = makeStudents(box, many(100));
  const teachers = makeTeachers(box, many(20));
  const classrooms = makeClassrooms(box, many(15));
  const people = { students, teachers, classrooms };
  const classes = makeClasses(box, many(30), people);
  const sessions = makeSessions(box, many(5000), classes, students);
  const assessments = makeAssessments(box, many(150), classes);
  const grades = makeGrades(box, many(3000), assessments, students);
  const lessons = makePrivateLessons(box, many(200), people);
  const obligations = makeObligations(box, many(500), students);
  const payments = makePayments(box, many(300), obligations);
  const twice = { ...payments[0], id: "payment-twice", obligationId: obligations[0]?.id };
  const obligationsText = JSON.stringify(obligations.slice(0, 3));
  for (const teacher of teachers.slice(0, 2)) (teacher.classIds as string[]).push("class1"); // how the first version spelt it
  return {
    students: JSON.stringify([...students, students[0]]),
    teachers: JSON.stringify(teachers),
    classrooms: JSON.stringify(classrooms),
    classes: JSON.stringify(classes),
    "attendance-records": JSON.stringify(sessions),
    assessments: JSON.stringify(assessments),
    grades: JSON.stringify(grades),
    privateLessons: JSON.stringify(lessons),
    paymentObligations: JSON.stringify(obligations),
    payments: JSON.stringify([...payments, twice, { ...twice, amount: 7.77 }]),
    // The key of a former version, whose last write was cut off.
    obligations: obligationsText.slice(0, obligationsText.length - 40),
    mockDataMetadata: JSON.stringify({ lastUpdated: "2025-08-04T00:00:00.000Z", version: "1.0.0" }),
    __storage_test__: "test",
  };
}
