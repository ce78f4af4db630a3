import { classes } from "../src/school/classes.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The classes of the school in a store. */
export const classesSlice = createDomainSlice(classes);
