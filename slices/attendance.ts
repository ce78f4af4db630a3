import { attendance } from "../src/school/attendance.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The attendance of the school in a store. */
export const attendanceSlice = createDomainSlice(attendance);
