/** Drives the state machine: performs its effects, hands it what happened. It owns no rule. */
import type { DomainSet } from "../domain/define-domain.ts";
import { AdapterError, isAdapterError } from "../domain/errors.ts";
import type { RecordStore, StoreMark } from "../local/record-store.ts";
import type { Platform } from "../platform/platform.ts";
import { classify } from "../recovery/classify.ts";
import type { LiveChannel } from "../remote/live-channel.ts";
import type { SyncTransport } from "../remote/sync-transport.ts";
import { createAskers } from "./askers.ts";
import { leadership } from "./leadership.ts";
import { next } from "./machine.ts";
import { Refusal, type Request, request, type Server, type StoreStep, storeStep } from "./perform.ts";
import type { Failure, HoldReason, SyncEffect, SyncEvent, SyncState } from "./state.ts";
import { outcomeOf, phaseOf, reasonsOf, type SyncReport, type SyncStatus } from "./status.ts";
import { createStatusBoard } from "./status-board.ts";
import { type TabEvent, tabChannel } from "./tab-channel.ts";

export interface SyncEngineOptions {
  readonly store: RecordStore;
  readonly transport: SyncTransport;
  /** Hears pokes while this tab leads; without it the timer alone looks. */
  readonly live?: LiveChannel;
  readonly platform: Platform;
  readonly domains: DomainSet;
  /** Of the database: the tabs of one school and user share a lock and a channel by this name. */
  readonly name: string;
  /** Of the package, for a server that has a minimum. */
  readonly clientVersion?: string;
  /** Sees every event before it is answered, for a log or a count. */
  readonly trace?: (state: SyncState, event: SyncEvent) => void;
}

/**
 * Keeps the store and the server equal. SPEC.md says what it guarantees.
 * - Of the tabs of one browser one works; when it dies another one takes over.
 * - A failure never deletes anything; it is retried, waited out, or told in `status()`.
 */
export interface SyncEngine {
  start(): void;
  /**
   * Pushes and pulls now, in whichever tab leads; resolves when all that was committed before is answered and everything
   * is pulled, or says why not. It never rejects.
   */
  syncNow(): Promise<SyncReport>;
  status(): SyncStatus;
  /** @returns ends the subscription */
  subscribe(listener: (status: SyncStatus) => void): () => void;
  /** Somebody signed in again, in this tab or another: what waited for that goes on. */
  tokenChanged(): void;
  /**
   * In all tabs that are open: what is out is finished, then nothing more is sent until the same reason is released.
   * Reasons do not undo each other. A tab that is opened later has to be told again.
   */
  hold(reason: HoldReason): void;
  release(reason: HoldReason): void;
  /** Gives up what is out, lets the running disk step end, and lets go of the lead. */
  close(): Promise<void>;
}

