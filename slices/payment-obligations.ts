import { paymentObligations } from "../src/school/payment-obligations.ts";
import { createDomainSlice } from "./create-domain-slice.ts";

/** The payment obligations of the school in a store. */
export const paymentObligationsSlice = createDomainSlice(paymentObligations);
