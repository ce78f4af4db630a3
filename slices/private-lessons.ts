import { privateLessons } from "../src/school/private-lessons.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The private lessons of the school in a store. */
export const privateLessonsSlice = createDomainSlice(privateLessons);
