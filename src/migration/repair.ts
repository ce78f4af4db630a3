/** Repair: puts back what is missing or altered, takes away what nobody brought; previewed, then applied and verified. */
import type { DomainSet } from "../domain/define-domain.ts";
import { hasCode } from "../domain/errors.ts";
import { slices } from "./bisect.ts";
import type { Difference, RepairOptions, RepairPlan, RepairReport } from "./options.ts";
import { recallFrom } from "./survey.ts";
import { type Basis, basisOf, compareWith } from "./verify.ts";

const recordsPerRequest = 1000;

/** What would be done about each difference. A record of somebody else's that was altered cannot be mended from here. */
export function repairPlan(differences: readonly Difference[]): RepairPlan {
  const put: RepairPlan["put"][number][] = [];
  const remove: RepairPlan["remove"][number][] = [];
  for (const d of differences) {
    if (d.kind === "count_mismatch") continue;
    const place = { domain: d.domain, id: d.id };
    if (d.kind === "extra_record") remove.push(place);
    else put.push({ ...place, because: d.kind });
  }
  return { put, remove };
}

/** @throws what `verify` throws, and REFERENCED or UNIQUE_TAKEN when other rows stand in the way */
export async function repair(options: RepairOptions): Promise<RepairReport> {
  const basis = await basisOf(options);
  const verification = options.verification ?? (await compareWith(basis, options));
  const records = recallFrom(basis.reading, basis.survey.byDomain)(wantedOf(verification.differences));
  const whole = repairPlan(verification.differences);
  const plan = { ...whole, put: whole.put.filter((p) => records.has(`${p.domain}/${p.id}`)) };
  if (!options.apply) return { plan, applied: false, put: 0, removed: 0, verification };

  const kept = await removeAll(basis, plan.remove, options.domains);
  let put = 0;
  for (const { name } of options.domains.all) {
    const own = plan.put.filter((p) => p.domain === name).map((p) => records.get(`${name}/${p.id}`));
    for (const some of slices(own, recordsPerRequest))
      put += (await basis.remote.repair(name, { put: some, remove: [] })).put;
  }
  // What still was referred to by an altered row can go now that the row is as it was.
  for (const { domain, id } of kept) await basis.remote.repair(domain, { put: [], remove: [id] });
  const after = await compareWith(basis, options);
  return { plan, applied: true, put, removed: plan.remove.length, verification: after };
}

function wantedOf(differences: readonly Difference[]): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const d of differences) {
    if (d.kind !== "missing_record" && d.kind !== "data_mismatch") continue;
    wanted.set(d.domain, (wanted.get(d.domain) ?? new Set()).add(d.id));
  }
  return wanted;
}

/** Removes, children first; gives back what other rows still refer to. */
async function removeAll(
  { remote }: Basis,
  rows: RepairPlan["remove"],
  domains: DomainSet,
): Promise<RepairPlan["remove"]> {
  const kept: RepairPlan["remove"][number][] = [];
  for (const { name } of [...domains.all].reverse()) {
    const own = rows.filter((row) => row.domain === name);
    for (const some of slices(own, recordsPerRequest)) {
      try {
        await remote.repair(name, { put: [], remove: some.map((row) => row.id) });
      } catch (error) {
        if (!hasCode("REFERENCED")(error)) throw error;
        kept.push(...some);
      }
    }
  }
  return kept;
}
