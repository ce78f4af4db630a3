/** REST for every domain: thin routes over `list`, `readOne` and the mutation path that sync uses. */
import { type Context, Hono } from "hono";
import * as z from "zod/mini";
import type { Domain } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import { isUuid, parseRecordId, type RecordId } from "../../domain/ids.ts";
import { mayRead, mayWrite } from "../authorise.ts";
import { applyMutations } from "../db/apply.ts";
import { listRecords, parseListQuery, readOne, type Stored } from "../db/queries/list.ts";
import { lockSchool } from "../db/school.ts";
import { type Tenant, withTenant } from "../db/with-tenant.ts";
import type { Env } from "../env.ts";
import { parseBody } from "../parse-body.ts";
import type { Services } from "../services.ts";

type C = Context<Env>;

export function restRoutes(services: Services): Hono<Env> {
  const { db, domains } = services;
  const domainOf = (c: C): Domain => domains.get(c.req.param("domain") ?? "");
  return new Hono<Env>()
    .get("/api/:domain", async (c) => {
      const domain = domainOf(c);
      const sight = mayRead(c.get("tenant"), domain);
      const query = parseListQuery(domain, new URL(c.req.url).searchParams);
      return c.json(await withTenant(db, c.get("tenant"), (tx) => listRecords(tx, domain, sight, query)));
    })
    .get("/api/:domain/:id", async (c) => {
      const domain = domainOf(c);
      const sight = mayRead(c.get("tenant"), domain);
      const id = idOf(c);
      const stored = await withTenant(db, c.get("tenant"), (tx) => readOne(tx, domain, sight, id));
      return answer(c, stored, 200);
    })
    .post("/api/:domain", async (c) => {
      const domain = domainOf(c);
      mayWrite(c.get("tenant"), domain);
      const fields = await parseFields(c, domain, ["id", "externalId", "extra", ...domain.fieldNames]);
      const id = typeof fields.id === "string" ? parseRecordId(fields.id) : (crypto.randomUUID() as RecordId);
      const empty = Object.fromEntries(
        domain.fieldNames.filter((name) => domain.fields[name]?.nullable).map((name) => [name, null]),
      );
      const record = { externalId: null, extra: {}, ...empty, ...fields };
      const stored = await write(services, c.get("tenant"), domain, {
        kind: "create",
        id,
        fields: record,
        version: null,
      });
      return answer(c, stored, 201);
    })
    .patch("/api/:domain/:id", async (c) => {
      const domain = domainOf(c);
      mayWrite(c.get("tenant"), domain);
      const [id, version] = [idOf(c), versionOf(c)];
      const fields = await parseFields(c, domain, ["externalId", "extra", ...domain.fieldNames]);
      const stored = await write(services, c.get("tenant"), domain, { kind: "update", id, fields, version });
      return answer(c, stored, 200);
    })
    .delete("/api/:domain/:id", async (c) => {
      const domain = domainOf(c);
      mayWrite(c.get("tenant"), domain);
      const [id, version] = [idOf(c), versionOf(c)];
      await write(services, c.get("tenant"), domain, { kind: "delete", id, fields: {}, version });
      return c.body(null, 204);
    });
}

interface Write {
  readonly kind: "create" | "update" | "delete";
  readonly id: RecordId;
  readonly fields: Readonly<Record<string, unknown>>;
  /** That was read; `null` for a create. */
  readonly version: number | null;
}

/** One mutation of nobody's log. @throws why it was rejected: nothing is written then */
function write(services: Services, tenant: Tenant, domain: Domain, write: Write): Promise<Stored | null> {
  const { kind, id: recordId, fields, version } = write;
  const base = version === null ? null : { version };
  const mutations = [{ id: 1, kind, domain: domain.name, recordId, base, fields: { ...fields } }];
  return withTenant(services.db, tenant, async (tx) => {
    const school = await lockSchool(tx, tenant.school);
    const { outcomes } = await applyMutations(tx, services, tenant, school, { mutations, strict: true });
    const rejected = outcomes.find((outcome) => outcome.error)?.error;
    if (rejected) throw rejected;
    return readOne(tx, domain, { kind: "all" }, recordId);
  });
}

/** @throws NOT_FOUND: what is no id names no record, as an unknown id does */
function idOf(c: C): RecordId {
  const id = c.req.param("id") ?? "";
  if (!isUuid(id)) throw nothing();
  return parseRecordId(id);
}

const nothing = (): AdapterError => new AdapterError("NOT_FOUND", "There is no such record.");

/** @throws PRECONDITION_REQUIRED without If-Match; BAD_REQUEST when it is no version */
function versionOf(c: C): number {
  const header = c.req.header("if-match");
  if (header === undefined) {
    throw new AdapterError("PRECONDITION_REQUIRED", "A change needs the version that it is made on.", {
      place: "If-Match",
    });
  }
  const version = /^"?(\d{1,9})"?$/.exec(header)?.[1];
  if (version === undefined) throw new AdapterError("BAD_REQUEST", "If-Match is no version.", { place: "If-Match" });
  return Number(version);
}

const anyObject = z.record(z.string(), z.unknown());

/** @throws BAD_REQUEST for a key that is not the client's to set, such as schoolId, version or seq */
async function parseFields(c: C, domain: Domain, names: readonly string[]): Promise<Record<string, unknown>> {
  const body = await parseBody(c, anyObject);
  const stranger = Object.keys(body).find((key) => !names.includes(key));
  if (stranger !== undefined) {
    throw new AdapterError("BAD_REQUEST", `A record of ${domain.name} has a key that cannot be set.`, { place: "/" });
  }
  return body;
}

function answer(c: C, stored: Stored | null, status: 200 | 201): Response {
  if (!stored) throw nothing();
  c.header("etag", `"${stored.version}"`);
  return c.json({ record: stored.record, version: stored.version }, status);
}
