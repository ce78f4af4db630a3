/** Commits a write, and waits for whoever has to acknowledge it. */
import type { DomainSet } from "../domain/define-domain.ts";
import { type ErrorCode, errorKinds, hasCode } from "../domain/errors.ts";
import type { MutationResult } from "../domain/sync-wire.ts";
import type { Committed, RecordStore, Write } from "../local/record-store.ts";
import type { Connectivity, Timers } from "../platform/platform.ts";
import type { SyncReport } from "../sync/status.ts";
import type { Written } from "./contract.ts";
import { checkOneStage, routeOf } from "./routing.ts";
import { WriteRefusedError } from "./write-refused.ts";

export interface WriterOptions {
  readonly store: RecordStore;
  readonly domains: DomainSet;
  readonly timers: Timers;
  readonly connectivity: Connectivity;
  readonly syncNow: () => Promise<SyncReport>;
  /** How long a caller waits for the server, in milliseconds. */
  readonly answerWithinMs: number;
}

/**
 * - Resolves when the writes are on this disk, and from `live` on when the server has answered or cannot be waited for.
 * - Rejected, nothing was kept: a full disk refuses before the server is asked, and what the server refuses is not parked.
 */
export interface Writer {
  /** @throws WriteRefusedError; STAGE_MIXED; what `RecordStore.commit` throws */
  write(writes: readonly Write[], group: boolean): Promise<readonly Written["acknowledged"][]>;
}

type Result = MutationResult & { readonly client: string };

export function createWriter(options: WriterOptions): Writer {
  const { store, syncNow } = options;
  /** Writes whose callers wait: they are no older writes that nobody waits for. */
  let awaited = 0;

  /** What this device does not know yet may be on the server all the same. */
  async function commit(writes: readonly Write[], group: boolean): Promise<Committed> {
    try {
      return await store.commit(writes, { group });
    } catch (error) {
      if (!hasCode("NOT_FOUND")(error) || !writes.some(isServers)) throw error;
      await syncNow();
      return store.commit(writes, { group });
    }
  }

  const isServers = ({ domain }: Write): boolean =>
    options.domains.has(domain) && routeOf(store.position, domain, true).acknowledges === "server";

  return {
    async write(writes, group) {
      const domains = writes.map(({ domain }) => options.domains.get(domain).name);
      if (group) checkOneStage(store.position, domains);
      const answers = collect(store);
      const isBehindOthers = store.outbox().mutations > awaited;
      try {
        const { ids } = await commit(writes, group);
        // Under the stage of now: it may have changed while the disk was at work.
        const sent = ids.filter((id) => id !== null);
        const mustWait = sent.length > 0 && writes.some(isServers);
        if (!mustWait) return writes.map(() => "local");
        if (isBehindOthers) return writes.map(() => "pending");
        awaited += sent.length;
        try {
          if (!(await answered(options, answers, sent))) return writes.map(() => "pending");
        } finally {
          awaited -= sent.length;
        }
        const refusals = sent
          .map((id) => answers.get(id))
          .filter((result) => result !== undefined && isRefused(result));
        if (refusals.length === 0) return writes.map(() => "server");
        const left = await discard(store, writes, sent);
        throw refusal(writes, ids, refusals as readonly Result[], left);
      } finally {
        answers.stop();
      }
    },
  };
}

interface Answers {
  get(id: number): Result | undefined;
  /** Called at every answer. */
  heard: () => void;
  stop(): void;
}

/** The server's answers to this tab's writes, from before the commit on: one may come before the commit's own promise. */
function collect(store: RecordStore): Answers {
  const results = new Map<number, Result>();
  const it: Answers = {
    get: (id) => results.get(id),
    heard: () => undefined,
    stop: store.subscribe((change) => {
      if (change.kind !== "results") return;
      for (const result of change.results) if (result.client === store.clientId) results.set(result.id, result);
      it.heard();
    }),
  };
  return it;
}

/** True when all of them are answered; false when it is not worth, or not time, to wait any longer. */
async function answered(
  { timers, syncNow, connectivity, answerWithinMs }: WriterOptions,
  answers: Answers,
  ids: readonly number[],
): Promise<boolean> {
  const over = new AbortController();
  const isAll = (): boolean => ids.every((id) => answers.get(id) !== undefined);
  answers.heard = () => {
    if (isAll()) over.abort();
  };
  if (isAll()) over.abort();
  // It settles, too, when the adapter is closed: then the write is pending.
  void syncNow().then((report) => {
    if (isHopeless(report, connectivity)) over.abort();
  });
  await timers.sleep(answerWithinMs, over.signal);
  over.abort();
  return isAll();
}

/** A single failure may pass in time; somebody to sign in, or a network that the browser knows to be gone, does not. */
function isHopeless({ outcome }: SyncReport, connectivity: Connectivity): boolean {
  if (outcome === "failed") return !connectivity.online();
  return outcome !== "unanswered";
}

const isRefused = ({ status, earlier }: Result): boolean =>
  status === "rejected" || (status === "duplicate" && earlier === "rejected");

/**
 * Closes the intent: nothing of it stays parked. A create that was sent only to be deleted goes with its delete.
 * @returns why it had to stay all the same
 */
async function discard(store: RecordStore, writes: readonly Write[], ids: readonly number[]): Promise<unknown> {
  const own = store.parked().filter(({ mutation: { client, id, recordId } }) => {
    if (client !== store.clientId) return false;
    return ids.includes(id) || (ids.includes(id + 1) && writes.some((w) => w.kind === "delete" && w.id === recordId));
  });
  for (const { mutation } of own) {
    try {
      await store.discardParked(mutation.client, mutation.id);
    } catch (error) {
      // Not found: somebody else was faster.
      if (!hasCode("NOT_FOUND")(error)) return error;
    }
  }
  return undefined;
}

function refusal(
  writes: readonly Write[],
  ids: readonly (number | null)[],
  refusals: readonly Result[],
  left: unknown,
): WriteRefusedError {
  const cause = refusals.find(({ code }) => code !== "GROUP_REJECTED") ?? refusals[0];
  const write = writes[ids.indexOf(cause?.id ?? null)];
  const code: ErrorCode =
    cause?.code !== undefined && Object.hasOwn(errorKinds, cause.code) ? (cause.code as ErrorCode) : "INTERNAL";
  const what = write ? `the ${write.kind} in ${write.domain}` : "the write";
  const kept =
    left === undefined ? "Nothing of it was kept." : "It stays parked, because this disk refused to let it go.";
  return new WriteRefusedError(code, `The server refused ${what}: ${code}. ${kept}`, writes, {
    place: cause?.place,
    facts: { domain: write?.domain, mutation: cause?.id },
    cause: left,
  });
}
