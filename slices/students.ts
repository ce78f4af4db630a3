import { students } from "../src/school/students.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The students of the school in a store. */
export const studentsSlice = createDomainSlice(students);
