/** What becomes of the server's answers on a device: who wrote is told (L11), and a lost dispute is in sight (L6). */
import type { Sent } from "../../src/server/db/mutations/sent.ts";
import type { Attempt, Breach, Kept, ServerState, TabState } from "./history.ts";

/** L11: whoever waits for what became of a write hears it in the tab that acknowledged it, as long as that can follow. */
export function untold(
  attempts: readonly Attempt[],
  tabs: readonly TabState[],
  kept: ReadonlyMap<number, Kept>,
): Breach[] {
  return tabs.flatMap(({ name: tab, device, waiting, heard, readAgain }) => {
    if (waiting > 0 || readAgain || !kept.get(device)?.isWhole) return [];
    return attempts.flatMap(({ tab: writer, sign, state, name }): Breach[] => {
      if (writer !== tab || state !== "acknowledged" || name === null || heard.results.has(name)) return [];
      return [{ law: "L11", what: `${tab} was never told what became of ${sign}, which it named ${name}.` }];
    });
  });
}

/** L6: a write that met a conflict shows in the record, until a later one of its device is taken. */
export function wrongConflicts(
  attempts: readonly Attempt[],
  server: ServerState,
  tabs: readonly TabState[],
  kept: ReadonlyMap<number, Kept>,
): Breach[] {
  const bySign = new Map(attempts.map((attempt) => [attempt.sign, attempt]));
  const signed = (mutation: Sent): Attempt[] =>
    Object.values(mutation.fields).flatMap((value) => bySign.get(String(value)) ?? []);
  const devices = new Map<string, number>();
  for (const { mutation } of server.answered)
    for (const { device } of signed(mutation)) devices.set(mutation.client, device);
  const byRecord = Map.groupBy(server.answered, ({ mutation }) => `${mutation.domain}/${mutation.recordId}`);
  return [...byRecord].flatMap(([key, all]) => {
    // What nobody signed may be anybody's.
    if (all.some(({ mutation }) => !devices.has(mutation.client))) return [];
    const byDevice = Map.groupBy(all, ({ mutation }) => devices.get(mutation.client) ?? -1);
    return [...byDevice].flatMap(([device, answered]) => {
      const last = answered.at(-1);
      if (!last || !kept.get(device)?.isWhole || signed(last.mutation).every(({ excuse }) => excuse)) return [];
      const { mutation, status } = last;
      // It was answered last, and a tab that was away longer may have written it earlier.
      if (answered.some((other) => stampOf(other.mutation) > stampOf(mutation)) || status === "rejected") return [];
      return tabs.flatMap((tab): Breach[] => {
        const state = tab.device === device ? tab.records.get(key)?.state : undefined;
        if (state === undefined || (state === "conflict") === (status === "conflict")) return [];
        if (kept.get(device)?.forgotten.has(`${mutation.client}/${mutation.id}`)) return [];
        const what = `${tab.name} shows ${key} as ${state}; its own ${mutation.client}/${mutation.id} was ${status}.`;
        return [{ law: "L6", what }];
      });
    });
  });
}

const stampOf = ({ hlc }: Sent): string => hlc ?? "";
