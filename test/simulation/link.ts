/** A device's way to the server: slow, lossy, doubled, one-way, or with somebody else answering. */
import type * as z from "zod/mini";
import { AdapterError } from "../../src/domain/errors.ts";
import type { Random } from "../../src/domain/random.ts";
import {
  type ChangeDown,
  clientsAnswer,
  fullAnswer,
  type MutationResult,
  patchAnswer,
  stageAnswer,
} from "../../src/domain/sync-wire.ts";
import { httpError } from "../../src/remote/http-error.ts";
import type { SyncTransport } from "../../src/remote/sync-transport.ts";
import type { Life } from "./life.ts";
import { type Answered, ServerDied } from "./model-server.ts";
import type { VirtualTime } from "./time.ts";
import type { Trace } from "./trace.ts";

/** What stands between may answer instead of the server, or spoil what it says. */
export const answerFaults = [
  "204",
  "400",
  "403",
  "404",
  "408",
  "413",
  "422",
  "429",
  "500",
  "502",
  "503",
  "html",
  "cut",
  "foreign",
  "strange",
] as const;
/** Of those that no schedule draws, `mute` answers nothing of what was sent, and `stuck` has more to come and does not move. */
export type AnswerFault = (typeof answerFaults)[number] | "401" | "mute" | "stuck";

export interface Weather {
  /** Nothing gets through. */
  readonly down: boolean;
  /** Requests arrive, answers do not. */
  readonly oneWay: boolean;
  /** In a hundred: requests lost, answers lost, requests that arrive twice. */
  readonly requestLoss: number;
  readonly answerLoss: number;
  readonly doubled: number;
  /** The most that a way takes; in milliseconds. */
  readonly slow: number;
}
export const fairWeather: Weather = {
  down: false,
  oneWay: false,
  requestLoss: 0,
  answerLoss: 0,
  doubled: 0,
  slow: 40,
};

export type Handle = (method: string, path: string, body: unknown) => Answered | Promise<Answered>;

export interface LinkOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly name: string;
  readonly handle: Handle;
}

const timeoutMs = 30_000;

