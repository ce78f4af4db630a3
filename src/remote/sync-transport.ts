/** The requests of the sync engine, each answered with what its schema proves, or failing with a typed error. */
import type * as z from "zod/mini";
import { AdapterError, isAdapterError } from "../domain/errors.ts";
import {
  type ClientsAnswer,
  clientsAnswer,
  type FullAnswer,
  type full,
  fullAnswer,
  type Patch,
  type PatchAnswer,
  patchAnswer,
  type StageAnswer,
  stageAnswer,
} from "../domain/sync-wire.ts";
import type { Timers } from "../platform/platform.ts";
import { httpError } from "./http-error.ts";
import { inTime } from "./in-time.ts";
import { readJson } from "./read-json.ts";

/**
 * The server as the sync engine sees it.
 * - An answer that does not fit its schema is a failure that names the field; nothing of it is used.
 * - A request that was aborted or timed out may have been carried out all the same.
 * @throws the server's own code; SERVER_UNREACHABLE (no answer, or none in time: `facts.timeout`), SERVER_ANSWER (not our
 * server's), INTERRUPTED (the signal); `facts` as in `httpError`
 */
export interface SyncTransport {
  patch(request: Patch, signal: AbortSignal): Promise<PatchAnswer>;
  full(request: z.infer<typeof full>, signal: AbortSignal): Promise<FullAnswer>;
  clients(ids: readonly string[], signal: AbortSignal): Promise<ClientsAnswer>;
  stage(signal: AbortSignal): Promise<StageAnswer>;
}

export interface SyncTransportOptions {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Up to, not including, `/api`; without a slash at the end. */
  readonly baseUrl: string;
  /** A fresh bearer token; asked before each request. */
  readonly token: () => string | Promise<string>;
  readonly timers: Timers;
  /** After how many milliseconds without an answer a request is given up; 30,000 unless told. */
  readonly timeoutMs?: number;
}

interface Call<T> {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly answer: z.ZodMiniType<T>;
}

/** So many ids keep the address of `GET /api/sync/clients` under 4,000 characters. */
const idsPerRequest = 100;

export function createSyncTransport(options: SyncTransportOptions): SyncTransport {
  const { baseUrl, timers, timeoutMs = 30_000 } = options;
  const within = { ms: timeoutMs, timers };

  async function send<T>({ method, path, body, answer }: Call<T>, signal: AbortSignal): Promise<T> {
    const what = `${method} ${path.split("?")[0]}`;
    const { response, bytes } = await inTime(what, within, signal, async (inner) => {
      const headers: Record<string, string> = {
        authorization: `Bearer ${await options.token()}`,
        accept: "application/json",
      };
      if (body !== undefined) headers["content-type"] = "application/json";
      const init: RequestInit = { method, headers, signal: inner };
      if (body !== undefined) init.body = JSON.stringify(body);
      const response = await options.fetch(new Request(baseUrl + path, init));
      return { response, bytes: await response.arrayBuffer() };
    }).catch(unreachable(what));
    const json = readJson(bytes);
    if (!response.ok) throw httpError(what, response, json);
    return believed(what, response, json, answer);
  }

  return {
    patch: (body, signal) => send({ method: "POST", path: "/api/sync/patch", body, answer: patchAnswer }, signal),
    full: (body, signal) => send({ method: "POST", path: "/api/sync/full", body, answer: fullAnswer }, signal),
    async clients(ids, signal) {
      const clients: ClientsAnswer["clients"] = [];
      let seq = 0;
      for (let i = 0; i < ids.length; i += idsPerRequest) {
        const path = `/api/sync/clients?ids=${ids.slice(i, i + idsPerRequest).join(",")}`;
        const answer = await send({ method: "GET", path, answer: clientsAnswer }, signal);
        clients.push(...answer.clients);
        seq = Math.max(seq, answer.seq);
      }
      return { clients, seq };
    },
    stage: (signal) => send({ method: "GET", path: "/api/migration/stage", answer: stageAnswer }, signal),
  };
}

const unreachable =
  (what: string) =>
  (cause: unknown): never => {
    // An in-process server, or the function that gives the token, may fail with an error of ours.
    if (isAdapterError(cause)) throw cause;
    throw new AdapterError("SERVER_UNREACHABLE", `${what} got no answer.`, { cause });
  };

/** The body of a success, if it is what the wire says. */
function believed<T>(what: string, { status }: Response, json: unknown, answer: z.ZodMiniType<T>): T {
  if (json === undefined) {
    throw new AdapterError("SERVER_ANSWER", `${what} was answered with ${status} and no readable JSON.`, {
      facts: { status, guessed: true },
    });
  }
  const parsed = answer.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = `/${(issue?.path ?? []).map(String).join("/")}`;
  throw new AdapterError("SERVER_ANSWER", `The answer to ${what} is refused at ${place}: ${issue?.message}.`, {
    place,
    facts: { status, guessed: true },
  });
}
