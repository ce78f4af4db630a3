/** What a request holds of the logs that it sends, and what of it is taken: without a look at any record. */
import { AdapterError } from "../../../domain/errors.ts";
import type { Mutation, MutationResult } from "../../../domain/sync-wire.ts";
import { logKey, type Remembered } from "./world.ts";

/** A mutation and whose log it is in: named by it, or the request's. */
export interface Sent extends Mutation {
  readonly client: string;
}

export interface Taken {
  /** A beginning of what was sent: each of these is answered. */
  readonly taken: readonly Sent[];
  /** Those of them that were not sent before. */
  readonly fresh: readonly Sent[];
  isOld(mutation: Sent): boolean;
}

/** What the server has of a client. */
export interface Standing {
  readonly last: number;
  /** It goes on under another name, and takes nothing new. */
  readonly retired: boolean;
}

/**
 * @param clients those that the server knows
 * @param most how many new mutations at most are taken; a group is not cut
 * @throws MUTATION_GAP naming the client and the id that was expected; CLIENT_FORKED (something new of a retired client);
 * BAD_REQUEST (a group that is not whole)
 */
export function takeInOrder(sent: readonly Sent[], clients: ReadonlyMap<string, Standing>, most?: number): Taken {
  const lastOf = (client: string): number => clients.get(client)?.last ?? 0;
  const isOld = (m: Sent): boolean => m.id <= lastOf(m.client);
  refuseGaps(sent, lastOf);
  const fresh = beginning(
    sent.filter((m) => !isOld(m)),
    most,
  );
  refuseRetired(fresh, clients);
  const newest = new Map(fresh.map((m) => [m.client, m.id]));
  // After a cut the rest is not answered, duplicates behind it included: the results are those of a beginning.
  const cut = sent.findIndex((m) => m.id > Math.max(lastOf(m.client), newest.get(m.client) ?? 0));
  const taken = cut === -1 ? sent : sent.slice(0, cut);
  refuseTornGroups(taken, isOld);
  return { taken, fresh, isOld };
}

/** As many as may be taken; what would cut a group is taken to its end. */
function beginning(fresh: readonly Sent[], most = fresh.length): readonly Sent[] {
  let end = Math.min(most, fresh.length);
  for (const [i, m] of fresh.entries()) {
    if (i < end || m.group === undefined) continue;
    if (fresh.slice(0, end).some((other) => other.client === m.client && other.group === m.group)) end = i + 1;
  }
  return fresh.slice(0, end);
}

function refuseGaps(mutations: readonly Sent[], lastOf: (client: string) => number): void {
  const previous = new Map<string, number>();
  for (const { id, client } of mutations) {
    const before = previous.get(client);
    const expected = before === undefined ? Math.min(id, lastOf(client) + 1) : before + 1;
    if (id !== expected) {
      throw new AdapterError("MUTATION_GAP", `Mutation ${expected} is missing before ${id}.`, {
        facts: { client, expected },
      });
    }
    previous.set(client, id);
  }
}

function refuseRetired(fresh: readonly Sent[], clients: ReadonlyMap<string, Standing>): void {
  const late = fresh.find(({ client }) => clients.get(client)?.retired);
  if (!late) return;
  const { client, id } = late;
  throw new AdapterError("CLIENT_FORKED", `Mutation ${id} is new, and its client goes on under another name.`, {
    facts: { client, id },
  });
}

/** A group may be sent again in part once all of it is known. */
function refuseTornGroups(mutations: readonly Sent[], isOld: (m: Sent) => boolean): void {
  const groups = new Map<string, Sent[]>();
  for (const m of mutations) {
    if (m.group === undefined && m.groupSize === undefined) continue;
    const key = logKey({ client: m.client, id: m.group ?? 0 });
    groups.set(key, [...(groups.get(key) ?? []), m]);
  }
  for (const members of groups.values()) {
    const [first] = members;
    const whole =
      first?.id === first?.group &&
      members.length === first?.groupSize &&
      members.every((m, i) => m.groupSize === first.groupSize && m.id === first.id + i);
    if (whole || members.every(isOld)) continue;
    throw new AdapterError("BAD_REQUEST", "The mutations of a group are sent all together.", {
      place: "/mutations",
      facts: { client: first?.client, group: first?.group },
    });
  }
}

/**
 * A mutation's body, by which it is known again. Without the client: another tab's request may carry the mutation. Not
 * by canonicalJson, which refuses values that a mutation may well hold: it is then rejected, and remembered.
 */
export function bodyOf(sent: Sent): string {
  const { client: _, ...mutation } = sent;
  return JSON.stringify(mutation, sortedKeys);
}

const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** What is kept of a mutation that was answered before. */
export interface Answered {
  /** Its body, or the body's hash. */
  readonly body: string;
  /** `null`: it was applied or rejected so long ago that nothing else is kept. */
  readonly known: Remembered | null;
}

/**
 * The answer to a mutation that was answered before.
 * @param body in the same form as `stored.body`
 * @throws CLIENT_FORKED when it is not the mutation that the server knows by this id
 */
export function answerAgain({ client, id }: Sent, body: string, stored: Answered | undefined): MutationResult {
  if (stored?.body !== body) {
    throw new AdapterError("CLIENT_FORKED", `Mutation ${id} was sent before with another body.`, {
      facts: { client, id },
    });
  }
  if (!stored.known) return { id, status: "duplicate" };
  const { status, ...result } = stored.known.result;
  return { ...result, status: "duplicate", ...(status === "duplicate" ? {} : { earlier: status }) };
}
