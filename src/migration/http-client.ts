/** One request to our server: sent, retried while a failure may pass, and its answer believed only if it fits its schema. */
import type * as z from "zod/mini";
import { AdapterError, type ErrorCode, errorKinds, isAdapterError } from "../domain/errors.ts";
import { isJsonObject } from "../domain/json.ts";
import type { RemoteOptions } from "./options.ts";

export interface Call<T> {
  readonly method: "GET" | "POST" | "PUT";
  /** With its query, from `/api` on. */
  readonly path: string;
  readonly body?: unknown;
  /** A body that is JSON text already. */
  readonly json?: string;
  readonly answer: z.ZodMiniType<T>;
}

/** What went over the wire so far. */
export interface Traffic {
  readonly requests: number;
  /** Of the answers' bodies. */
  readonly bytes: number;
}

export interface HttpClient {
  /**
   * @throws the server's own code; SERVER_UNREACHABLE, SERVER_ANSWER (not our server, or an answer that fails its
   * schema, naming the field), INTERRUPTED
   */
  send<T>(call: Call<T>): Promise<T>;
  traffic(): Traffic;
}

const firstWait = 200;
const longestWait = 10_000;
const longestRetryAfter = 60_000;

/** Marks the failures that sending again cannot mend, whatever their code says in general. */
class Lasting {
  constructor(readonly error: AdapterError) {}
}

export function httpClient(options: RemoteOptions): HttpClient {
  const { signal, retries = 5 } = options;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let requests = 0;
  let bytes = 0;

  const stopIfAsked = (): void => {
    if (signal?.aborted) throw new Lasting(new AdapterError("INTERRUPTED", "Stopped on request."));
  };

  async function once<T>(call: Call<T>): Promise<T> {
    stopIfAsked();
    const token = typeof options.token === "string" ? options.token : await options.token();
    const body = call.body === undefined ? call.json : JSON.stringify(call.body);
    const request = new Request(options.baseUrl + call.path, {
      method: call.method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body,
      signal,
    });
    requests++;
    let response: Response;
    let received: Uint8Array;
    try {
      response = await options.fetch(request);
      received = new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      stopIfAsked();
      // An in-process server may throw an error of ours (the store is busy); a network throws anything.
      if (isAdapterError(cause)) throw cause;
      throw new AdapterError("SERVER_UNREACHABLE", `${call.method} ${call.path} got no answer.`, { cause });
    }
    bytes += received.length;
    const json = parseBody(received, decoder);
    if (!response.ok) throw problem(call, response, json);
    return believed(call, response, json);
  }

  return {
    traffic: () => ({ requests, bytes }),
    async send(call) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await once(call);
        } catch (error) {
          if (error instanceof Lasting) throw error.error;
          if (!isAdapterError(error) || errorKinds[error.code].class !== "transient" || attempt >= retries) throw error;
          await pause(options, waitOf(error, attempt, options.random()));
        }
      }
    },
  };
}

async function pause({ sleep, signal }: RemoteOptions, ms: number): Promise<void> {
  try {
    await sleep(ms, signal);
  } catch (cause) {
    if (signal?.aborted) throw new AdapterError("INTERRUPTED", "Stopped on request.", { cause });
    throw cause;
  }
}

/** Exponential, and spread so that many clients do not come back at once; never before the server's own wish. */
function waitOf(error: AdapterError, attempt: number, random: number): number {
  const wished =
    typeof error.facts.retryAfterMs === "number" ? Math.min(error.facts.retryAfterMs, longestRetryAfter) : 0;
  return Math.max(wished, Math.min(longestWait, firstWait * 2 ** attempt) * (0.5 + random / 2));
}

function parseBody(received: Uint8Array, decoder: TextDecoder): unknown {
  try {
    return JSON.parse(decoder.decode(received));
  } catch {
    return undefined;
  }
}

/** The body of a success, if it is what the wire says. */
function believed<T>(call: Call<T>, response: Response, json: unknown): T {
  const where = `${call.method} ${pathOf(call)}`;
  if (json === undefined) {
    throw new AdapterError("SERVER_ANSWER", `${where} was answered with ${response.status} and no readable JSON.`);
  }
  const parsed = call.answer.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = `/${(issue?.path ?? []).map(String).join("/")}`;
  throw new Lasting(
    new AdapterError(
      "SERVER_ANSWER",
      `The answer to ${where} is refused at ${field}: ${issue?.message ?? "invalid"}.`,
      {
        place: field,
      },
    ),
  );
}

// 5xx and what nobody knows pass for "may be gone next time".
const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: "BAD_REQUEST",
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  413: "LIMIT",
  422: "RECORD_INVALID",
  429: "RATE_LIMITED",
};

/** What the server says failed; if the answer is not our server's, what its status says. */
function problem<T>(call: Call<T>, response: Response, json: unknown): AdapterError {
  const said = isJsonObject(json) ? json : {};
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const facts = {
    ...(isJsonObject(said.facts) ? said.facts : {}),
    ...(Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter * 1000 } : {}),
    status: response.status,
  };
  const code = typeof said.code === "string" && said.code in errorKinds ? (said.code as ErrorCode) : null;
  if (code) {
    return new AdapterError(code, typeof said.detail === "string" ? said.detail : String(said.title ?? code), {
      ...(typeof said.place === "string" ? { place: said.place } : {}),
      ...(typeof said.fix === "string" ? { fix: said.fix } : {}),
      facts,
    });
  }
  return new AdapterError(
    byStatus[response.status] ?? "SERVER_ANSWER",
    `${call.method} ${pathOf(call)} was answered with ${response.status}.`,
    { facts },
  );
}

const pathOf = <T>(call: Call<T>): string => call.path.split("?")[0] ?? call.path;
