/** Sync: mutations up and changes down in one round trip, and a whole snapshot for who has nothing yet. */
import { Hono } from "hono";
import type { DomainSet } from "../../domain/define-domain.ts";
import { AdapterError, type ErrorCode } from "../../domain/errors.ts";
import { isUuid } from "../../domain/ids.ts";
import {
  type FullAnswer,
  full,
  type Mutation,
  maxMutations,
  type Patch,
  type PatchAnswer,
  patch,
} from "../../domain/sync-wire.ts";
import type { BatchSize } from "../batch-size.ts";
import { placeOf } from "../db/cursor.ts";
import { pull } from "../db/pull.ts";
import { type Pushed, push } from "../db/push.ts";
import { noteSeen, readClients } from "../db/queries/clients.ts";
import { lockSchool, readSchool } from "../db/school.ts";
import { snapshot } from "../db/snapshot.ts";
import { type Tenant, withTenant } from "../db/with-tenant.ts";
import type { Env } from "../env.ts";
import { parseBody } from "../parse-body.ts";
import { requireCurrent } from "../require-current.ts";
import type { Services } from "../services.ts";

const defaultLimit = 1000;
const mostClients = 200;

interface SyncOptions {
  readonly batch: BatchSize;
  /** The oldest version of the package that may sync. */
  readonly minimumClient: string | undefined;
}

export function syncRoutes(services: Services, { batch, minimumClient }: SyncOptions): Hono<Env> {
  const { db, domains, now } = services;
  return new Hono<Env>()
    .post("/api/sync/patch", async (c) => {
      const body = await parseBody(c, patch, patchCode);
      refuseTooMany(body.mutations);
      requireCurrent(domains, minimumClient, body);
      for (const [i, mutation] of body.mutations.entries()) refuseServerFields(domains, mutation, i);
      return c.json(await exchange(services, batch, c.get("tenant"), body));
    })
    .post("/api/sync/full", async (c) => {
      const { token, limit = defaultLimit } = await parseBody(c, full);
      const tenant = c.get("tenant");
      const answer = await withTenant(db, tenant, async (tx): Promise<FullAnswer> => {
        const school = await readSchool(tx, tenant.school);
        const page = await snapshot(tx, domains, tenant, school, { token, limit });
        const { stage, stages, epoch } = school;
        return { ...page, stage, stages, epoch, serverTime: now().toISOString() };
      });
      return c.json(answer);
    })
    .get("/api/sync/clients", async (c) => {
      const ids = [...new Set((c.req.query("ids") ?? "").split(","))];
      if (ids.length > mostClients || !ids.every(isUuid)) {
        throw new AdapterError("BAD_REQUEST", `ids names 1 to ${mostClients} client ids.`, { place: "ids" });
      }
      const tenant = c.get("tenant");
      return c.json(await withTenant(db, tenant, (tx) => readClients(tx, tenant, ids)));
    });
}

/**
 * Mutations up, then changes down: two transactions, so that nobody waits for the school while this client's changes are
 * read. Everything up to `seq` is there for the second one.
 */
async function exchange(services: Services, batch: BatchSize, tenant: Tenant, request: Patch): Promise<PatchAnswer> {
  const { db, domains, now } = services;
  const { clientId, mutations, cursor, limit = defaultLimit } = request;
  const { school, results, last } = await (mutations.length === 0
    ? withTenant(db, tenant, async (tx) => push(tx, services, tenant, await readSchool(tx, tenant.school), request))
    : timedPush(services, batch, tenant, request));
  const pulled = await withTenant(db, tenant, async (tx) => {
    const place = await readSchool(tx, tenant.school);
    const changes = await pull(tx, domains, tenant, place, { cursor, limit });
    if (cursor !== null) {
      const { seq } = await placeOf(tx, place, cursor);
      await noteSeen(tx, tenant, { clientId, seq, at: now() });
    }
    return changes;
  });
  const { seq, stage, stages, epoch } = school;
  const serverTime = now().toISOString();
  return { results: [...results], last: { ...last }, ...pulled, seq, epoch, stage, stages: { ...stages }, serverTime };
}

/** As many mutations as the lock on the school may last. */
async function timedPush(services: Services, batch: BatchSize, tenant: Tenant, request: Patch): Promise<Pushed> {
  const { db, monotonic } = services;
  let since = 0;
  const pushed = await withTenant(db, tenant, async (tx) => {
    const school = await lockSchool(tx, tenant.school);
    since = monotonic();
    await placeOf(tx, school, request.cursor);
    return push(tx, services, tenant, school, { ...request, most: batch.most });
  });
  batch.measured(pushed.results.filter((result) => result.status !== "duplicate").length, monotonic() - since);
  return pushed;
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
