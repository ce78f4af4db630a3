/** The RTK Query api of a school with a hook for each endpoint. */
import type { Api, coreModuleName } from "@reduxjs/toolkit/query";
import { createApi, type reactHooksModuleName } from "@reduxjs/toolkit/query/react";
import type { Domain } from "../domain/define-domain.ts";
import { createSchoolApi, type SchoolApiOptions } from "../remote/api/create-school-api.ts";
import type { SchoolBaseQuery, SchoolEndpoints } from "../remote/api/endpoint-types.ts";
import type { SchoolDomain } from "../remote/api/school-domain.ts";

export type SchoolApiWithHooks<D extends Domain = SchoolDomain, Path extends string = "schoolApi"> = Api<
  SchoolBaseQuery,
  SchoolEndpoints<D, Path>,
  Path,
  D["name"],
  typeof coreModuleName | typeof reactHooksModuleName
>;

/**
 * `createSchoolApi` with hooks: `useListStudentsQuery`, `useInfiniteStudentsInfiniteQuery`, `useGetStudentsQuery`,
 * `useCreateStudentsMutation`, `useUpdateStudentsMutation`, `useRemoveStudentsMutation`, and so for every domain.
 * @throws CONFIG_INVALID as `createSchoolApi` does
 * @example
 * ```tsx
 * const { useListStudentsQuery } = createSchoolApiWithHooks({ baseUrl, token });
 * const { data, error } = useListStudentsQuery({ sort: "name", limit: 50 });
 * ```
 */
export function createSchoolApiWithHooks<
  const D extends Domain = SchoolDomain,
  const Path extends string = "schoolApi",
>(options: Omit<SchoolApiOptions<D, Path>, "createApi">): SchoolApiWithHooks<D, Path> {
  // React's `createApi` makes the same api with hooks on it; the core's type does not know them.
  return createSchoolApi<D, Path>({ ...options, createApi }) as never;
}
