/** Faults around the server, each switched on for some requests and for so many times. */
import { delay, HttpResponse, matchRequestUrl } from "msw";
import { AdapterError, type ErrorCode } from "../src/domain/errors.ts";
import { seededRandom } from "../src/domain/random.ts";
import { problemResponse } from "../src/server/problem.ts";

export interface Where {
  /** `PATCH /api/students/:id`, or `/api/sync/*` for every method; all requests without it. */
  readonly route?: string;
  /** So often, then never again; until switched off without it. */
  readonly times?: number;
}
/** Ends the fault. */
export type SwitchOff = () => void;

/** The statuses that the server can be made to answer, and what it means by each. */
const refusals = {
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  409: "VERSION_CONFLICT",
  413: "LIMIT",
  429: "RATE_LIMITED",
  500: "INTERNAL",
  503: "SERVER_UNREACHABLE",
} as const satisfies Record<number, ErrorCode>;
export type Refusal = keyof typeof refusals;

/**
 * - Several at once lie around each other: the first switched on is the outermost.
 * - `/api/live` is a route too: a connection is refused, and `offline` also ends those that are open.
 */
export interface Faults {
  /** No network: nothing reaches the server. */
  offline(where?: Where): SwitchOff;
  /** The server is asked after so many milliseconds. */
  slow(ms: number, where?: Where): SwitchOff;
  /** A share of the requests, 0 to 1, finds no network; the same seed, the same ones. */
  flaky(rate: number, seed: number, where?: Where): SwitchOff;
  /** The server answers with a refusal, in its own words, and does nothing. */
  respond(status: Refusal, where?: Where): SwitchOff;
  /** The server does its work; its answer breaks off in the middle. */
  cutJson(where?: Where): SwitchOff;
  /** The server does its work; its answer is lost (F16). */
  loseResponses(where?: Where): SwitchOff;
  /** Ends all of them. */
  clear(): void;
}

type Next = () => Promise<Response>;
type Strike = (next: Next) => Promise<Response>;

export interface FaultLayer {
  readonly faults: Faults;
  /** The answer to a request, through the faults that are on. */
  around(request: Request, next: Next): Promise<Response>;
  /** Called when the network goes away for the requests that `strikes` names. */
  onOffline(listener: (strikes: (request: Request) => boolean) => void): void;
}

interface Fault {
  readonly matches: (request: Request) => boolean;
  readonly strike: Strike;
  left: number;
}

export function createFaults(): FaultLayer {
  const active = new Set<Fault>();
  const offlineListeners: ((strikes: (request: Request) => boolean) => void)[] = [];

  function add(where: Where, strike: Strike): SwitchOff {
    const fault: Fault = { matches: matcher(where.route), strike, left: times(where) };
    active.add(fault);
    return () => {
      active.delete(fault);
    };
  }

  const faults: Faults = {
    offline(where = {}) {
      const off = add(where, noNetwork);
      for (const listener of offlineListeners) listener(matcher(where.route));
      return off;
    },
    slow(ms, where = {}) {
      if (!(ms >= 0 && ms < 2 ** 31)) throw invalid("ms", "no number of milliseconds");
      return add(where, async (next) => {
        await delay(ms);
        return next();
      });
    },
    flaky(rate, seed, where = {}) {
      if (!(rate >= 0 && rate <= 1)) throw invalid("rate", "not between 0 and 1");
      const random = seededRandom(seed);
      return add(where, (next) => (random.chance(rate) ? noNetwork() : next()));
    },
    respond(status, where = {}) {
      if (!Object.hasOwn(refusals, status)) throw invalid("status", `none of ${Object.keys(refusals).join(", ")}`);
      const error = new AdapterError(refusals[status], "The mock was told to answer this.", { facts: { mock: true } });
      return add(where, async () => problemResponse(error, "mock-fault"));
    },
    cutJson: (where = {}) => add(where, async (next) => cut(await next())),
    loseResponses: (where = {}) =>
      add(where, async (next) => {
        await next();
        return noNetwork();
      }),
    clear: () => active.clear(),
  };

  return {
    faults,
    around(request, next) {
      const struck = [...active].filter((fault) => fault.left > 0 && fault.matches(request));
      for (const fault of struck) {
        fault.left -= 1;
        if (fault.left === 0) active.delete(fault);
      }
      return struck.reduceRight<Next>(
        (inner, { strike }) =>
          () =>
            strike(inner),
        next,
      )();
    },
    onOffline: (listener) => offlineListeners.push(listener),
  };
}

const noNetwork = async (): Promise<Response> => HttpResponse.error();

async function cut(whole: Response): Promise<Response> {
  const bytes = await whole.arrayBuffer();
  const headers = new Headers(whole.headers);
  headers.delete("content-length");
  return new Response(bytes.slice(0, Math.ceil(bytes.byteLength / 2)), { status: whole.status, headers });
}

/** @throws CONFIG_INVALID */
function times({ times: count = Number.POSITIVE_INFINITY }: Where): number {
  if (count === Number.POSITIVE_INFINITY || (Number.isInteger(count) && count > 0)) return count;
  throw invalid("times", "no whole number above 0");
}

/** @throws CONFIG_INVALID for a route that cannot be one */
function matcher(route: string | undefined): (request: Request) => boolean {
  if (route === undefined) return () => true;
  const match = /^(?:([A-Z]+) )?(\/\S*)$/.exec(route);
  if (!match) throw invalid("route", "no path such as /api/students, with a method before it or not");
  const [, method, path] = match;
  return (request) =>
    (method === undefined || method === request.method) && matchRequestUrl(new URL(request.url), `*${path}`).matches;
}

const invalid = (place: string, what: string): AdapterError =>
  new AdapterError("CONFIG_INVALID", `The fault's ${place} is ${what}.`, { place });
