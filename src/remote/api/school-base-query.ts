/** One request of the api: token, body, answer; every failure comes back as plain data. */
import { AdapterError, isAdapterError } from "../../domain/errors.ts";
import { canonicalJson } from "../../domain/json.ts";
import { httpError } from "../http-error.ts";
import { inTime, type Within } from "../in-time.ts";
import { readJson } from "../read-json.ts";
import { apiErrorOf } from "./api-error.ts";
import type { ApiRequest, SchoolBaseQuery } from "./endpoint-types.ts";

/**
 * A fresh bearer token; asked before each request.
 * @param refused the token that the server has just turned away: give another one, or the same if there is none
 */
export type TokenProvider = (refused?: string) => string | Promise<string>;

export interface SchoolBaseQueryOptions {
  /** Up to, not including, `/api`; empty for the page's own server. */
  readonly baseUrl: string;
  readonly token: TokenProvider;
  readonly fetch: (request: Request) => Promise<Response>;
  /** After how many milliseconds without an answer a request fails with SERVER_UNREACHABLE; never without it. */
  readonly timeout?: Within;
}

interface Reply {
  readonly response: Response;
  readonly json: unknown;
}

/**
 * - A body that could not be stored is refused here, before anything is sent (TEXT_UNSUPPORTED, UNSERIALIZABLE, PRECISION).
 * - A 401 asks for the token once more, and sends again if it is another one.
 */
export function schoolBaseQuery(options: SchoolBaseQueryOptions): SchoolBaseQuery {
  async function send(request: ApiRequest, token: string, signal: AbortSignal): Promise<Reply> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: "application/json" };
    if (request.version !== undefined) headers["if-match"] = `"${request.version}"`;
    const init: RequestInit = { method: request.method, headers, signal };
    if (request.body !== undefined) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(canonicalJson(request.body));
    }
    // Given up while the token was on its way: not every `fetch` looks before it sends.
    signal.throwIfAborted();
    const response = await options.fetch(new Request(options.baseUrl + request.path, init));
    return { response, json: readJson(await response.arrayBuffer()) };
  }

  async function sendWithToken(request: ApiRequest, signal: AbortSignal): Promise<Reply> {
    const token = await options.token();
    const reply = await send(request, token, signal);
    if (reply.response.status !== 401) return reply;
    const again = await options.token(token);
    return again === token ? reply : send(request, again, signal);
  }

  return async (asked, { signal, endpoint }) => {
    let what = endpoint;
    try {
      const request = typeof asked === "function" ? asked() : asked;
      what = `${request.method} ${request.path.split("?")[0]}`;
      const work = (inner: AbortSignal) => sendWithToken(request, inner);
      const reply = await (options.timeout ? inTime(what, options.timeout, signal, work) : work(signal));
      return { data: believed(what, request, reply) };
    } catch (error) {
      return { error: apiErrorOf(failure(what, signal, error)) };
    }
  };
}

function believed(what: string, { method }: ApiRequest, { response, json }: Reply): unknown {
  if (!response.ok) throw httpError(what, response, json);
  if (method === "DELETE" && response.status === 204) return null;
  if (json !== undefined) return json;
  throw new AdapterError("SERVER_ANSWER", `${what} was answered with ${response.status} and no readable JSON.`, {
    facts: { status: response.status, guessed: true },
  });
}

function failure(what: string, signal: AbortSignal, error: unknown): AdapterError {
  // An in-process server, or the function that gives the token, may fail with an error of ours.
  if (isAdapterError(error)) return error;
  if (signal.aborted) return new AdapterError("INTERRUPTED", `${what} was given up.`);
  return new AdapterError("SERVER_UNREACHABLE", `${what} got no answer.`, { cause: error });
}
