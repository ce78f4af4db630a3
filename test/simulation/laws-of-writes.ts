/** What became of the writes that were asked for: none lost, none twice, none out of order (L1, L2, L3, L5). */

import type { Sent } from "../../src/server/db/mutations/sent.ts";
import { type DomainName, parentOf } from "./domains.ts";
import type { Attempt, Breach, Kept, ServerState, TabState } from "./history.ts";
import type { HistoryLine } from "./model-school.ts";
import { signPattern } from "./signs.ts";

/** L1, L5: what was acknowledged is on the server, stored as the loser of a conflict, or kept in sight. */
export function lostWrites(
  attempts: readonly Attempt[],
  server: ServerState,
  kept: ReadonlyMap<number, Kept>,
): Breach[] {
  const there = new Set<string>();
  for (const { domain, id, after } of server.lines) {
    for (const [field, value] of Object.entries(after ?? {})) there.add(`${domain}/${id}/${field}=${value}`);
  }
  for (const { domain, recordId, loser } of server.losses) {
    for (const [field, value] of Object.entries(loser)) there.add(`${domain}/${recordId}/${field}=${value}`);
  }
  const breaches: Breach[] = [];
  for (const [i, attempt] of attempts.entries()) {
    const { sign, domain, recordId } = attempt;
    if (attempt.state !== "acknowledged" || attempt.excuse) continue;
    if (inSight(attempt, kept)) continue;
    if (attempt.kind === "delete") {
      if (!attempt.numbered || deletionKnown(attempt, server)) continue;
      breaches.push({ law: "L1", what: `The acknowledged deletion ${sign} of ${domain}/${recordId} is nowhere.` });
      continue;
    }
    const missing = attempt.fields.filter(
      (field) =>
        !there.has(`${domain}/${recordId}/${field}=${sign}`) &&
        (attempt.numbered || !supersededHere(attempts, i, field)),
    );
    if (missing.length === 0) continue;
    breaches.push({
      law: "L1",
      what: `The acknowledged ${attempt.kind} ${sign} of ${domain}/${recordId} is nowhere (${missing.join()}).`,
    });
  }
  return breaches;
}

/** Not on the server, but where somebody sees it. */
function inSight({ sign, kind, domain, recordId, device }: Attempt, kept: ReadonlyMap<number, Kept>): boolean {
  const keeps = kept.get(device);
  const name = kind === "delete" ? `${domain}/${recordId}` : sign;
  const text = kind === "delete" ? recordId : sign;
  return (
    keeps !== undefined && (keeps.parked.has(name) || keeps.discarded.has(name) || keeps.quarantined.includes(text))
  );
}

/** The server answered it, whatever it made of it; a conflict stored the loser. */
const deletionKnown = ({ domain, recordId }: Attempt, server: ServerState): boolean =>
  server.answered.some(
    ({ mutation }) => mutation.kind === "delete" && mutation.domain === domain && mutation.recordId === recordId,
  ) || !server.records.has(`${domain}/${recordId}`);

/** In `off` there is no outbox: only a field's last value is kept, and of two tabs that write at once one is the last. */
function supersededHere(attempts: readonly Attempt[], at: number, field: string): boolean {
  const one = attempts[at];
  return attempts.some(
    (other, i) =>
      other.device === one?.device &&
      other.domain === one.domain &&
      other.recordId === one.recordId &&
      // After STORAGE_LOST nobody knows: it may be there.
      (other.state !== "refused" || other.code === "STORAGE_LOST") &&
      (other.kind === "delete" || other.fields.includes(field)) &&
      // Of a tab that was frozen with it, a write is stamped when the tab wakes.
      (i > at ||
        (i < at && other.mended) ||
        (i < at && other.tab !== one.tab && Math.max(other.askedAt, other.acknowledgedAt) > one.askedAt - atOnce)),
  );
}

/** The longest that a message between two tabs may take here, and the disk with it; in milliseconds. */
const atOnce = 10_000;

/** A write that was refused left nothing, anywhere. */
export function ghosts(attempts: readonly Attempt[], server: ServerState): Breach[] {
  const refused = new Map(
    attempts.filter(({ state, code }) => state === "refused" && code !== "STORAGE_LOST").map((a) => [a.sign, a]),
  );
  if (refused.size === 0) return [];
  const breaches: Breach[] = [];
  for (const { mutation } of server.answered) {
    for (const value of Object.values(mutation.fields)) {
      const attempt = typeof value === "string" ? refused.get(value) : undefined;
      if (attempt)
        breaches.push({ law: "L1", what: `The write ${attempt.sign} was refused (${attempt.code}), and was sent.` });
    }
  }
  return breaches;
}

/**
 * L2: a write's effect is in the history once, and one mutation alone was accepted for it. What was unnumbered may be
 * promoted twice by a disk that forgot it, but only if it then holds something else: the same content makes the same
 * mutations.
 */
