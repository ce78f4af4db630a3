/** One request to our server: sent, retried while a failure may pass, and its answer believed only if it fits its schema. */
import type * as z from "zod/mini";
import { AdapterError, errorKinds, isAdapterError } from "../domain/errors.ts";
import { httpError } from "../remote/http-error.ts";
import { readJson } from "../remote/read-json.ts";
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
    let received: ArrayBuffer;
    try {
      response = await options.fetch(request);
      received = await response.arrayBuffer();
    } catch (cause) {
      stopIfAsked();
      // An in-process server may throw an error of ours (the store is busy); a network throws anything.
      if (isAdapterError(cause)) throw cause;
      throw new AdapterError("SERVER_UNREACHABLE", `${call.method} ${call.path} got no answer.`, { cause });
    }
    bytes += received.byteLength;
    const json = readJson(received);
    if (!response.ok) throw httpError(`${call.method} ${pathOf(call)}`, response, json);
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

const pathOf = <T>(call: Call<T>): string => call.path.split("?")[0] ?? call.path;
