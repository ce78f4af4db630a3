/** A delete with what it takes along: children that go with it, and references that are cleared. */
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { RecordId } from "../../../domain/ids.ts";
import { type Author, change, keyOf, type PlannedChange, slotOf, type World } from "./world.ts";

interface Doomed {
  readonly domain: Domain;
  readonly id: RecordId;
}

/** @throws REFERENCED when a record names it that may neither go nor let go; nothing was changed then */
export function deleteRecord(
  world: World,
  domains: DomainSet,
  domain: Domain,
  id: RecordId,
  by: Author,
): PlannedChange[] {
  const doomed = new Map<string, Doomed>([[keyOf(domain.name, id), { domain, id }]]);
  const held: { readonly key: string; readonly child: Domain }[] = [];
  const detached = new Map<string, Doomed & { readonly fields: Set<string> }>();
  // The map grows while it is walked: children of children come to their turn.
  for (const parent of doomed.values()) {
    for (const { child, field, rule, record } of referrers(world, domains, parent)) {
      const key = keyOf(child.name, record.id);
      if (rule === "cascade") doomed.set(key, { domain: child, id: record.id });
      else if (rule === "restrict") held.push({ key, child });
      else {
        const fields = (detached.get(key)?.fields ?? new Set()).add(field);
        detached.set(key, { domain: child, id: record.id, fields });
      }
    }
  }
  const holder = held.find(({ key }) => !doomed.has(key));
  if (holder) throw new AdapterError("REFERENCED", `Records of ${holder.child.name} name this one.`);
  const changes: PlannedChange[] = [];
  for (const [key, { domain: child, id: childId, fields }] of detached) {
    const record = slotOf(world, child.name, childId).record;
    if (doomed.has(key) || !record) continue;
    const cleared = Object.fromEntries([...fields].map((field) => [field, null]));
    changes.push(change(world, child, childId, { ...record, ...cleared }, by));
  }
  for (const one of [...doomed.values()].reverse()) changes.push(change(world, one.domain, one.id, null, by));
  return changes;
}

function* referrers(world: World, domains: DomainSet, parent: Doomed) {
  for (const child of domains.all) {
    for (const [field, { to, onDelete: rule }] of Object.entries(child.references)) {
      if (to !== parent.domain.name) continue;
      for (const [key, slot] of world.slots) {
        const record: AnyRecord | null = key.startsWith(`${child.name}/`) ? slot.record : null;
        if (record && record[field] === parent.id) yield { child, field, rule, record };
      }
    }
  }
}
