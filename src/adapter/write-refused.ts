/** The error with which a write rejects that the server refused while its caller waited. */
import { AdapterError, type ErrorCode, type ErrorDetails } from "../domain/errors.ts";
import type { Write } from "../local/record-store.ts";

/** Nothing of the write was kept, here or on the server; it is all in `payload`, for a form to show again. */
export class WriteRefusedError extends AdapterError {
  constructor(
    code: ErrorCode,
    message: string,
    /** What was to be written, in its order. */
    readonly payload: readonly Write[],
    details: ErrorDetails = {},
  ) {
    super(code, message, details);
  }
}
