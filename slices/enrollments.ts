import { enrollments } from "../src/school/enrollments.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The enrollments of the school in a store. */
export const enrollmentsSlice = createDomainSlice(enrollments);
