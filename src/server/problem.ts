/** A failure as the wire carries it: RFC 9457 `application/problem+json` with a stable `code`. */
import { AdapterError, errorKinds, isAdapterError } from "../domain/errors.ts";
import { sqlState } from "./db/retry-transaction.ts";

/** The database is not to be had just now: shut down, out of connections, a lock or statement that took too long. */
const passing =
  /^(08...|53...|57...|55P03|40001|40P01|CONNECT.*|CONNECTION_.*|ECONN.*|EPIPE|ETIMEDOUT|EHOST.*|ENET.*)$/;

/**
 * What the caller may know of an error.
 * - A failure without a code of ours says nothing but INTERNAL: its message could hold SQL, a token or personal data.
 */
export function speakable(error: unknown): AdapterError {
  if (isAdapterError(error)) return error;
  if (passing.test(sqlState(error) ?? "")) {
    return new AdapterError("SERVER_UNREACHABLE", "The database cannot answer just now.", {
      fix: "Send the same request again.",
      cause: error,
    });
  }
  return new AdapterError("INTERNAL", "The server failed.", { cause: error });
}

export function problemResponse(error: AdapterError, requestId: string): Response {
  const { status } = errorKinds[error.code];
  const body = {
    type: `urn:hybrid-data-adapter:error:${error.code}`,
    title: error.code.toLowerCase().replaceAll("_", " "),
    status,
    code: error.code,
    detail: error.message,
    ...(error.place === undefined ? {} : { place: error.place }),
    fix: error.fix,
    facts: error.facts,
    requestId,
  };
  const headers: Record<string, string> = { "content-type": "application/problem+json", "x-request-id": requestId };
  if (status === 401) headers["www-authenticate"] = "Bearer";
  if (status === 429) headers["retry-after"] = String(error.facts.retryAfter ?? 1);
  else if (status === 503) headers["retry-after"] = "1";
  return new Response(JSON.stringify(body), { status, headers });
}
