/** `hybrid-data-adapter/school`: the twelve domains of a school. */
export { assessments } from "./assessments.ts";
export { attendance } from "./attendance.ts";
export { classes } from "./classes.ts";
export { classrooms } from "./classrooms.ts";
export { schoolDomains } from "./domains.ts";
export { enrollments } from "./enrollments.ts";
export { grades } from "./grades.ts";
export { paymentObligations } from "./payment-obligations.ts";
export { payments } from "./payments.ts";
export { privateLessons } from "./private-lessons.ts";
export { students } from "./students.ts";
export { teachers } from "./teachers.ts";
export { terms } from "./terms.ts";
