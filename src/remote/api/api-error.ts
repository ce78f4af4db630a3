/** A failure as the Redux store may hold it: plain data with the same words as an `AdapterError`. */
import { AdapterError, type ErrorCode, errorKinds, isAdapterError } from "../../domain/errors.ts";
import { isJsonObject } from "../../domain/json.ts";

/** What a request of the api failed with: `unwrap()` throws it, a hook gives it as `error`. */
export interface ApiError {
  readonly code: ErrorCode;
  /** The HTTP status of the answer; where none came, the one that the code stands for. */
  readonly status: number;
  readonly message: string;
  readonly place?: string;
  readonly fix: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Not before so many milliseconds; where the server named a time. */
  readonly retryAfter?: number;
}

export function apiErrorOf(error: AdapterError): ApiError {
  const { status, retryAfterMs } = error.facts;
  return {
    code: error.code,
    status: typeof status === "number" ? status : error.status,
    message: error.message,
    ...(error.place === undefined ? {} : { place: error.place }),
    fix: error.fix,
    ...(Object.keys(error.facts).length === 0 ? {} : { facts: error.facts }),
    ...(typeof retryAfterMs === "number" ? { retryAfter: retryAfterMs } : {}),
  };
}

/**
 * What a request of the api rejected with, as the rest of the package throws it.
 * - A request that was aborted (`{ name: "AbortError" }`, as Redux Toolkit says it) is INTERRUPTED.
 */
export function toAdapterError(thrown: unknown): AdapterError {
  if (isAdapterError(thrown)) return thrown;
  if (isApiError(thrown)) {
    const { code, message, place, fix, facts, status } = thrown;
    return new AdapterError(code, message, { place, fix, facts: { status, ...facts } });
  }
  if (typeof thrown === "object" && thrown !== null && "name" in thrown && thrown.name === "AbortError") {
    return new AdapterError("INTERRUPTED", "The request was given up.", { cause: thrown });
  }
  return new AdapterError("INTERNAL", "The request failed in this program.", { cause: thrown });
}

const isApiError = (value: unknown): value is ApiError =>
  isJsonObject(value) && typeof value.code === "string" && Object.hasOwn(errorKinds, value.code) && "fix" in value;
