/** A human's word on open conflicts: what stands stays, or what lost is written, by the same way as any other change. */
import { sql } from "drizzle-orm";
import type { Keep, ResolveOpen, ResolveOpenAnswer } from "../../../domain/conflict-wire.ts";
import type { AnyRecord } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import { isUuid, type RecordId } from "../../../domain/ids.ts";
import { mayWrite } from "../../authorise.ts";
import { requireAdmin } from "../../require-admin.ts";
import type { Services } from "../../services.ts";
import { applyMutations } from "../apply.ts";
import type { Tx } from "../database.ts";
import type { Incoming } from "../mutations/world.ts";
import { lockSchool, readSchool } from "../school.ts";
import { tried } from "../tried.ts";
import type { Tenant } from "../with-tenant.ts";
import { idSet, readRecords } from "../write-rows.ts";
import { resolveConflicts } from "./conflicts.ts";

type Decisions = ResolveOpen["decisions"];
type Told = ResolveOpenAnswer["outcomes"][number];

/**
 * All or none; a decision sent again is left as it is.
 * @throws NOT_FOUND for what is no open conflict of this school; FORBIDDEN; and what keeps a restored value from being
 * written (REFERENCED, REFERENCE_MISSING, UNIQUE_TAKEN, RECORD_INVALID), each with the conflict as its place
 */
export async function resolveOpen(
  tx: Tx,
  services: Services,
  tenant: Tenant,
  { decisions, dryRun = false }: ResolveOpen,
): Promise<ResolveOpenAnswer> {
  await lockSchool(tx, tenant.school);
  const seen = new Set<string>();
  for (const { id } of decisions) {
    if (seen.has(id)) throw new AdapterError("BAD_REQUEST", "A conflict is decided twice.", { place: id });
    seen.add(id);
  }
  const decide = async (part: Tx): Promise<Told[]> => [
    ...(await resolveImports(
      part,
      services,
      tenant,
      decisions.filter(({ id }) => id.includes(".")),
    )),
    ...(await resolveSync(
      part,
      services,
      tenant,
      decisions.filter(({ id }) => !id.includes(".")),
    )),
  ];
  const outcomes = dryRun ? await tried(tx, decide) : await decide(tx);
  const byId = new Map(outcomes.map((told) => [told.id, told]));
  const { seq } = await readSchool(tx, tenant.school);
  return { seq, outcomes: decisions.flatMap(({ id }) => byId.get(id) ?? []) };
}

const nothing = (id: string): AdapterError =>
  new AdapterError("NOT_FOUND", "This is no open conflict of this school.", { place: id });

async function resolveImports(
  tx: Tx,
  { domains, now }: Services,
  tenant: Tenant,
  decisions: Decisions,
): Promise<Told[]> {
  if (decisions.length === 0) return [];
  requireAdmin(tenant);
  const byImport = new Map<string, { id: string; entry: number; part: number; keep: "first" | "second" }[]>();
  for (const { id, keep } of decisions) {
    const [, importId, entry, part] = /^([0-9a-f-]{36})\.(\d{1,9})\.(\d{1,9})$/.exec(id) ?? [];
    if (importId === undefined || !isUuid(importId)) throw nothing(id);
    const decision = {
      id,
      entry: Number(entry),
      part: Number(part),
      keep: keep === "first" ? keep : ("second" as const),
    };
    byImport.set(importId, [...(byImport.get(importId) ?? []), decision]);
  }
  const told: Told[] = [];
  for (const [importId, some] of byImport) {
    const parts = await tx.rows<{ id: string; domain: string; recordId: string; open: boolean }>(sql`
      select p.import_id::text || '.' || p.entry || '.' || p.part as id, p.domain, p.record_id::text as "recordId",
        p.outcome = 'conflict' as open
      from json_to_recordset(${JSON.stringify(some)}::text::json) as k(entry integer, part integer)
      join ledger_parts p on p.school_id = ${tenant.school}::uuid and p.import_id = ${importId}::uuid
        and p.entry = k.entry and p.part = k.part`);
    await resolveConflicts(tx, tenant, domains, {
      importId,
      decisions: some.map(({ entry, part, keep }) => ({ entry, part, keep })),
      at: now(),
    });
    const keeps = new Map(some.map(({ id, keep }) => [id, keep]));
    for (const { id, domain, recordId, open } of parts) {
      const did = !open ? "already" : keeps.get(id) === "first" ? "kept" : "updated";
      told.push({ id, domain, recordId, did });
    }
  }
  return told;
}

interface Row {
  readonly id: string;
  readonly domain: string;
  readonly recordId: RecordId;
  readonly loser: string;
  readonly resolution: string | null;
  readonly open: boolean;
  readonly keep: Keep;
}

