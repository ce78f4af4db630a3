/** Carries out what the machine wants done at the server and at the store. It decides nothing. */
import { AdapterError } from "../domain/errors.ts";
import type { LoggedMutation, RecordStore } from "../local/record-store.ts";
import type { Platform } from "../platform/platform.ts";
import type { SyncTransport } from "../remote/sync-transport.ts";
import { knownChanges, patchOf, replyOf, type Sender } from "./exchange.ts";
import type { SyncEffect, SyncEvent } from "./state.ts";

type Doing<Name extends SyncEffect["do"]> = Extract<SyncEffect, { do: Name }>;
export type Request = Doing<"exchange" | "askStage" | "askClients" | "fetchPage">;
export type StoreStep = Exclude<SyncEffect, Request | Doing<"resign" | "contend" | "wait">>;

export interface Server {
  readonly store: RecordStore;
  readonly transport: SyncTransport;
  readonly platform: Pick<Platform, "clock" | "timers">;
  readonly sender: Omit<Sender, "clientId">;
  /** How far this device's clock is behind the server's, in milliseconds (F22). */
  readonly onSkew: (ms: number) => void;
}

/** A request that failed, with what it carried. */
export class Refusal {
  constructor(
    readonly error: unknown,
    readonly sent: readonly LoggedMutation[],
  ) {}
}

/** @throws Refusal */
export async function request(server: Server, effect: Request, signal: AbortSignal): Promise<SyncEvent> {
  const { store, transport } = server;
  let sent: readonly LoggedMutation[] = [];
  try {
    switch (effect.do) {
      case "exchange": {
        const { mutations, bytes, page } = effect.limits;
        const batch = store.sync.batch({ maxMutations: mutations, maxBytes: bytes });
        sent = batch?.mutations ?? [];
        return await exchange(server, { sent, retired: batch?.retired ?? [] }, page, signal);
      }
      case "askStage": {
        const { stage, stages, epoch } = await transport.stage(signal);
        return { kind: "positioned", position: { stage, stages, epoch } };
      }
      case "askClients": {
        const ids = store.sync.clients().map(({ client }) => client);
        const { clients, seq } = await transport.clients(ids, signal);
        return { kind: "located", seq, last: Object.fromEntries(clients.map(({ id, last }) => [id, last])) };
      }
      case "fetchPage":
        return await fetchPage(server, effect, signal);
    }
  } catch (error) {
    throw new Refusal(error, sent);
  }
}

async function exchange(
  { store, transport, platform: { clock, timers }, sender, onSkew }: Server,
  { sent, retired }: { readonly sent: readonly LoggedMutation[]; readonly retired: readonly string[] },
  limit: number,
  signal: AbortSignal,
): Promise<SyncEvent> {
  const from = { ...sender, clientId: store.clientId };
  const { position } = store;
  const uncovered = store.sync.uncovered();
  const before = clock.now();
  const answer = await transport.patch(patchOf(from, sent, position, { limit, uncovered, retired }), signal);
  onSkew(skew(answer.serverTime, before, clock.now()));
  const reply = await replyOf(from, { sent, cursor: position.cursor, uncovered }, answer, timers.breathe);
  const first = sent[0] ? `${sent[0].client}/${sent[0].id}` : null;
  return { kind: "replied", reply, more: answer.more, sent: sent.length, first };
}

async function fetchPage(
  { store, transport, platform: { timers }, sender }: Server,
  { fresh, limit }: Doing<"fetchPage">,
  signal: AbortSignal,
): Promise<SyncEvent> {
  const staged = fresh ? null : await store.sync.stagedSnapshot();
  if (staged && staged.token === null) {
    return { kind: "gathered", position: { ...store.position, cursor: staged.cursor } };
  }
  const answer = await transport.full({ limit, ...(staged?.token ? { token: staged.token } : {}) }, signal);
  const { cursor, token, epoch, stage, stages } = answer;
  if (staged && cursor !== staged.cursor) {
    throw new AdapterError("SERVER_ANSWER", "The answer is refused at /cursor: it is another snapshot's.", {
      place: "/cursor",
      facts: { guessed: true },
    });
  }
  const records = await knownChanges(sender.domains, answer.records, "/records", timers.breathe);
  return { kind: "paged", page: { records, cursor, token, position: { epoch, stage, stages } } };
}

/** Against the middle of the round trip; a clock that ran back meanwhile is taken as it stands. */
const skew = (serverTime: string, before: number, after: number): number =>
  Date.parse(serverTime) - (after < before ? after : (before + after) / 2);

/** One durable step of the store. */
export async function storeStep({ sync }: RecordStore, effect: StoreStep, signal: AbortSignal): Promise<void> {
  switch (effect.do) {
    case "takeLead":
      return sync.lead();
    case "apply":
      return sync.applyReply(effect.reply);
    case "stagePage":
      return sync.stageSnapshot(effect.page.records, effect.page);
    case "finishSnapshot":
      return sync.finishSnapshot(effect.position);
    case "setPosition":
      return sync.setPosition(effect.position);
    case "rewind":
      return sync.rewind(effect.last);
    case "rehome":
      return sync.rehome(effect.client, effect.fromId);
    case "setAside":
      await sync.applyReply(effect.reply);
      for (const { client, fromId } of effect.rehome) await sync.rehome(client, fromId);
      return;
    case "compact":
      return sync.compact(signal);
  }
}
