import { terms } from "../src/school/terms.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The terms of the school in a store. */
export const termsSlice = createDomainSlice(terms);
