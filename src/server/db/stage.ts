/** A school's stage: read by everybody, changed by an administrator, with the epoch that fences what was made under the old one. */
import { sql } from "drizzle-orm";
import type { DomainSet } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import type { Stage } from "../../domain/stages.ts";
import type { PutStage, StageAnswer } from "../../domain/sync-wire.ts";
import type { Tx } from "./database.ts";
import { lockSchool, type SchoolState } from "./school.ts";
import type { Tenant } from "./with-tenant.ts";

export const stageOf = ({ stage, epoch, stages, seq }: SchoolState): StageAnswer => ({ stage, epoch, stages, seq });

/**
 * Moves the school, or one domain of it, to another stage: under a new epoch, so that a push made under the old one is
 * refused and sent again (law 8), and with a line that says who did it.
 * @throws EPOCH_STALE when somebody else changed it meanwhile; BAD_REQUEST for an unknown domain
 */
export async function changeStage(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  { stage, domain, epoch, at }: PutStage & { readonly at: Date },
): Promise<StageAnswer> {
  if (domain !== undefined && !domains.has(domain)) {
    throw new AdapterError("BAD_REQUEST", "There is no such domain.", { place: "/domain" });
  }
  const school = await lockSchool(tx, tenant.school);
  if (school.epoch !== epoch) {
    throw new AdapterError("EPOCH_STALE", `The school is in epoch ${school.epoch}.`, {
      fix: "Look at the stage as it is now, then decide again.",
      facts: { epoch: school.epoch },
    });
  }
  const from = (domain !== undefined && school.stages[domain]) || school.stage;
  const next: SchoolState = { ...school, ...after(school, stage, domain), epoch: epoch + 1 };
  await tx.rows(sql`
    update schools set stage = ${next.stage}, stages = ${JSON.stringify(next.stages)}::text::json, epoch = ${next.epoch}::integer
    where id = ${tenant.school}::uuid`);
  await tx.rows(sql`
    insert into stage_changes (school_id, epoch, domain, from_stage, to_stage, author, at)
    values (${tenant.school}::uuid, ${next.epoch}::integer, ${domain ?? null}, ${from}, ${stage}, ${tenant.user},
      ${at.toISOString()}::timestamptz)`);
  return stageOf(next);
}

function after(school: SchoolState, stage: Stage, domain: string | undefined): Pick<SchoolState, "stage" | "stages"> {
  if (domain === undefined) return { stage, stages: {} };
  const others = Object.entries(school.stages).filter(([name]) => name !== domain);
  const own: [string, Stage][] = stage === school.stage ? [] : [[domain, stage]];
  return { stage: school.stage, stages: Object.fromEntries([...others, ...own]) };
}
