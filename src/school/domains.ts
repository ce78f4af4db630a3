import { type Domain, domainSet } from "../domain/define-domain.ts";
import { assessments } from "./assessments.ts";
import { attendance } from "./attendance.ts";
import { classes } from "./classes.ts";
import { classrooms } from "./classrooms.ts";
import { enrollments } from "./enrollments.ts";
import { grades } from "./grades.ts";
import { paymentObligations } from "./payment-obligations.ts";
import { payments } from "./payments.ts";
import { privateLessons } from "./private-lessons.ts";
import { students } from "./students.ts";
import { teachers } from "./teachers.ts";
import { terms } from "./terms.ts";

/** The twelve domains of a school, parents first. Each has a table of its own on the server. */
export const schoolDomains: readonly Domain[] = domainSet([
  terms,
  teachers,
  classrooms,
  students,
  classes,
  enrollments,
  assessments,
  grades,
  attendance,
  privateLessons,
  paymentObligations,
  payments,
]).all;
