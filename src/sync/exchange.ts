/** One push and pull: what is sent, and whether what came back can be an answer to it. */
import type { DomainSet } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import { parseRecord } from "../domain/record.ts";
import { type ChangeDown, type Mutation, maxClients, type Patch, type PatchAnswer } from "../domain/sync-wire.ts";
import type { LoggedMutation, ReplyStep, SyncPosition } from "../local/record-store.ts";
import type { Rejection } from "./state.ts";
import { seqOf } from "./steps.ts";

/** By client: the last id that was answered and whose change the cursor does not cover. */
type Uncovered = Readonly<Record<string, number>>;

/** Lets the page draw between two slices of a long answer. */
export type Breathe = () => Promise<void>;

export interface Sender {
  /** The tab that sends; the other tabs' mutations name theirs. */
  readonly clientId: string;
  readonly domains: DomainSet;
  readonly clientVersion: string | undefined;
}

interface Asked {
  readonly sent: readonly LoggedMutation[];
  readonly cursor: string | null;
  readonly uncovered: Uncovered;
}

/** What goes with the mutations. */
interface Beside {
  readonly limit: number;
  readonly uncovered: Uncovered;
  readonly retired: readonly string[];
}

export function patchOf(
  { clientId, domains, clientVersion }: Sender,
  mutations: readonly LoggedMutation[],
  { epoch, cursor }: SyncPosition,
  { limit, uncovered, retired }: Beside,
): Patch {
  const clients = Object.keys(uncovered).slice(0, maxClients);
  return {
    clientId,
    epoch,
    mutations: mutations.map((mutation) => withoutOwn(mutation, clientId)),
    cursor,
    limit,
    ...(clients.length > 0 ? { clients } : {}),
    ...(retired.length > 0 ? { retired: retired.slice(-maxClients) } : {}),
    schemaVersions: Object.fromEntries(domains.all.map(({ name, schemaVersion }) => [name, schemaVersion])),
    ...(clientVersion === undefined ? {} : { clientVersion }),
  };
}

function withoutOwn(mutation: LoggedMutation, clientId: string): Mutation {
  if (mutation.client !== clientId) return mutation;
  const { client: _, ...rest } = mutation;
  return rest;
}

/**
 * The answer as a step for the store.
 * @throws SERVER_ANSWER when it does not fit what was sent or where we are, naming the field (B17): nothing of it is
 * stored, and the cursor stays; RESYNC_REQUIRED when the server has lost what it had answered (F29)
 */
export async function replyOf(
  { clientId, domains }: Sender,
  { sent, cursor, uncovered }: Asked,
  answer: PatchAnswer,
  breathe: Breathe,
): Promise<ReplyStep> {
  refuseLost(uncovered, answer.last);
  const results = answer.results.map((result): Rejection => ({ ...result, client: result.client ?? clientId }));
  refuseStrangers(sent, results);
  const before = seqOf(cursor);
  const after = seqOf(answer.cursor);
  if (after < before) throw refused("/cursor", "it lies before the one that was sent");
  if (answer.more && after === before) throw refused("/cursor", "there is more, and it does not move");
  const { epoch, stage, stages } = answer;
  return {
    results,
    changes: await knownChanges(domains, answer.changes, "/changes", breathe),
    cursor: answer.cursor,
    seq: answer.seq,
    position: { epoch, stage, stages },
  };
}

/**
 * A cursor that is still good says nothing of what was answered behind it: a server that came back from a backup in
 * between has to be asked for its last ids. The way back is that of a history that is not ours.
 */
function refuseLost(uncovered: Uncovered, last: PatchAnswer["last"]): void {
  for (const [client, answered] of Object.entries(uncovered)) {
    const has = last[client] ?? answered;
    if (has >= answered) continue;
    throw new AdapterError("RESYNC_REQUIRED", `The server has lost what it answered to mutation ${has + 1}.`, {
      facts: { client, last: has },
    });
  }
}

/** Each client's results are those of its first mutations, in order, and there is at least one where any was sent. */
function refuseStrangers(sent: readonly LoggedMutation[], results: readonly Rejection[]): void {
  if (sent.length > 0 && results.length === 0) throw refused("/results", "nothing that was sent is answered");
  const unanswered = new Map<string, number[]>();
  for (const { client, id } of sent) {
    const ids = unanswered.get(client);
    if (ids) ids.push(id);
    else unanswered.set(client, [id]);
  }
  const taken = new Map<string, number>();
  for (const [i, { client, id }] of results.entries()) {
    const position = taken.get(client) ?? 0;
    if (unanswered.get(client)?.[position] !== id) throw refused(`/results/${i}/id`, "it was not sent, or not next");
    taken.set(client, position + 1);
  }
}

/**
 * The changes of the domains that this app declares, each a record that its schema accepts.
 * @throws SERVER_ANSWER naming the field
 */
export async function knownChanges(
  domains: DomainSet,
  changes: readonly ChangeDown[],
  place: string,
  breathe: Breathe,
): Promise<ChangeDown[]> {
  const known: ChangeDown[] = [];
  for (const [i, change] of changes.entries()) {
    if (i > 0 && i % slice === 0) await breathe();
    if (!domains.has(change.domain)) continue;
    if (change.record === null) {
      known.push(change);
      continue;
    }
    try {
      known.push({ ...change, record: { ...parseRecord(domains.get(change.domain), change.record) } });
    } catch (cause) {
      const field = cause instanceof AdapterError ? (cause.place ?? "") : "";
      throw refused(`${place}/${i}/record${field}`, "it is no record of this domain", cause);
    }
    if (change.record.id !== change.id) throw refused(`${place}/${i}/record/id`, "it is another record's");
  }
  return known;
}

/** Checked in about 2 ms. */
const slice = 250;

const refused = (place: string, why: string, cause?: unknown): AdapterError =>
  new AdapterError("SERVER_ANSWER", `The answer is refused at ${place}: ${why}.`, {
    place,
    cause,
    facts: { guessed: true },
  });
