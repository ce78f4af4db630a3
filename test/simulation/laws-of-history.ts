/** What the server's history may hold: no silent overwrite, no resurrection, no late stage (L6, L7, L8). */
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import { digestOf } from "../../src/domain/digest.ts";
import type { Sent } from "../../src/server/db/mutations/sent.ts";
import { domainNames, domains, ruleOf } from "./domains.ts";
import type { Attempt, Breach, ServerState } from "./history.ts";
import type { HistoryLine } from "./model-school.ts";
import { signPattern } from "./signs.ts";

/** L6: a value goes only by a mutation that names its field, and if it was not seen by that one, it is stored. */
export function silentlyOverwritten(server: ServerState): Breach[] {
  const breaches: Breach[] = [];
  const losers = new Set(
    server.losses.flatMap(({ domain, recordId, loser }) =>
      Object.entries(loser).map(([field, value]) => `${domain}/${recordId}/${field}=${value}`),
    ),
  );
  const byRecord = new Map<string, HistoryLine[]>();
  for (const line of server.lines) {
    const key = `${line.domain}/${line.id}`;
    byRecord.set(key, [...(byRecord.get(key) ?? []), line]);
  }
  for (const line of server.lines) {
    const { domain, id, before, after, mutation } = line;
    if (!before || !after || mutation.recordId !== id) continue;
    for (const [field, value] of Object.entries(before)) {
      if (after[field] === value || typeof value !== "string" || !signPattern.test(value)) continue;
      const key = `${domain}/${id}/${field}=${value}`;
      if (!Object.hasOwn(mutation.fields, field)) {
        breaches.push({ law: "L6", what: `At ${line.seq}: ${key} went by a mutation that does not name ${field}.` });
        continue;
      }
      if (mutation.base && "version" in mutation.base) {
        const origin = byRecord.get(`${domain}/${id}`)?.find((other) => other.after?.[field] === value);
        const unseen = origin !== undefined && origin.version > mutation.base.version;
        if (unseen && origin.mutation.client !== mutation.client && !losers.has(key)) {
          breaches.push({ law: "L6", what: `At ${line.seq}: ${key} was overwritten unseen and is not stored.` });
        }
      }
    }
  }
  return breaches;
}

/** L7: a deleted record returns by a create, or as a conflict that is shown. */
export function resurrected(server: ServerState): Breach[] {
  const deleted = new Set<string>();
  const breaches: Breach[] = [];
  for (const { domain, id, op, mutation, status, seq } of server.lines) {
    const key = `${domain}/${id}`;
    if (op === "delete") deleted.add(key);
    else if (op === "create" && deleted.delete(key) && mutation.kind !== "create" && status !== "conflict") {
      breaches.push({ law: "L7", what: `At ${seq}: ${key} came back by ${mutation.client}/${mutation.id}.` });
    }
  }
  return breaches;
}

/** L8 */
export const fenced = (server: ServerState): Breach[] =>
  server.lines
    .filter(({ epochs: [claimed, real] }) => claimed !== real)
    .map(({ seq, epochs }) => ({
      law: "L8",
      what: `At ${seq}: written under epoch ${epochs[0]}, it was ${epochs[1]}.`,
    }));

/** A minute of lead is believed; more does not make a write win over what was written long after it was stored. */
const believedLead = 62_000;

/** L6, F22: by `lastWriteWins` a clock that is ahead does not win over what was written later. */
export function lateByClock(attempts: readonly Attempt[], server: ServerState): Breach[] {
  const breaches: Breach[] = [];
  for (const { domain, recordId, kind, loser } of server.losses) {
    if (kind !== "UPDATE_UPDATE" || ruleOf(domain) !== "lastWriteWins") continue;
    for (const [field, sign] of Object.entries(loser)) {
      const attempt = attempts.find((a) => a.sign === sign);
      // The clock of who wrote it was right: then it was made when it was made.
      if (attempt?.clockAhead !== 0) continue;
      const lines = server.lines.filter((line) => line.domain === domain && line.id === recordId);
      const won = lines.some(({ after }) => after?.[field] === sign);
      const stood = lines.findLast(
        ({ at, after, before }) => at < attempt.askedAt && after?.[field] !== before?.[field],
      );
      if (won || !stood || attempt.askedAt - stood.at < believedLead) continue;
      const later = lines.some(({ at, seq }) => seq > stood.seq && at >= attempt.askedAt);
      if (later) continue;
      breaches.push({
        law: "L6",
        what: `${domain}/${recordId}/${field}=${sign} lost against what was stored long before it.`,
      });
    }
  }
  return breaches;
}

/** F22: a log's writes are stamped in its order, each later than the one before: by the stamps it is decided whose word is the last. */
export function stampedAlike({ answered }: ServerState): Breach[] {
  const last = new Map<string, Sent>();
  return [...answered]
    .sort((a, b) => a.mutation.id - b.mutation.id)
    .flatMap(({ mutation }): Breach[] => {
      const { client, id, hlc = "" } = mutation;
      const before = last.get(client);
      last.set(client, mutation);
      if (!before || hlc > (before.hlc ?? "")) return [];
      return [{ law: "F22", what: `${client}/${id} is stamped ${hlc}, and ${before.id} before it ${before.hlc}.` }];
    });
}

/** Two records that change places are another state: a digest that does not see it proves nothing. */
export function digests(server: ServerState): Breach[] {
  for (const name of domainNames) {
    const two = [...server.records].filter(([key]) => key.startsWith(`${name}/`)).slice(0, 2);
    const [one, other] = two.map(([, { record }]) => record);
    if (!one || !other) continue;
    const sum = (...records: AnyRecord[]): bigint =>
      records.reduce((total, record) => total + digestOf(domains.get(name), record), 0n);
    const straight = sum(one, other);
    const crossed = sum({ ...one, id: other.id }, { ...other, id: one.id });
    if (straight !== crossed) return [];
    return [{ law: "L4", what: `The digest of ${name} does not see that two records changed places.` }];
  }
  return [];
}
