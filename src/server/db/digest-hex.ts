/** A digest leaves SQL as a signed number and crosses the wire as 16 hexadecimal digits. */
import { digestText } from "../../domain/digest.ts";

/** From a `bigint` or `numeric` in decimal text; sums are taken modulo 2^64. */
export const digestHex = (decimal: string): string => digestText(BigInt(decimal));