export function appliedTwice(attempts: readonly Attempt[], server: ServerState): Breach[] {
  const breaches: Breach[] = [];
  const nameless = new Set(attempts.filter((attempt) => attempt.nameless).map(({ sign }) => sign));
  const contents = contentOfLogs(server);
  const sentAgain = new Set(attempts.filter((attempt) => attempt.sentAgain).map(({ sign }) => sign));
  const isExcused = (sign: string, one: Sent, other: Sent): boolean =>
    sentAgain.has(sign) ||
    (nameless.has(sign) && (one.client === other.client || contents.get(one.client) !== contents.get(other.client)));
  const introduced = new Map<string, HistoryLine>();
  for (const line of server.lines) {
    const { domain, id, after, before, mutation } = line;
    if (mutation.recordId !== id || mutation.domain !== domain) continue;
    for (const [field, value] of Object.entries(mutation.fields)) {
      if (typeof value !== "string" || !signPattern.test(value)) continue;
      if (after?.[field] !== value || before?.[field] === value) continue;
      const key = `${domain}/${id}/${field}=${value}`;
      const earlier = introduced.get(key);
      if (earlier && !isExcused(value, earlier.mutation, mutation)) {
        const places = `${earlier.seq} (${earlier.mutation.client}/${earlier.mutation.id}) and ${line.seq} (${mutation.client}/${mutation.id})`;
        breaches.push({ law: "L2", what: `${key} was applied twice: ${places}.` });
      }
      introduced.set(key, line);
    }
  }
  const accepted = new Map<string, Sent>();
  for (const { mutation, status } of server.answered) {
    // One that was merged met its equal, and changed nothing.
    if (status === "rejected" || mutation.kind !== "create") continue;
    const sign = Object.values(mutation.fields).find((value) => typeof value === "string" && signPattern.test(value));
    if (typeof sign !== "string" || (status === "merged" && !nameless.has(sign))) continue;
    const other = accepted.get(sign);
    if (other && !isExcused(sign, other, mutation)) {
      const places = `${other.client}/${other.id} and ${mutation.client}/${mutation.id}`;
      breaches.push({ law: "L2", what: `The create ${sign} was accepted twice: ${places}.` });
    }
    accepted.set(sign, mutation);
  }
  return breaches;
}

/** What the server has of each log, but for the names: two logs of the same content say the same twice. */
function contentOfLogs({ answered }: ServerState): ReadonlyMap<string, string> {
  const logs = new Map<string, Sent[]>();
  for (const { mutation } of answered) logs.set(mutation.client, [...(logs.get(mutation.client) ?? []), mutation]);
  const text = ({ hlc, ...mutation }: Sent): string => JSON.stringify([{ ...mutation, client: "" }, hlc?.slice(0, 21)]);
  return new Map(
    [...logs].map(([client, sent]) => [
      client,
      sent
        .sort((a, b) => a.id - b.id)
        .map(text)
        .join("\n"),
    ]),
  );
}

/** L3: nothing is refused for want of a record that the same device made before it, and that the server has. */
export function wanting(
  attempts: readonly Attempt[],
  server: ServerState,
  tabs: readonly TabState[],
  kept: ReadonlyMap<number, Kept>,
): Breach[] {
  const deleted = new Set(attempts.filter(({ kind }) => kind === "delete").map(({ recordId }) => recordId));
  return tabs.flatMap(({ device, name, parked }) =>
    parked.flatMap(({ mutation, code }): Breach[] => {
      // One that depends on a refused one has its code.
      if (code !== "REFERENCE_MISSING" || (mutation.base && "mutation" in mutation.base)) return [];
      const { field, to } = parentOf[mutation.domain as DomainName];
      const parent = String(mutation.fields[field]);
      const child = attempts.find(({ sign }) => Object.values(mutation.fields).includes(sign));
      const made = attempts.find(({ kind, recordId }) => kind === "create" && recordId === parent);
      const before =
        made?.device === device &&
        child?.device === device &&
        made.state === "acknowledged" &&
        !made.excuse &&
        !made.mended &&
        // What rotted was never sent; the server may have it of another device.
        !inSight(made, kept) &&
        // Refused itself, it is the other device's that the server has.
        !parked.some((other) => other.mutation.recordId === parent) &&
        made.askedAt <= child.askedAt &&
        !deleted.has(made.recordId) &&
        server.records.has(`${to}/${parent}`);
      if (!before) return [];
      return [{ law: "L3", what: `${name}: ${child.sign} was refused for want of ${to}/${parent}, made before it.` }];
    }),
  );
}

/** L3: a client's mutations apply in their order, and what one tab alone wrote ends with its last word. */
export function order(attempts: readonly Attempt[], server: ServerState, kept: ReadonlyMap<number, Kept>): Breach[] {
  const breaches: Breach[] = [];
  const last = new Map<string, number>();
  for (const { mutation, seq } of server.lines) {
    const before = last.get(mutation.client) ?? 0;
    if (mutation.id < before) {
      breaches.push({ law: "L3", what: `At ${seq}: ${mutation.client}/${mutation.id} came after ${before}.` });
    }
    last.set(mutation.client, mutation.id);
  }
  const byField = new Map<string, Attempt[]>();
  for (const attempt of attempts) {
    const fields = attempt.kind === "delete" ? ["a", "b", "c"] : attempt.fields;
    for (const field of fields) {
      const key = `${attempt.domain}/${attempt.recordId}/${field}`;
      byField.set(key, [...(byField.get(key) ?? []), attempt]);
    }
  }
  for (const [key, writes] of byField) {
    const [domain = "", id = "", field = ""] = key.split("/");
    const [first] = writes;
    const stored = server.records.get(`${domain}/${id}`);
    const plain = writes.every(
      (write) =>
        !inSight(write, kept) &&
        write.tab === first?.tab &&
        write.state === "acknowledged" &&
        write.numbered &&
        !write.excuse &&
        !write.mended &&
        write.kind !== "delete",
    );
    const disputed = server.losses.some((loss) => loss.domain === domain && loss.recordId === id);
    const refused = server.answered.some(
      ({ mutation, status }) => mutation.domain === domain && mutation.recordId === id && status === "rejected",
    );
    const word = writes.at(-1);
    if (!plain || disputed || refused || !stored || !word) continue;
    if (stored.record[field] === word.sign) continue;
    breaches.push({
      law: "L3",
      what: `${key} ends as ${String(stored.record[field])}, but the last word was ${word.sign}.`,
    });
  }
  return breaches;
}
