/** What one generation is made of: chunks of records, and the state that is neither record nor log. */
import type { Base } from "./base.ts";
import { stored } from "./base-record.ts";
import { encode } from "./codec.ts";
import { answeredUntil, type Log } from "./log.ts";
import type { Model } from "./model.ts";
import type { Generation, LogState, StoredRecord, StoreState } from "./stored.ts";

/** The records of some chunks of a domain, by chunk. */
export function recordsOf(base: Base, domain: string, chunks: ReadonlySet<number>): Map<number, StoredRecord[]> {
  const byChunk = new Map<number, StoredRecord[]>();
  for (const chunk of chunks) byChunk.set(chunk, []);
  if (chunks.size > 0) for (const entry of base.records(domain).values()) byChunk.get(entry.chunk)?.push(stored(entry));
  return byChunk;
}

/** The text of `state/<generation>`. */
export function stateText(model: Model): string {
  const tombstones: StoreState["tombstones"][number][] = [];
  for (const domain of model.base.domains())
    for (const { record, version, since, here } of model.base.tombstones(domain).values())
      tombstones.push([domain, record, version, since, here]);
  const state: StoreState = {
    position: model.position,
    hlc: model.hlc,
    lastOff: model.lastOff,
    tombstones,
    conflicts: [...model.conflicts].map(([key, hlc]) => [...splitKey(key), hlc] as const),
    parked: [...model.parked.values()],
    logs: Object.fromEntries([...model.logs.all()].map((log) => [log.client, logState(log)])),
  };
  return encode(state);
}

const splitKey = (key: string): readonly [domain: string, id: string] => {
  const at = key.indexOf("/");
  return [key.slice(0, at), key.slice(at + 1)];
};

function logState(log: Log): LogState {
  const { lastId, aliases, kept, at } = log;
  const answered = answeredUntil(log);
  const covering = log.items.flatMap(({ mutation, answer }) =>
    answer && mutation.id !== null ? [[mutation.id, answer] as const] : [],
  );
  const early = [...log.early].map(([id, { answer }]) => [id, answer] as const);
  // What is kept no longer will not be asked for again.
  const first = Math.min(answered + 1, ...kept.map((part) => part.first));
  const discarded = [...log.discarded].filter((id) => id >= first);
  return { answered, lastId, aliases, covering: [...covering, ...early], kept, discarded, at };
}

/** How far each log is folded. */
export const logsOf = (model: Model): Generation["logs"] =>
  Object.fromEntries(
    [...model.logs.all()].map((log) => [
      log.client,
      { gone: Math.max(log.gone, model.settledUntil(log)), based: log.based },
    ]),
  );
