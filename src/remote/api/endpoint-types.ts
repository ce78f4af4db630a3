/** The types of the generated endpoints: what each takes and gives, derived from the definition of its domain. */
import type { BaseQueryFn, InfiniteQueryDefinition, MutationDefinition, QueryDefinition } from "@reduxjs/toolkit/query";
import type { Domain, RecordOfDomain } from "../../domain/define-domain.ts";
import type { Fields, ValueOf } from "../../domain/fields.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { ApiError } from "./api-error.ts";

/** One request, as the endpoints hand it to the base query. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** From `/api` on, with the query. */
  readonly path: string;
  readonly body?: unknown;
  /** The version that the change is made on: `If-Match`. */
  readonly version?: number;
}
/** A function where the making of the request may itself be refused. */
export type SchoolBaseQuery = BaseQueryFn<ApiRequest | (() => ApiRequest), unknown, ApiError>;

/** A record with the version that the server gave it. */
export interface Stored<R> {
  readonly record: R;
  readonly version: number;
}
/** A page of a list; `next` is the cursor of the page behind it, `null` on the last. */
export interface Page<R> {
  readonly items: readonly Stored<R>[];
  readonly next: string | null;
}

type FieldsOf<D> = D extends Domain<string, infer F> ? F : never;

type AnyOf<T> = T | readonly T[];

/** Fields that must equal, or be any of a list; a text field cannot be asked for its absence, and free JSON not at all. */
type Filter<F extends Fields> = {
  readonly [K in keyof F]?: AnyOf<Extract<ValueOf<F[K]>, string | number | boolean | null>>;
} & { readonly externalId?: AnyOf<string> };

interface Order<F extends Fields> {
  readonly filter?: Filter<F>;
  /** One of the domain's `sortKeys`; by id without it. */
  readonly sort?: string;
  /** `asc` without it; what has no value stands last in both. */
  readonly order?: "asc" | "desc";
  /** Records on a page, 1 to 1000; 100 without it. */
  readonly limit?: number;
}
interface At<F extends Fields> extends Order<F> {
  /** `next` of the page before. */
  readonly cursor?: string;
}

type Nullable<F extends Fields> = { [K in keyof F]: null extends ValueOf<F[K]> ? K : never }[keyof F];
type Values<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };
interface Beside {
  readonly externalId?: string | null;
  readonly extra?: JsonObject;
}

/**
 * What a record is made of; what may be absent may be left out.
 * - With an `id` of its own, a create whose answer was lost can be sent again; without one the server makes the id.
 */
type Draft<F extends Fields> = Omit<Values<F>, Nullable<F>> &
  Partial<Pick<Values<F>, Nullable<F>>> &
  Beside & { readonly id?: string };

/** The fields that change, made on the version that was read. */
interface Change<F extends Fields> {
  readonly id: string;
  readonly version: number;
  readonly changes: Partial<Values<F>> & Beside;
}
export interface Removal {
  readonly id: string;
  readonly version: number;
}

type Names<D extends Domain> = D["name"];
type Query<D extends Domain, Arg, Result, Path extends string> = QueryDefinition<
  Arg,
  SchoolBaseQuery,
  Names<D>,
  Result,
  Path
>;
type Mutation<D extends Domain, Arg, Result, Path extends string> = MutationDefinition<
  Arg,
  SchoolBaseQuery,
  Names<D>,
  Result,
  Path
>;

/** Six endpoints a domain: `listStudents`, `infiniteStudents`, `getStudents`, `createStudents`, `updateStudents`, `removeStudents`. */
export type SchoolEndpoints<D extends Domain, Path extends string> = {
  [K in D as `list${Capitalize<K["name"]>}`]: Query<D, At<FieldsOf<K>>, Page<RecordOfDomain<K>>, Path>;
} & {
  [K in D as `infinite${Capitalize<K["name"]>}`]: InfiniteQueryDefinition<
    Order<FieldsOf<K>>,
    string | null,
    SchoolBaseQuery,
    Names<D>,
    Page<RecordOfDomain<K>>,
    Path
  >;
} & {
  [K in D as `get${Capitalize<K["name"]>}`]: Query<D, string, Stored<RecordOfDomain<K>>, Path>;
} & {
  [K in D as `create${Capitalize<K["name"]>}`]: Mutation<D, Draft<FieldsOf<K>>, Stored<RecordOfDomain<K>>, Path>;
} & {
  [K in D as `update${Capitalize<K["name"]>}`]: Mutation<D, Change<FieldsOf<K>>, Stored<RecordOfDomain<K>>, Path>;
} & {
  [K in D as `remove${Capitalize<K["name"]>}`]: Mutation<D, Removal, null, Path>;
};

/** The same six, of a domain that is only known at run time. */
export type AnyListArg = At<Fields>;
export type AnyDraft = Readonly<Record<string, unknown>>;
export interface AnyChange extends Removal {
  readonly changes: Readonly<Record<string, unknown>>;
}
export type AnyRemoval = Removal;
