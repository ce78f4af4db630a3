import { classrooms } from "../src/school/classrooms.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The classrooms of the school in a store. */
export const classroomsSlice = createDomainSlice(classrooms);
