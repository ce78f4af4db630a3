/** The six endpoints of one domain, generated from its definition. */
import type { EndpointBuilder, TagDescription } from "@reduxjs/toolkit/query";
import type { AnyRecord, Domain } from "../../domain/define-domain.ts";
import { errorKinds } from "../../domain/errors.ts";
import type { ApiError } from "./api-error.ts";
import type { CachedEntry, CacheStore } from "./cached-entries.ts";
import type {
  AnyChange,
  AnyDraft,
  AnyListArg,
  AnyRemoval,
  ApiRequest,
  Page,
  SchoolBaseQuery,
  Stored,
} from "./endpoint-types.ts";
import { listPath } from "./list-path.ts";
import { showRemoval, showUpdate } from "./optimistic.ts";
import { responseSchemas } from "./response-schemas.ts";

type Build = EndpointBuilder<SchoolBaseQuery, string, string>;
type Tag = TagDescription<string>;

export interface EndpointContext {
  /** The entries of the cache that provide a tag. */
  entries(store: CacheStore, tag: Tag): readonly CachedEntry[];
  /** The domains whose records go or change with a record of this one that is deleted. */
  readonly dependants: readonly string[];
}

const every = "LIST";

export function domainEndpoints(build: Build, domain: Domain, { entries, dependants }: EndpointContext) {
  const { name: type } = domain;
  const Name = type.charAt(0).toUpperCase() + type.slice(1);
  const schemas = responseSchemas(domain);
  const one = (id: string): Tag => ({ type, id });
  const list: Tag = { type, id: every };
  const of = (items: Page<AnyRecord>["items"] = []): Tag[] => [list, ...items.map(({ record }) => one(record.id))];
  const path = (id: string): string => `/api/${type}/${encodeURIComponent(id)}`;
  const page = (arg: AnyListArg) => (): ApiRequest => ({ method: "GET", path: listPath(domain, arg) });

  return {
    [`list${Name}`]: build.query<Page<AnyRecord>, AnyListArg>({
      query: page,
      responseSchema: schemas.page,
      providesTags: (result) => of(result?.items),
    }),
    [`infinite${Name}`]: build.infiniteQuery<Page<AnyRecord>, Omit<AnyListArg, "cursor">, string | null>({
      infiniteQueryOptions: { initialPageParam: null, getNextPageParam: ({ next }) => next ?? undefined },
      query: ({ queryArg, pageParam }) => page(pageParam === null ? queryArg : { ...queryArg, cursor: pageParam }),
      responseSchema: schemas.page,
      providesTags: (result) => of(result?.pages.flatMap(({ items }) => items)),
    }),
    [`get${Name}`]: build.query<Stored<AnyRecord>, string>({
      query: (id) => ({ method: "GET", path: path(id) }),
      responseSchema: schemas.stored,
      providesTags: (_result, _error, id) => [one(id)],
    }),
    [`create${Name}`]: build.mutation<Stored<AnyRecord>, AnyDraft>({
      query: (body) => ({ method: "POST", path: `/api/${type}`, body }),
      responseSchema: schemas.stored,
      invalidatesTags: (_result, error) => (error ? [] : [list]),
    }),
    [`update${Name}`]: build.mutation<Stored<AnyRecord>, AnyChange>({
      query: ({ id, version, changes }) => ({ method: "PATCH", path: path(id), version, body: changes }),
      responseSchema: schemas.stored,
      onQueryStarted: (change, store) => showUpdate(entries(store, one(change.id)), change, store.queryFulfilled),
      invalidatesTags: (_result, error, { id }) => (error ? outdated(error, one(id)) : [one(id), list]),
    }),
    [`remove${Name}`]: build.mutation<null, AnyRemoval>({
      query: ({ id, version }) => ({ method: "DELETE", path: path(id), version }),
      onQueryStarted: (removal, store) => showRemoval(entries(store, one(removal.id)), removal, store.queryFulfilled),
      invalidatesTags: (_result, error, { id }) => (error ? outdated(error, one(id)) : [one(id), list, ...dependants]),
    }),
  };
}

/** What stood in the cache was not what the server has: it is read again. */
function outdated({ code }: ApiError, tag: Tag): Tag[] {
  return code === "NOT_FOUND" || errorKinds[code].class === "consistency" ? [tag] : [];
}
