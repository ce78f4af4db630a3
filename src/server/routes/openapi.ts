/** The OpenAPI 3.1 document, made from the domains, and a page that shows it without a foreign script. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { Domain, DomainSet } from "../../domain/define-domain.ts";
import type { Env } from "../env.ts";
import type { Services } from "../services.ts";
import { migrationPaths } from "./openapi-migration.ts";
import { problem } from "./openapi-operation.ts";
import { syncPaths } from "./openapi-sync.ts";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: object, description: string) => ({ description, content: { "application/json": { schema } } });
const body = (schema: object) => ({ required: true, content: { "application/json": { schema } } });
const query = (name: string, schema: object) => ({ name, in: "query", required: false, schema });

export function openapiDocument(domains: DomainSet): Record<string, unknown> {
  return {
    openapi: "3.1.0",
    info: { title: "hybrid-data-adapter", version: "1" },
    security: [{ bearer: [] }],
    paths: Object.assign({}, ...domains.all.map(pathsOf), syncPaths, migrationPaths),
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      responses: {
        Problem: { description: "RFC 9457", content: { "application/problem+json": { schema: ref("Problem") } } },
      },
      schemas: {
        Problem: {
          type: "object",
          required: ["type", "title", "status", "code", "detail", "fix", "requestId"],
          properties: Object.fromEntries(
            ["type", "title", "code", "detail", "fix", "requestId"].map((name) => [name, { type: "string" }]),
          ),
        },
        ...Object.fromEntries(
          domains.all.map((domain) => [domain.name, z.toJSONSchema(domain.schema, { unrepresentable: "any" })]),
        ),
      },
    },
  };
}

function pathsOf(domain: Domain): Record<string, unknown> {
  const stored = {
    type: "object",
    required: ["record", "version"],
    properties: { record: ref(domain.name), version: { type: "integer" } },
  };
  const page = {
    type: "object",
    required: ["items", "next"],
    properties: { items: { type: "array", items: stored }, next: { type: ["string", "null"] } },
  };
  const id = { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } };
  const ifMatch = { name: "If-Match", in: "header", required: true, schema: { type: "string" } };
  const partial = { type: "object", description: `Changed fields of ${domain.name}.` };
  const tags = [domain.name];
  const filters = ["externalId", ...domain.fieldNames.filter((name) => domain.fields[name]?.kind !== "json")];
  const list = [
    query("sort", { enum: Object.keys(domain.sortKeys) }),
    query("order", { enum: ["asc", "desc"] }),
    query("limit", { type: "integer", minimum: 1, maximum: 1000 }),
    query("cursor", { type: "string" }),
    ...filters.map((name) => query(name, { type: "string" })),
  ];
  return {
    [`/api/${domain.name}`]: {
      get: {
        tags,
        summary: `A page of ${domain.name}`,
        parameters: list,
        responses: { 200: json(page, "A page"), default: problem },
      },
      post: {
        tags,
        summary: "Creates one",
        requestBody: body(ref(domain.name)),
        responses: { 201: json(stored, "Created"), default: problem },
      },
    },
    [`/api/${domain.name}/{id}`]: {
      get: {
        tags,
        summary: "One of them",
        parameters: [id],
        responses: { 200: json(stored, "The record"), default: problem },
      },
      patch: {
        tags,
        summary: "Changes fields of the version that If-Match names",
        parameters: [id, ifMatch],
        requestBody: body(partial),
        responses: { 200: json(stored, "The record as changed"), default: problem },
      },
      delete: {
        tags,
        summary: "Deletes the version that If-Match names",
        parameters: [id, ifMatch],
        responses: { 204: { description: "Deleted" }, default: problem },
      },
    },
  };
}

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function page(domains: DomainSet): string {
  const paths = Object.entries(openapiDocument(domains).paths as Record<string, Record<string, { summary?: string }>>);
  const rows = paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { summary = "" }]) =>
        `<tr><td><b>${method.toUpperCase()}</b></td><td><code>${escapeHtml(path)}</code></td><td>${escapeHtml(summary)}</td></tr>`,
    ),
  );
  const fields = domains.all.map(
    (domain) =>
      `<h2>${escapeHtml(domain.name)}</h2><table>${domain.fieldNames
        .map((name) => {
          const field = domain.fields[name];
          const words = field?.options ? `: ${field.options.join(", ")}` : "";
          return `<tr><td><code>${escapeHtml(name)}</code></td><td>${field?.kind}${escapeHtml(words)}${field?.nullable ? ", may be null" : ""}</td></tr>`;
        })
        .join("")}</table>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>hybrid-data-adapter API</title>
<style>body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}td{padding:.1rem 1rem .1rem 0;vertical-align:top}</style>
<h1>hybrid-data-adapter API</h1><p>The whole document: <a href="/openapi.json">/openapi.json</a></p>
<table>${rows.join("")}</table>${fields.join("")}</html>`;
}

export const openapiRoutes = ({ domains }: Services): Hono<Env> =>
  new Hono<Env>()
    .get("/openapi.json", (c) => c.json(openapiDocument(domains)))
    .get("/docs", (c) => {
      c.header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
      return c.html(page(domains));
    });
