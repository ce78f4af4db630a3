import { payments } from "../src/school/payments.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The payments of the school in a store. */
export const paymentsSlice = createDomainSlice(payments);
