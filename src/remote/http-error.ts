/** An answer that is no success, as a typed error: by the code that our server gave, else by its HTTP status. */
import { AdapterError, type ErrorCode, errorKinds } from "../domain/errors.ts";
import { isJsonObject } from "../domain/json.ts";

/** What a status says when no code of ours came with it. Whatever is not here is SERVER_ANSWER, and may pass. */
const byStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [400, "BAD_REQUEST"],
  [401, "UNAUTHENTICATED"],
  [403, "FORBIDDEN"],
  [404, "NOT_FOUND"],
  [408, "SERVER_UNREACHABLE"],
  [413, "LIMIT"],
  [429, "RATE_LIMITED"],
  [502, "SERVER_UNREACHABLE"],
  [503, "SERVER_UNREACHABLE"],
  [504, "SERVER_UNREACHABLE"],
]);

/**
 * `facts` holds `status`, `retryAfterMs` where the answer named a time, and `guessed: true` where the code is not the
 * server's own word but comes from the status: a proxy answered, or a server that is newer and knows other codes.
 * @param what the request, as in `POST /api/sync/patch`
 * @param json the body, where it could be read
 */
export function httpError(what: string, response: Response, json: unknown): AdapterError {
  const said = isJsonObject(json) ? json : {};
  const wait = retryAfterMs(response.headers);
  const facts = { status: response.status, ...(wait === null ? {} : { retryAfterMs: wait }) };
  const code = knownCode(said.code);
  if (code === null) {
    return new AdapterError(
      byStatus.get(response.status) ?? "SERVER_ANSWER",
      `${what} was answered with ${response.status}.`,
      { facts: { ...facts, guessed: true, ...(typeof said.code === "string" ? { code: said.code } : {}) } },
    );
  }
  return new AdapterError(code, typeof said.detail === "string" ? said.detail : `${what} was refused: ${code}.`, {
    ...(typeof said.place === "string" ? { place: said.place } : {}),
    ...(typeof said.fix === "string" ? { fix: said.fix } : {}),
    facts: { ...(isJsonObject(said.facts) ? said.facts : {}), ...facts },
  });
}

const knownCode = (code: unknown): ErrorCode | null =>
  typeof code === "string" && Object.hasOwn(errorKinds, code) ? (code as ErrorCode) : null;

/** Seconds, or a date: that one is read by the server's own `Date`, because this device's clock may be wrong. */
function retryAfterMs(headers: Headers): number | null {
  const text = headers.get("retry-after")?.trim();
  if (!text) return null;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const ms = Date.parse(text) - Date.parse(headers.get("date") ?? "");
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
