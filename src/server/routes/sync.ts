/** Sync: mutations up and changes down in one round trip, and a whole snapshot for who has nothing yet. */
import { Hono } from "hono";
import type { DomainSet } from "../../domain/define-domain.ts";
import { AdapterError, type ErrorCode } from "../../domain/errors.ts";
import { type FullAnswer, full, type Mutation, maxMutations, type PatchAnswer, patch } from "../../domain/sync-wire.ts";
import { placeOf } from "../db/cursor.ts";
import { pull } from "../db/pull.ts";
import { push } from "../db/push.ts";
import { lockSchool, readSchool } from "../db/school.ts";
import { snapshot } from "../db/snapshot.ts";
import { withTenant } from "../db/with-tenant.ts";
import type { Env } from "../env.ts";
import { parseBody } from "../parse-body.ts";
import type { Services } from "../services.ts";

const defaultLimit = 1000;

export function syncRoutes(services: Services): Hono<Env> {
  const { db, domains } = services;
  return new Hono<Env>()
    .post("/api/sync/patch", async (c) => {
      const body = await parseBody(c, patch, patchCode);
      refuseTooMany(body.mutations);
      for (const [i, mutation] of body.mutations.entries()) refuseServerFields(domains, mutation, i);
      const tenant = c.get("tenant");
      const answer = await withTenant(db, tenant, async (tx): Promise<PatchAnswer> => {
        // Who only pulls waits for no writer.
        const school = await (body.mutations.length === 0 ? readSchool : lockSchool)(tx, tenant.school);
        await placeOf(tx, school, body.cursor);
        const pushed = await push(tx, services, tenant, school, body);
        const page = { cursor: body.cursor, limit: body.limit ?? defaultLimit };
        const pulled = await pull(tx, domains, tenant, pushed.school, page);
        return { results: [...pushed.results], ...pulled, epoch: school.epoch, stage: school.stage };
      });
      return c.json(answer);
    })
    .post("/api/sync/full", async (c) => {
      const { token, limit = defaultLimit } = await parseBody(c, full);
      const tenant = c.get("tenant");
      const answer = await withTenant(db, tenant, async (tx): Promise<FullAnswer> => {
        const school = await readSchool(tx, tenant.school);
        const page = await snapshot(tx, domains, tenant, school, { token, limit });
        return { ...page, epoch: school.epoch, stage: school.stage };
      });
      return c.json(answer);
    });
}

/** A kind of mutation that this server does not know yet is no malformed request: a newer client may send one. */
const patchCode = (place: string): ErrorCode =>
  /^\/mutations\/\d+\/kind$/.test(place) ? "RECORD_INVALID" : "BAD_REQUEST";

function refuseTooMany(mutations: readonly Mutation[]): void {
  if (mutations.length <= maxMutations) return;
  throw new AdapterError("LIMIT", `A request carries at most ${maxMutations} mutations.`, {
    place: "/mutations",
    facts: { limit: maxMutations },
  });
}

const serverFields = ["id", "schoolId", "version", "seq", "role", "deletedAt", "digest"];

/** @throws BAD_REQUEST for a field that is not the client's to set, unless the domain declares one of that name */
function refuseServerFields(domains: DomainSet, { domain, fields }: Mutation, index: number): void {
  const declared = domains.has(domain) ? domains.get(domain).fieldNames : [];
  const field = serverFields.find((name) => Object.hasOwn(fields, name) && !declared.includes(name));
  if (field === undefined) return;
  throw new AdapterError("BAD_REQUEST", `The field ${field} is not the client's to set.`, {
    place: `/mutations/${index}/fields/${field}`,
  });
}
