/** A store over the api, whose requests go to a server in this process; each of them is noted. */
import { configureStore } from "@reduxjs/toolkit";
import type { Domain } from "../../../src/domain/define-domain.ts";
import { createSchoolApi, type SchoolApiOptions } from "../../../src/remote/api/create-school-api.ts";
import type { SchoolDomain } from "../../../src/remote/api/school-domain.ts";

type Fetch = (request: Request) => Promise<Response>;

export function schoolStore<const D extends Domain = SchoolDomain>(
  fetch: Fetch,
  options: Partial<SchoolApiOptions<D, "schoolApi">> & Pick<SchoolApiOptions<D, "schoolApi">, "token">,
) {
  const requests: string[] = [];
  /** Set to stand between the page and the server. */
  const between: { answer: ((request: Request, next: Fetch) => Promise<Response>) | null } = { answer: null };
  const api = createSchoolApi<D>({
    baseUrl: "http://server",
    fetch: (request) => {
      requests.push(`${request.method} ${request.url.slice("http://server".length)}`);
      return between.answer ? between.answer(request, fetch) : fetch(request);
    },
    ...options,
  });
  const store = configureStore({
    reducer: { [api.reducerPath]: api.reducer },
    middleware: (defaults) => defaults().concat(api.middleware),
  });
  return { api, store, requests, between };
}