export class Link {
  readonly #options: LinkOptions;
  readonly #faults: AnswerFault[] = [];
  weather: Weather = fairWeather;
  signedIn = true;
  /** The longest body that gets through; 413 beyond it. */
  mostBytes = Number.POSITIVE_INFINITY;
  readonly met = new Map<string, number>();
  requests = 0;
  /** The writes, as `client/id`, of which the server knew no longer what had become of them (F28). */
  readonly forgotten = new Set<string>();
  /** By tab, the requests that were neither answered nor given up. */
  readonly #out = new Map<Life, number>();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  order(fault: AnswerFault, times: number): void {
    for (let i = 0; i < times; i++) this.#faults.push(fault);
  }

  heal(): void {
    this.weather = fairWeather;
    this.signedIn = true;
    this.mostBytes = Number.POSITIVE_INFINITY;
    this.#faults.length = 0;
  }

  out(life: Life): number {
    return this.#out.get(life) ?? 0;
  }

  /** @param asked is told of each request as it begins */
  transport(life: Life, asked: (what: string) => void): SyncTransport {
    const call: <T>(...request: readonly [string, string, unknown, z.ZodMiniType<T>, AbortSignal]) => Promise<T> = (
      ...request
    ) => {
      asked(request[1]);
      return this.#call(life, ...request);
    };
    return {
      patch: (body, signal) => call("POST", "/api/sync/patch", body, patchAnswer, signal),
      full: (body, signal) => call("POST", "/api/sync/full", body, fullAnswer, signal),
      // As the real transport: who has no log asks nothing, and the server takes no empty list.
      clients: async (ids, signal) =>
        ids.length === 0
          ? { clients: [], seq: 0 }
          : call("GET", `/api/sync/clients?ids=${ids.join(",")}`, undefined, clientsAnswer, signal),
      stage: (signal) => call("GET", "/api/migration/stage", undefined, stageAnswer, signal),
    };
  }

  #call<T>(
    life: Life,
    method: string,
    path: string,
    body: unknown,
    schema: z.ZodMiniType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { time, random, trace, name } = this.#options;
    const what = `${method} ${path.split("?")[0]}`;
    this.requests += 1;
    this.#out.set(life, this.out(life) + 1);
    return new Promise((resolve, reject) => {
      let over = false;
      const end = (run: () => void): void => {
        if (over) return;
        over = true;
        this.#out.set(life, this.out(life) - 1);
        cancelTimeout();
        signal.removeEventListener("abort", onAbort);
        run();
      };
      const fail = (error: AdapterError): void => end(() => life.deliver(() => reject(error)));
      const onAbort = (): void => end(() => reject(new AdapterError("INTERRUPTED", `${what} was given up.`)));
      const unreachable = (facts: object): AdapterError =>
        new AdapterError("SERVER_UNREACHABLE", `${what} got no answer.`, { facts: { ...facts } });
      const cancelTimeout = time.after(timeoutMs, () => fail(unreachable({ timeout: true })));
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });

      // What is sent is what stands there now, whatever the engine does with its objects afterwards.
      const text = body === undefined ? undefined : JSON.stringify(body);
      trace.add(`${name} asks ${method} ${path} ${text?.length ?? 0}`);
      const { weather } = this;
      if (weather.down || random.below(100) < weather.requestLoss) {
        this.#count("request-lost");
        // Some failures are noticed at once, others not at all.
        if (random.chance(0.5)) time.after(1, () => fail(unreachable({})));
        return;
      }
      const fault = this.#faults.shift() ?? null;
      if (fault) this.#count(`answer-${fault}`);
      const arrivals = random.below(100) < weather.doubled ? 2 : 1;
      if (arrivals === 2) this.#count("request-doubled");
      for (let i = 0; i < arrivals; i++) {
        time.after(1 + random.below(weather.slow), () => arrive(fault));
      }

      const arrive = (spoilt: AnswerFault | null): void => {
        const refused = this.#refusal(spoilt, text);
        if (refused) {
          back(refused, spoilt);
          return;
        }
        let answer: Answered | Promise<Answered>;
        try {
          answer = this.#options.handle(method, path, text === undefined ? undefined : JSON.parse(text));
        } catch (error) {
          if (!(error instanceof ServerDied)) throw error;
          this.#count("server-died");
          return;
        }
        if (!(answer instanceof Promise)) {
          back(answer, spoilt);
          return;
        }
        time.real(answer).then(
          (later) => back(later, spoilt),
          (error) => {
            if (!(error instanceof ServerDied)) throw error;
            this.#count("server-died");
          },
        );
      };

      const back = (answer: Answered, spoilt: AnswerFault | null): void => {
        trace.add(`${name} is told ${answer.status} ${spoilt ?? ""}`);
        if (this.weather.oneWay || this.weather.down || random.below(100) < this.weather.answerLoss) {
          this.#count("answer-lost");
          if (random.chance(0.3)) time.after(1, () => fail(unreachable({})));
          return;
        }
        time.after(1 + random.below(this.weather.slow), () => {
          end(() => life.deliver(() => settle(answer, spoilt)));
        });
      };

      const settle = (answer: Answered, spoilt: AnswerFault | null): void => {
        const headers = new Headers(answer.status === 429 || answer.status === 503 ? { "retry-after": "2" } : {});
        const garbage = new AdapterError("SERVER_ANSWER", `${what} was answered with no readable JSON.`, {
          facts: { status: 200, guessed: true },
        });
        const body: Answered["body"] = JSON.parse(JSON.stringify(answer.body));
        const parsed = answer.status < 300 ? schema.safeParse(estranged(body, spoilt)) : null;
        if (spoilt === "html" || spoilt === "cut" || spoilt === "204") reject(garbage);
        else if (parsed === null) {
          reject(httpError(what, new Response(null, { status: answer.status, headers }), answer.body));
        } else if (parsed.success) {
          this.#noteForgotten(answer, text);
          resolve(parsed.data);
        } else reject(garbage);
      };
    });
  }

  #noteForgotten({ body }: Answered, asked = "{}"): void {
    const results = (body.results ?? []) as readonly MutationResult[];
    for (const { status, earlier, client, id } of results)
      if (status === "duplicate" && !earlier) this.forgotten.add(`${client ?? JSON.parse(asked).clientId}/${id}`);
  }

  /** Who stands between answers without asking the server; a spoilt answer may have been asked for or not. */
  #refusal(fault: AnswerFault | null, text: string | undefined): Answered | null {
    if (!this.signedIn) {
      this.#count("answer-401");
      return { status: 401, body: { code: "UNAUTHENTICATED", detail: "The token has expired." } };
    }
    if (text !== undefined && text.length > this.mostBytes) {
      this.#count("too-long");
      return { status: 413, body: { code: "LIMIT", detail: "The body is too long." } };
    }
    switch (fault) {
      case null:
        return null;
      case "strange":
      case "mute":
      case "stuck":
        return null;
      case "html":
      case "cut":
      case "204":
        return this.#options.random.chance(0.5) ? { status: 200, body: {} } : null;
      case "foreign":
        return { status: 200, body: { hello: "I am another server" } };
      default:
        return { status: Number(fault), body: {} };
    }
  }

  #count(kind: string): void {
    this.met.set(kind, (this.met.get(kind) ?? 0) + 1);
    this.#options.trace.add(`${this.#options.name} link: ${kind}`);
  }
}

/** An answer that its schema accepts and that cannot be one to what was sent: somebody else's, or a broken server's (B17). */
function estranged(body: Answered["body"], fault: AnswerFault | null): unknown {
  if (fault === "mute") return { ...body, results: [] };
  if (fault === "stuck") return { ...body, more: true };
  if (fault !== "strange") return body;
  const { results, changes, records } = body as {
    readonly results?: readonly { readonly id: number }[];
    readonly changes?: readonly ChangeDown[];
    readonly records?: readonly ChangeDown[];
  };
  const renamed = (list: readonly ChangeDown[] = []): readonly ChangeDown[] =>
    // A deletion says nothing that could be held against its id.
    list.map((change) => (change.record === null ? change : { ...change, id: `00${change.id.slice(2)}` }));
  if (results && results.length > 1) return { ...body, results: results.slice(1) };
  if (results?.[0]) return { ...body, results: [{ ...results[0], id: results[0].id + 1 }] };
  if (changes?.length === 0) return { ...body, cursor: `0.${"0".repeat(16)}` };
  if (changes) return { ...body, changes: renamed(changes) };
  return records ? { ...body, records: renamed(records) } : body;
}
