/** What an answer must be before it reaches the cache, made from the domain's own schema. */
import type { NamedSchemaError } from "@reduxjs/toolkit/query";
import * as z from "zod/mini";
import type { AnyRecord, Domain } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import { type ApiError, apiErrorOf } from "./api-error.ts";
import type { Page, Stored } from "./endpoint-types.ts";

export interface ResponseSchemas {
  readonly stored: z.ZodMiniType<Stored<AnyRecord>, Stored<AnyRecord>>;
  readonly page: z.ZodMiniType<Page<AnyRecord>, Page<AnyRecord>>;
}

export function responseSchemas(domain: Domain): ResponseSchemas {
  const record = domain.schema as z.ZodMiniType<AnyRecord, AnyRecord>;
  const stored = z.object({ record, version: z.int().check(z.gte(1)) });
  return { stored, page: z.object({ items: z.array(stored), next: z.nullable(z.string()) }) };
}

/** B17: an answer that fails its schema, naming the field; nothing of it is used. */
export function schemaFailure(error: NamedSchemaError, { endpoint }: { readonly endpoint: string }): ApiError {
  const issue = error.issues[0];
  const steps = (issue?.path ?? []).map((step) => String(typeof step === "object" ? step.key : step));
  const place = `/${steps.join("/")}`;
  const what = `The answer to ${endpoint} is refused at ${place}: ${issue?.message}.`;
  return apiErrorOf(new AdapterError("SERVER_ANSWER", what, { place, facts: { endpoint, guessed: true } }));
}