export function createSyncEngine(options: SyncEngineOptions): SyncEngine {
  const { store, platform, name } = options;
  const closing = new AbortController();
  let state: SyncState = { kind: "new", held: new Set() };
  /** The work under way; what belongs to an earlier one is dropped. */
  let work = new AbortController();
  let timer = new AbortController();
  let storing: Promise<unknown> = Promise.resolve();
  let leading = false;
  let unsubscribes: readonly (() => void)[] = [];

  const board = createStatusBoard(
    () => ({ phase: phaseOf(state), leading, paused: reasonsOf(state), outbox: store.outbox() }),
    (status) => tabs.tell(status),
  );
  const iso = (): string => new Date(platform.clock.now()).toISOString();
  const server: Server = {
    ...options,
    sender: { domains: options.domains, clientVersion: options.clientVersion },
    onSkew: board.skew,
  };
  const tabs = tabChannel(platform.channel(`hda-sync/${name}`), {
    onHello() {
      if (leading) tabs.tell(board.status());
    },
    onAsk(id, mark) {
      if (leading) void answer(id, mark);
    },
    onEvent: (event) => dispatch(event),
    onReport: (id, report, mark) => void seen(mark).then(() => askers.answered(id, report)),
    onStatus: board.heard,
  });
  const askers = createAskers({
    platform,
    signal: closing.signal,
    ask: (id) => tabs.ask(id, store.sync.mark()),
  });
  const lead = leadership({
    platform,
    lock: `hda/${name}`,
    signal: closing.signal,
    onElected(term) {
      leading = true;
      void options.live?.run((seq) => dispatch({ kind: "wake", hint: "poke", seq }), term);
      dispatch({ kind: "elected" });
    },
    onDeposed: () => dispatch({ kind: "deposed" }),
    onFailed(cause) {
      failed(cause, closing.signal);
      board.tell();
    },
  });

  function dispatch(event: SyncEvent): void {
    options.trace?.(state, event);
    learn(event);
    const step = next(state, event, {
      chance: platform.entropy.fraction(),
      position: store.position,
      waiting: store.outbox().mutations,
      compactionDue: leading && store.sync.compactionDue(),
    });
    const moved = step.state.kind !== state.kind;
    state = step.state;
    if (moved) {
      timer.abort();
      if (!step.effects.some(isWork)) work.abort();
      if (state.kind === "following" && leading) askers.settle("unanswered", board.error);
      if (state.kind === "following" || state.kind === "stopped") leading = false;
      if (state.kind === "idle") board.synced(iso());
      // The last that was heard may be of one that led no more, or long ago, or nothing yet.
      if (state.kind === "following") tabs.hello();
    }
    for (const effect of step.effects) perform(effect);
    if (moved) board.tell();
    const outcome = outcomeOf(state);
    if (outcome) askers.settle(outcome, outcome === "synced" ? null : board.error);
  }

  function perform(effect: SyncEffect): void {
    switch (effect.do) {
      case "resign":
        lead.resign();
        break;
      case "contend":
        lead.contend(effect.afterMs);
        break;
      case "wait":
        timer = new AbortController();
        void wait(effect.ms, timer.signal);
        break;
      case "exchange":
      case "askStage":
      case "askClients":
      case "fetchPage":
        void ask(effect, begin());
        break;
      default:
        void keep(effect, begin());
    }
  }

  function begin(): AbortSignal {
    work = new AbortController();
    return work.signal;
  }

  async function wait(ms: number, signal: AbortSignal): Promise<void> {
    await platform.timers.sleep(ms, signal);
    if (!signal.aborted) dispatch({ kind: "due" });
  }

  async function ask(effect: Request, signal: AbortSignal): Promise<void> {
    const event = await request(server, effect, signal).catch((refusal: unknown): SyncEvent => {
      const [cause, sent] = refusal instanceof Refusal ? [refusal.error, refusal.sent] : [refusal, []];
      return { kind: "refused", failure: failed(cause, signal), sent };
    });
    if (!signal.aborted) dispatch(event);
  }

  /** One after another: a step that was given up may still be on its way to disk when the next one comes. */
  async function keep(effect: StoreStep, signal: AbortSignal): Promise<void> {
    const before = storing;
    const isFirst = store.position.cursor === null;
    const run = (async () => {
      await before;
      if (signal.aborted) return null;
      return storeStep(store, effect, signal).then(
        (): SyncEvent => ({ kind: "stored" }),
        (cause: unknown): SyncEvent => ({ kind: "unstored", failure: failed(cause, signal) }),
      );
    })();
    storing = run;
    const event = await run;
    if (event === null || signal.aborted) return;
    if (event.kind === "stored") note(effect, isFirst);
    dispatch(event);
  }

  function note(effect: StoreStep, isFirst: boolean): void {
    if (effect.do === "apply" || effect.do === "setAside") askers.count(effect.reply);
    if (effect.do === "stagePage") askers.count({ results: [], changes: effect.page.records });
    // The first snapshot of all is how it begins, and no way back.
    if (effect.do === "finishSnapshot" && !isFirst) board.recovered("snapshot", iso());
    if (effect.do === "rewind" || effect.do === "rehome" || effect.do === "setAside") {
      board.recovered(effect.do, iso());
    }
  }

  function failed(cause: unknown, signal: AbortSignal): Failure {
    const known = isAdapterError(cause)
      ? cause
      : new AdapterError("INTERNAL", "The synchronisation met an error that it does not know.", { cause });
    if (!signal.aborted) {
      const { code, message, place = null, fix } = known;
      board.failed({ code, message, place, fix });
    }
    return { code: known.code, class: classify(known), place: known.place ?? null, facts: known.facts };
  }

  function learn(event: SyncEvent): void {
    if (event.kind === "replied" || event.kind === "paged" || event.kind === "positioned") board.succeeded();
  }

  function syncNow(): Promise<SyncReport> {
    if (state.kind === "stopped") return Promise.resolve(askers.closed());
    const report = askers.add(leading ? null : platform.entropy.uuid());
    dispatch({ kind: "asked" });
    return report;
  }

  /** A question or a report may be faster than what was told of a write or a step. */
  const seen = async (mark?: StoreMark): Promise<void> => mark && store.sync.readUntil(mark);

  async function answer(id: string, mark?: StoreMark): Promise<void> {
    await seen(mark);
    const report = await syncNow();
    // Who lost the lead meanwhile leaves the answer to the next one.
    if (report.outcome !== "unanswered" && report.outcome !== "closed") tabs.report(id, report, store.sync.mark());
  }

  /** Here, and in the tabs that are open by now: one of them leads. */
  function everywhere(event: TabEvent): void {
    if (state.kind !== "stopped") tabs.event(event);
    dispatch(event);
  }

  return {
    start() {
      if (state.kind !== "new") return;
      unsubscribes = [
        store.subscribe((change) => {
          // A newer program has taken the store over: its tab is to lead, and this one could not even take an answer in.
          if (change.kind === "status" && leading && store.readOnly !== null) dispatch({ kind: "deposed" });
          // Answers, too, change records; only what is still to be sent is a reason to wake.
          if (change.kind === "records" && store.outbox().mutations > 0) {
            dispatch({ kind: "wake", hint: "write", seq: null });
          }
        }),
        platform.connectivity.subscribe(() => {
          if (platform.connectivity.online()) dispatch({ kind: "wake", hint: "online", seq: null });
        }),
      ];
      dispatch({ kind: "start" });
    },
    syncNow,
    status: board.status,
    subscribe: board.subscribe,
    tokenChanged: () => everywhere({ kind: "tokenChanged" }),
    hold: (reason) => everywhere({ kind: "held", reason }),
    release: (reason) => everywhere({ kind: "released", reason }),
    async close() {
      for (const unsubscribe of unsubscribes) unsubscribe();
      unsubscribes = [];
      dispatch({ kind: "closed" });
      closing.abort();
      await storing;
      tabs.close();
    },
  };
}

const isWork = (effect: SyncEffect): boolean => !["resign", "contend", "wait"].includes(effect.do);
