/** The RTK Query api of a school: endpoints generated from the domains, over the server's REST. */
import {
  type Api,
  type CreateApiOptions,
  type coreModuleName,
  createApi,
  type EndpointDefinitions,
} from "@reduxjs/toolkit/query";
import { type Domain, type DomainSet, domainSet } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import { browserFetch } from "../../platform/browser-fetch.ts";
import { schoolDomains } from "../../school/domains.ts";
import { entriesWith } from "./cached-entries.ts";
import { domainEndpoints } from "./domain-endpoints.ts";
import type { SchoolBaseQuery, SchoolEndpoints } from "./endpoint-types.ts";
import { schemaFailure } from "./response-schemas.ts";
import { type SchoolBaseQueryOptions, schoolBaseQuery } from "./school-base-query.ts";
import type { SchoolDomain } from "./school-domain.ts";

export interface SchoolApiOptions<D extends Domain, Path extends string> extends Omit<SchoolBaseQueryOptions, "fetch"> {
  /** The page's own without it. */
  readonly fetch?: SchoolBaseQueryOptions["fetch"];
  /** The twelve domains of a school without it; give the same as to the server. */
  readonly domains?: readonly D[];
  /** Where in the store it lives; `schoolApi` without it. */
  readonly reducerPath?: Path;
  /** That of `@reduxjs/toolkit/query/react`, for an api with hooks. */
  readonly createApi?: AnyCreateApi;
}
/** Loose, because the types of Redux Toolkit 2.8 cannot say that an api with hooks is also one without. */
type AnyCreateApi = (options: never) => unknown;
/** The core of what any module of RTK Query makes. */
type CreateSchoolApi = <Definitions extends EndpointDefinitions, Path extends string, Tags extends string>(
  options: CreateApiOptions<SchoolBaseQuery, Definitions, Path, Tags>,
) => Api<SchoolBaseQuery, Definitions, Path, Tags, typeof coreModuleName>;

export type SchoolApi<D extends Domain = SchoolDomain, Path extends string = "schoolApi"> = Api<
  SchoolBaseQuery,
  SchoolEndpoints<D, Path>,
  Path,
  D["name"],
  typeof coreModuleName
>;

/**
 * A plain RTK Query api: put its `reducer` and `middleware` into the store; `injectEndpoints` and `enhanceEndpoints` work.
 * - Updates and removals are shown at once and taken back when the server refuses them.
 * - An error is an `ApiError`; `toAdapterError` makes of it what the rest of the package throws.
 * @throws CONFIG_INVALID for an address that ends with a slash, or domains that do not go together
 * @example
 * ```ts
 * const api = createSchoolApi({ baseUrl: "https://school.example", token: () => session.token() });
 * const store = configureStore({
 *   reducer: { [api.reducerPath]: api.reducer },
 *   middleware: (defaults) => defaults().concat(api.middleware),
 * });
 * const page = await store.dispatch(api.endpoints.listStudents.initiate({ sort: "name", limit: 50 })).unwrap();
 * ```
 */
export function createSchoolApi<const D extends Domain = SchoolDomain, const Path extends string = "schoolApi">(
  options: SchoolApiOptions<D, Path>,
): SchoolApi<D, Path> {
  if (options.baseUrl.endsWith("/")) {
    throw new AdapterError("CONFIG_INVALID", "The address of the server ends with a slash.", { place: "baseUrl" });
  }
  const domains = domainSet(options.domains ?? schoolDomains);
  const create = (options.createApi ?? createApi) as CreateSchoolApi;
  const api: SchoolApi<D, Path> = create({
    reducerPath: (options.reducerPath ?? "schoolApi") as Path,
    tagTypes: domains.all.map((domain): D["name"] => domain.name),
    baseQuery: schoolBaseQuery({ ...options, fetch: options.fetch ?? browserFetch }),
    catchSchemaFailure: schemaFailure,
    endpoints: (build): SchoolEndpoints<D, Path> =>
      Object.assign(
        {},
        ...domains.all.map((domain) =>
          domainEndpoints(build, domain, {
            dependants: dependantsOf(domains, domain),
            entries: (store, tag) => entriesWith(api.util, store, tag),
          }),
        ),
      ),
  });
  return api;
}

/** The domains of which records go, or lose a reference, when one of this domain is deleted; theirs included. */
function dependantsOf({ all }: DomainSet, { name }: Domain): string[] {
  const found = new Set<string>();
  const visit = (parent: string): void => {
    for (const child of all) {
      const rules = Object.values(child.references).filter(
        ({ to, onDelete }) => to === parent && onDelete !== "restrict",
      );
      if (rules.length === 0 || found.has(child.name)) continue;
      found.add(child.name);
      if (rules.some(({ onDelete }) => onDelete === "cascade")) visit(child.name);
    }
  };
  visit(name);
  return [...found];
}
