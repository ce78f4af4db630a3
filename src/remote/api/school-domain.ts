/** The twelve domains of a school as a type, for what is typed by the domains that it was made for. */
import type { assessments } from "../../school/assessments.ts";
import type { attendance } from "../../school/attendance.ts";
import type { classes } from "../../school/classes.ts";
import type { classrooms } from "../../school/classrooms.ts";
import type { enrollments } from "../../school/enrollments.ts";
import type { grades } from "../../school/grades.ts";
import type { paymentObligations } from "../../school/payment-obligations.ts";
import type { payments } from "../../school/payments.ts";
import type { privateLessons } from "../../school/private-lessons.ts";
import type { students } from "../../school/students.ts";
import type { teachers } from "../../school/teachers.ts";
import type { terms } from "../../school/terms.ts";

export type SchoolDomain =
  | typeof assessments
  | typeof attendance
  | typeof classes
  | typeof classrooms
  | typeof enrollments
  | typeof grades
  | typeof paymentObligations
  | typeof payments
  | typeof privateLessons
  | typeof students
  | typeof teachers
  | typeof terms;