async function resolveSync(tx: Tx, services: Services, tenant: Tenant, decisions: Decisions): Promise<Told[]> {
  const rows = await openRows(tx, services, tenant, decisions);
  const told: Told[] = [];
  let left = rows.filter((row) => row.open && row.keep !== "first");
  for (const row of rows) {
    const { id, domain, recordId } = row;
    if (!row.open) told.push({ id, domain, recordId, did: "already" });
    else if (row.keep === "first") told.push({ id, domain, recordId, did: "kept" });
  }
  while (left.length > 0) {
    // Each record once a round, because every change moves the version that the next one is made on.
    const round = [
      ...new Map(left.toReversed().map((row) => [`${row.domain}/${row.recordId}`, row])).values(),
    ].reverse();
    left = left.filter((row) => !round.includes(row));
    told.push(...(await restore(tx, services, tenant, round)));
  }
  const closed = rows
    .filter((row) => row.open)
    .map(({ id, keep }) => ({ id, keep: keep === "first" ? keep : "second" }));
  await tx.rows(sql`
    update conflicts c set resolved_at = ${services.now().toISOString()}::timestamptz, resolved_by = ${tenant.user}, resolution = r.keep
    from json_to_recordset(${JSON.stringify(closed)}::text::json) as r(id uuid, keep text)
    where c.school_id = ${tenant.school}::uuid and c.id = r.id`);
  return told;
}

/** By primary key. */
async function openRows(tx: Tx, { domains }: Services, tenant: Tenant, decisions: Decisions): Promise<Row[]> {
  const unreadable = decisions.find(({ id }) => !isUuid(id));
  if (unreadable) throw nothing(unreadable.id);
  if (decisions.length === 0) return [];
  const found = await tx.rows<Omit<Row, "keep">>(sql`
    select c.id::text as id, c.domain, c.record_id::text as "recordId", c.loser::text as loser, c.resolution,
      c.resolved_at is null as open
    from conflicts c where c.school_id = ${tenant.school}::uuid and c.id in ${idSet(decisions.map(({ id }) => id))}`);
  const byId = new Map(found.map((row) => [row.id, row]));
  return decisions.map(({ id, keep }) => {
    const row = byId.get(id);
    // A domain that the role may not read is as if it were not there.
    if (!row || !domains.has(row.domain) || domains.get(row.domain).rights[tenant.role] === "none") throw nothing(id);
    mayWrite(tenant, domains.get(row.domain));
    if (!row.open && row.resolution !== (keep === "first" ? keep : "second")) throw nothing(id);
    return { ...row, keep };
  });
}

/** Writes what lost, on the version that stands now. */
async function restore(tx: Tx, services: Services, tenant: Tenant, rows: readonly Row[]): Promise<Told[]> {
  const made: { readonly row: Row; readonly mutation: Incoming }[] = [];
  const told: Told[] = [];
  for (const domain of services.domains.all) {
    const ofDomain = rows.filter((row) => row.domain === domain.name);
    const stored = await readRecords(tx, domain, new Set(ofDomain.map((row) => row.recordId)));
    for (const row of ofDomain) {
      const current = stored.get(row.recordId);
      const change = await changeOf(tx, tenant, row, current?.version ?? null);
      if (change === null) told.push({ id: row.id, domain: row.domain, recordId: row.recordId, did: "kept" });
      else made.push({ row, mutation: { id: made.length + 1, domain: row.domain, recordId: row.recordId, ...change } });
    }
  }
  const school = await lockSchool(tx, tenant.school);
  const { outcomes } = await applyMutations(tx, services, tenant, school, {
    mutations: made.map(({ mutation }) => mutation),
    strict: true,
  });
  for (const [at, { row, mutation }] of made.entries()) {
    const error = outcomes[at]?.error;
    if (error) {
      const { code, message, fix, facts } = error;
      throw new AdapterError(code, message, { place: row.id, fix, facts, cause: error });
    }
    told.push({ id: row.id, domain: row.domain, recordId: row.recordId, did: done[mutation.kind] });
  }
  return told;
}

const done = { create: "created", update: "updated", delete: "deleted" } as const;

/** The mutation that brings the loser back; `null` when there is nothing left to do. */
async function changeOf(
  tx: Tx,
  tenant: Tenant,
  { domain, recordId, loser: text }: Row,
  version: number | null,
): Promise<Pick<Incoming, "kind" | "base" | "fields"> | null> {
  const loser = JSON.parse(text) as Record<string, unknown>;
  const base = version === null ? null : { version };
  if (loser.deleted === true) return base && { kind: "delete", base, fields: {} };
  if (base) return { kind: "update", base, fields: loser };
  const [last] = await tx.rows<{ before: string | null }>(sql`
    select before::text as before from history where school_id = ${tenant.school}::uuid and domain = ${domain}
      and record_id = ${recordId}::uuid order by seq desc limit 1`);
  const { id: _, ...before } = (last?.before ? JSON.parse(last.before) : {}) as Partial<AnyRecord>;
  return { kind: "create", base: null, fields: { ...before, ...loser } };
}
