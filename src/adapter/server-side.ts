/** The server as the adapter reads it: through the endpoints of the RTK Query api, in a store of their own. */
import { configureStore } from "@reduxjs/toolkit";
import type { AnyRecord, Domain, DomainSet } from "../domain/define-domain.ts";
import { AdapterError, hasCode } from "../domain/errors.ts";
import type { Timers } from "../platform/platform.ts";
import { toAdapterError } from "../remote/api/api-error.ts";
import { createSchoolApi } from "../remote/api/create-school-api.ts";
import type { TokenProvider } from "../remote/api/school-base-query.ts";
import type { Query } from "./contract.ts";

export interface ServerRecord {
  readonly record: AnyRecord;
  readonly version: number;
}
export interface ServerPage {
  readonly items: readonly ServerRecord[];
  readonly next: string | null;
}

/** @throws the server's own code; SERVER_UNREACHABLE, SERVER_ANSWER (naming the field), INTERRUPTED */
export interface ServerSide {
  list(domain: Domain, query: Query, signal: AbortSignal): Promise<ServerPage>;
  /** `null`: there is no such record, or none that this user may see. */
  get(domain: Domain, id: string, signal: AbortSignal): Promise<ServerRecord | null>;
  /** Forgets the answers, and the timers that would have forgotten them later. */
  close(): void;
}

export interface ServerSideOptions {
  readonly baseUrl: string;
  readonly token: TokenProvider;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly timers: Timers;
  /** After how many milliseconds a request is given up: one that hangs must not be joined by the next. */
  readonly timeoutMs: number;
}

interface Running<T> {
  unwrap(): Promise<T>;
  abort(): void;
}

export function createServerSide(domains: DomainSet, options: ServerSideOptions): ServerSide {
  const { baseUrl, token, fetch, timers, timeoutMs } = options;
  const api = createSchoolApi<Domain>({
    baseUrl,
    token,
    fetch,
    domains: domains.all,
    timeout: { ms: timeoutMs, timers },
  });
  const store = configureStore({
    reducer: { [api.reducerPath]: api.reducer },
    // Pages of a thousand records are walked neither for what is not plain nor for what was changed in place.
    middleware: (defaults) => defaults({ serializableCheck: false, immutableCheck: false }).concat(api.middleware),
    devTools: false,
  });
  // Always asked again, and never subscribed to: the screens' own state is the slices'.
  const afresh = { forceRefetch: true, subscribe: false } as const;

  async function ask<T>(running: Running<T>, signal: AbortSignal): Promise<T> {
    const abort = (): void => running.abort();
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    try {
      return await running.unwrap();
    } catch (thrown) {
      throw toAdapterError(thrown);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  return {
    async list({ name }, query, signal) {
      const endpoint = api.endpoints[`list${capital(name)}`];
      if (!endpoint) throw unknown(name);
      return ask(store.dispatch(endpoint.initiate(query as Parameters<typeof endpoint.initiate>[0], afresh)), signal);
    },
    async get({ name }, id, signal) {
      const endpoint = api.endpoints[`get${capital(name)}`];
      if (!endpoint) throw unknown(name);
      try {
        return await ask(store.dispatch(endpoint.initiate(id, afresh)), signal);
      } catch (error) {
        // A 404 that is not our server's own word says nothing of the record.
        if (hasCode("NOT_FOUND")(error) && error.facts.guessed !== true) return null;
        throw error;
      }
    },
    close: () => void store.dispatch(api.util.resetApiState()),
  };
}

const capital = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}` as Capitalize<string>;
const unknown = (name: string): AdapterError => new AdapterError("NOT_FOUND", `There is no domain ${name}.`);
