import { grades } from "../src/school/grades.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The grades of the school in a store. */
export const gradesSlice = createDomainSlice(grades);
