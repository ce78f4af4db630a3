/** Every request that one adapter made, and what came of it. */

export interface MadeRequest {
  /** From 1, in the order in which they were sent. */
  readonly n: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The status; `null` while it is out, and when none came. */
  readonly status: number | null;
  readonly outcome: "out" | "answered" | "no answer" | "given up";
  readonly ms: number | null;
}

export interface RequestLog {
  /** For the adapter, in place of the page's own. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Oldest first; the same list until something happens. */
  get(): readonly MadeRequest[];
  subscribe(listener: () => void): () => void;
}

/** Older ones are forgotten. */
const kept = 200;

export function createRequestLog(): RequestLog {
  const listeners = new Set<() => void>();
  let made: readonly MadeRequest[] = [];
  let count = 0;
  const tell = (next: readonly MadeRequest[]): void => {
    made = next;
    for (const listener of listeners) listener();
  };
  return {
    async fetch(request) {
      count += 1;
      const n = count;
      const { pathname, search } = new URL(request.url);
      const began = performance.now();
      const end = (outcome: MadeRequest["outcome"], status: number | null): void => {
        const ms = Math.round(performance.now() - began);
        tell(made.map((one) => (one.n === n ? { ...one, outcome, status, ms } : one)));
      };
      const out: MadeRequest = {
        n,
        method: request.method,
        path: pathname + search,
        status: null,
        outcome: "out",
        ms: null,
      };
      tell([...made, out].slice(-kept));
      try {
        const response = await fetch(request);
        end("answered", response.status);
        return response;
      } catch (error) {
        end(request.signal.aborted ? "given up" : "no answer", null);
        throw error;
      }
    },
    get: () => made,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
