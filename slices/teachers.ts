import { teachers } from "../src/school/teachers.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The teachers of the school in a store. */
export const teachersSlice = createDomainSlice(teachers);
