/** A scripted network between one device and a server: what goes wrong is said beforehand, request by request. */

/** What happens to one request. */
export type Fault =
  /** It never arrives. */
  | "drop"
  /** It arrives and is carried out; the answer is lost. */
  | "dropResponse"
  /** It arrives twice; the second answer comes back. */
  | "duplicate"
  /** It fails for the sender now, and arrives only at `deliverLate()`. */
  | "late"
  /** It arrives, and its answer waits for `release()`. */
  | "hold"
  /** It waits on its way for `release()`, then it arrives. */
  | "wait"
  /** It arrives, and no answer ever comes. */
  | "silence"
  /** Something between answers with a page, with nothing, or with half of the answer. */
  | "html"
  | "noContent"
  | "cutJson"
  /** Something between answers so, and the request does not arrive. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** The answer is changed on its way. */
  | { readonly rewrite: (answer: Record<string, unknown>) => unknown };

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  /** `null`: the sender got no answer. */
  status: number | null;
}

export interface Network {
  readonly fetch: (request: Request) => Promise<Response>;
  /** The next requests, one each; those after them go through. */
  next(...faults: readonly (Fault | "ok")[]): void;
  /** Every request whose path starts so, until `heal()`; the queue of `next` comes first. */
  always(fault: Fault, path?: string): void;
  heal(): void;
  /** What stands between looks into each request: a fault for those that it does not like. */
  refuse(rule: (body: Record<string, unknown>) => Fault | null): void;
  /** The server gives out no more than so many changes or records at once. */
  pageSize: number | null;
  /** Lets what is held on its way through, and the held answers. */
  release(): void;
  /** The late requests arrive, in this order. */
  deliverLate(): Promise<void>;
  /** The server works on a request just now. */
  readonly busy: boolean;
  /** Everything that was sent. */
  readonly sent: readonly Sent[];
  /** How many requests went to a path. */
  count(path: string): number;
}

export function network(to: (request: Request) => Promise<Response>): Network {
  let busy = 0;
  const server = async (request: Request): Promise<Response> => {
    busy += 1;
    return to(request).finally(() => {
      busy -= 1;
    });
  };
  const queue: (Fault | "ok")[] = [];
  const rules: { readonly fault: Fault; readonly path: string }[] = [];
  const sent: Sent[] = [];
  let inspect: (body: Record<string, unknown>) => Fault | null = () => null;
  let held: (() => void)[] = [];
  let late: (() => Promise<unknown>)[] = [];

  async function pass(request: Request, fault: Fault | "ok"): Promise<Response> {
    if (typeof fault === "object" && "status" in fault) {
      const { status, headers = {}, body } = fault;
      const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
      return new Response(text, { status, headers });
    }
    if (typeof fault === "object") {
      const response = await server(request);
      return Response.json(fault.rewrite((await response.json()) as Record<string, unknown>), response);
    }
    switch (fault) {
      case "ok":
        return server(request);
      case "drop":
        throw new TypeError("fetch failed");
      case "late":
        late.push(() => server(request.clone()));
        throw new TypeError("fetch failed");
      case "dropResponse":
        await server(request);
        throw new TypeError("fetch failed");
      case "silence":
        await server(request);
        return new Promise(() => {});
      case "duplicate":
        await server(request.clone());
        return server(request);
      case "hold": {
        const gate = new Promise<void>((resolve) => held.push(resolve));
        const response = await server(request);
        await gate;
        return response;
      }
      case "wait":
        await new Promise<void>((resolve) => held.push(resolve));
        return server(request);
      case "html":
        return new Response("<!doctype html><title>Sign in to the school's Wi-Fi</title>", {
          headers: { "content-type": "text/html" },
        });
      case "noContent":
        await server(request);
        return new Response(null, { status: 204 });
      case "cutJson": {
        const response = await server(request);
        const text = await response.text();
        return new Response(text.slice(0, text.length / 2), response);
      }
    }
  }

  const it: Network = {
    sent,
    get busy() {
      return busy > 0;
    },
    pageSize: null,
    async fetch(request) {
      const path = new URL(request.url).pathname;
      const text = await request.clone().text();
      const entry: Sent = { method: request.method, path, body: text ? JSON.parse(text) : {}, status: null };
      sent.push(entry);
      const rule = rules.findLast((other) => path.startsWith(other.path));
      // Without the signal: what was sent arrives, whether or not anybody still waits for it.
      const body = it.pageSize !== null && "limit" in entry.body ? { ...entry.body, limit: it.pageSize } : entry.body;
      const free = new Request(request.url, {
        method: request.method,
        headers: request.headers,
        ...(text ? { body: JSON.stringify(body) } : {}),
      });
      const response = await pass(free, queue.shift() ?? rule?.fault ?? inspect(entry.body) ?? "ok");
      entry.status = response.status;
      return response;
    },
    next: (...faults) => void queue.push(...faults),
    always: (fault, path = "/") => void rules.push({ fault, path }),
    refuse(look) {
      inspect = look;
    },
    heal() {
      inspect = () => null;
      queue.length = 0;
      rules.length = 0;
    },
    release() {
      for (const letGo of held) letGo();
      held = [];
    },
    async deliverLate() {
      const arriving = late;
      late = [];
      for (const arrive of arriving) await arrive();
    },
    count: (path) => sent.filter((entry) => entry.path === path).length,
  };
  return it;
}
