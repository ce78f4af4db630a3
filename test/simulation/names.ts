/** What a commit's answer calls its writes: whoever waits for what becomes of one knows it by that name (L11). */
import type { Committed } from "../../src/local/record-store.ts";
import type { Attempt, Breach, ServerState } from "./history.ts";

/** One name for each write, in the order of the writes. */
export function unnamed(tab: string, written: readonly Attempt[], { ids }: Committed): Breach[] {
  const numbers = ids.filter((id) => id !== null);
  const ascend = numbers.every((id, i) => id > (numbers[i - 1] ?? 0));
  if (ids.length === written.length && ascend) return [];
  const signs = written.map(({ sign }) => sign).join();
  return [{ law: "L11", what: `${tab} acknowledged ${signs} and named them ${ids.join() || "nothing"}.` }];
}

/** What the server answered under a name is the write that was called so. */
export function misnamed(attempts: readonly Attempt[], { answered }: ServerState): Breach[] {
  const named = new Map(
    attempts.flatMap((attempt) => (attempt.name === null ? [] : [[attempt.name, attempt] as const])),
  );
  return answered.flatMap(({ mutation }): Breach[] => {
    const { client, id, domain, recordId, fields } = mutation;
    const attempt = named.get(`${client}/${id}`);
    if (!attempt || (attempt.domain === domain && attempt.recordId === recordId)) return [];
    const what = `${client}/${id} was to be ${attempt.sign} of ${attempt.recordId}, and is ${Object.values(fields)} of ${recordId}.`;
    return [{ law: "L11", what }];
  });
}
