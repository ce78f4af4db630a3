/** The model's push: refused as a whole before anything is touched, or applied by the server's own rules. */
import type { DomainSet } from "../../src/domain/define-domain.ts";
import { AdapterError } from "../../src/domain/errors.ts";
import type { RecordId } from "../../src/domain/ids.ts";
import type { MutationResult, Patch } from "../../src/domain/sync-wire.ts";
import { answerAgain, bodyOf, type Sent, takeInOrder } from "../../src/server/db/mutations/sent.ts";
import { rejectUnit, simulateUnit, type Unit, unitsOf } from "../../src/server/db/mutations/simulate-batch.ts";
import { basePlace, copyOf, logKey, type Outcome, restore, type World } from "../../src/server/db/mutations/world.ts";
import type { Tenant } from "../../src/server/db/with-tenant.ts";
import { type Client, chained, type School } from "./model-school.ts";

interface Pushed {
  readonly results: MutationResult[];
  readonly last: Record<string, number>;
}

export interface PushSetting {
  readonly domains: DomainSet;
  readonly tenant: Tenant;
  /** True time. */
  readonly now: number;
  /** Where the process may die; what was changed in the school until then is forgotten with it. */
  readonly point: (name: string) => void;
  /** How many new mutations at most are taken; a group is not cut. */
  readonly most?: number | undefined;
}

/** @param school the transaction's own copy */
export function push(
  school: School,
  setting: PushSetting,
  { clientId, epoch, mutations, clients = [], retired = [] }: Patch,
): Pushed {
  const { tenant } = setting;
  if (mutations.length > 0 && epoch !== school.epoch) {
    throw new AdapterError("EPOCH_STALE", `The school is in epoch ${school.epoch}.`, {
      facts: { epoch: school.epoch },
    });
  }
  const sent = mutations.map((m): Sent => ({ ...m, client: m.client ?? clientId }));
  const bases = sent.flatMap((m) => basePlace(m)?.client ?? []);
  for (const client of [clientId, ...clients, ...retired, ...sent.map((m) => m.client), ...bases]) {
    const owner = school.clients.get(client)?.user;
    if (owner !== undefined && owner !== tenant.user) {
      throw new AdapterError("FORBIDDEN", "This client id belongs to another user.");
    }
  }
  const clientOf = (client: string): Client =>
    school.clients.get(client) ?? { user: tenant.user, last: 0, retired: false, seenSeq: 0, seenAt: setting.now };
  const lastOf = (client: string): number => school.clients.get(client)?.last ?? 0;
  const { taken, fresh, isOld } = takeInOrder(sent, school.clients, setting.most);
  const answered = new Map(taken.filter(isOld).map((m) => [m, answerAgain(m, bodyOf(m), school.known.get(logKey(m)))]));
  setting.point("checked");
  if (fresh.length > 0) {
    const outcomes = apply(school, setting, fresh, epoch);
    setting.point("applied");
    for (const [i, m] of fresh.entries()) {
      const { key, result, view } = outcomes[i] as Outcome;
      answered.set(m, result);
      school.answered.set(logKey(m), { mutation: m, status: result.status });
      school.known.set(logKey(m), { body: bodyOf(m), known: { key, result, view }, at: setting.now });
      school.clients.set(m.client, { ...clientOf(m.client), last: m.id });
    }
    setting.point("noted");
  }
  if (taken.length > 0 && taken.length === sent.length)
    for (const client of retired) school.clients.set(client, { ...clientOf(client), retired: true });
  const named = new Set([clientId, ...clients, ...sent.map((m) => m.client)]);
  return {
    results: taken.map((m) => {
      const result = answered.get(m) as MutationResult;
      return m.client === clientId ? result : { ...result, client: m.client };
    }),
    last: Object.fromEntries([...named].map((client) => [client, lastOf(client)])),
  };
}

/** Tries the mutations in the school's own slots and appends what they change to the history. */
function apply(
  school: School,
  { domains, tenant, now }: PushSetting,
  fresh: readonly Sent[],
  claimed: number,
): Outcome[] {
  const remembered = new Map([...school.known].flatMap(([key, { known }]) => (known ? [[key, known]] : [])));
  const world: World = { slots: school.slots, known: new Set(), remembered, refused: new Map() };
  const trial = { world, domains, tenant, at: new Date(now).toISOString(), strict: false };
  const outcomes = new Map<number, Outcome>();
  const places = new Map(fresh.map((m, i) => [logKey(m), i]));
  for (const unit of unitsOf(fresh.map((m) => ({ ...m, recordId: m.recordId as RecordId })))) {
    for (const [i, outcome] of tryUnit(unit).entries()) {
      const m = unit[i];
      const place = m && places.get(logKey({ client: m.client, id: m.id }));
      if (place !== undefined) outcomes.set(place, outcome);
    }
  }
  const inOrder = fresh.map((_, i) => outcomes.get(i) as Outcome);
  for (const [i, outcome] of inOrder.entries()) note(fresh[i] as Sent, outcome);
  return inOrder;

  function tryUnit(unit: Unit): Outcome[] {
    const before = copyOf(world);
    const tried = simulateUnit(trial, unit, school.stages);
    const taken = tried.flatMap((one) => one.changes).find(({ domain, id }) => isTaken(domain.name, id));
    const culprit = taken && unit.find((m) => m.recordId === taken.id);
    if (!culprit) return tried;
    restore(world, before);
    return rejectUnit(world, unit, culprit, new AdapterError("UNIQUE_TAKEN", "Another record has these values."));
  }

  function isTaken(domain: string, id: string): boolean {
    const record = school.slots.get(`${domain}/${id}`)?.record;
    return domains.get(domain).unique.some((fields) => {
      if (!record) return false;
      return [...school.slots].some(
        ([key, slot]) =>
          key.startsWith(`${domain}/`) &&
          slot.record !== null &&
          slot.record.id !== id &&
          fields.every((field) => slot.record?.[field] === record[field]),
      );
    });
  }

  function note(mutation: Sent, { changes, losses, result }: Outcome): void {
    for (const { domain, id, op, before, after, version } of changes) {
      school.seq += 1;
      school.chain = chained(school.chain, JSON.stringify([school.seq, domain.name, id, op, after]));
      const place = { seq: school.seq, chain: school.chain, at: now };
      const what = { domain: domain.name, id, op, before, after, version };
      school.history.push({
        ...place,
        ...what,
        mutation,
        status: result.status,
        epochs: [claimed, school.epoch],
      });
    }
    school.losses.push(...losses);
  }
}
