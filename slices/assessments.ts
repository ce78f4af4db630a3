import { assessments } from "../src/school/assessments.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The assessments of the school in a store. */
export const assessmentsSlice = createDomainSlice(assessments);
