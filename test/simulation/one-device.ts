/** What the tabs of one device did to one record, with nobody else there: it conflicts with nothing (L3, L5). */
import { type DomainName, parentOf } from "./domains.ts";
import { type Attempt, type Breach, clockWentBack, type Kept, type ServerState } from "./history.ts";

/** L3: of two tabs that wrote one after the other, the later one has the last word, whatever they had heard of each other. */
export function lastWord(attempts: readonly Attempt[], server: ServerState, kept: ReadonlyMap<number, Kept>): Breach[] {
  const byField = new Map<string, Attempt[]>();
  for (const attempt of attempts)
    for (const field of attempt.kind === "delete" ? ["a", "b", "c"] : attempt.fields) {
      const key = `${attempt.domain}/${attempt.recordId}/${field}`;
      const writes = byField.get(key);
      if (writes) writes.push(attempt);
      else byField.set(key, [attempt]);
    }
  const disputed = new Set([
    ...server.losses.map(({ domain, recordId }) => `${domain}/${recordId}`),
    ...refusedOf(server),
  ]);
  return [...byField].flatMap(([key, writes]): Breach[] => {
    const [domain = "", id = "", field = ""] = key.split("/");
    const stored = server.records.get(`${domain}/${id}`);
    const word = writes.at(-1);
    if (!stored || !word || disputed.has(`${domain}/${id}`) || !writes.every(isPlain)) return [];
    const value = stored.record[field];
    const { isWhole = false, parked } = kept.get(word.device) ?? {};
    if (value === word.sign || !isWhole || parked?.has(word.sign) || clockWentBack(attempts, word)) return [];
    return [{ law: "L3", what: `${key} ends as ${value}, the last word on device ${word.device} was ${word.sign}.` }];
  });
}

/** Of which the server has refused something. */
const refusedOf = ({ answered }: ServerState): ReadonlySet<string> =>
  new Set(
    answered.flatMap(({ mutation: { domain, recordId }, status }) =>
      status === "rejected" ? [`${domain}/${recordId}`] : [],
    ),
  );

/** By the clock, too, it came after the one before it. */
function isPlain(write: Attempt, at: number, writes: readonly Attempt[]): boolean {
  const before = writes[at - 1] ?? { ...write, acknowledgedAt: 0 };
  return (
    write.state === "acknowledged" &&
    write.kind !== "delete" &&
    !write.excuse &&
    !write.mended &&
    write.device === before.device &&
    write.clockAhead === before.clockAhead &&
    write.askedAt > before.acknowledgedAt + 1
  );
}

/** L5: what a device could read, and of which the record was neither deleted nor refused, is not set aside. */
export function setAsideWrongly(
  attempts: readonly Attempt[],
  server: ServerState,
  kept: ReadonlyMap<number, Kept>,
): Breach[] {
  const refused = refusedOf(server);
  const deleted = new Set(attempts.filter(({ kind }) => kind === "delete").map(({ domain }) => domain));
  return [...kept].flatMap(([device, { aside }]) =>
    aside.flatMap(({ code, raw }): Breach[] => {
      const attempt = attempts.find(({ sign }) => raw.includes(`"${sign}"`));
      if (code !== "NOT_FOUND" || !attempt || attempt.excuse || mayBeGone(attempt.domain, deleted)) return [];
      // Parked with all that is made on it; what another tab wrote unaware of that finds nothing to change.
      if (refused.has(`${attempt.domain}/${attempt.recordId}`)) return [];
      return [{ law: "L5", what: `Device ${device} has set ${attempt.sign} of ${attempt.recordId} aside: ${code}.` }];
    }),
  );
}

/** Somebody deleted a record of the domain, or one with which its records may go. */
function mayBeGone(domain: DomainName, deleted: ReadonlySet<DomainName>): boolean {
  const { to } = parentOf[domain];
  return deleted.has(domain) || (to !== domain && mayBeGone(to, deleted));
}
