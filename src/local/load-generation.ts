/** One generation into memory: its chunks and its state, as they were when it was written. */
import { AdapterError } from "../domain/errors.ts";
import { noCursor } from "./apply-sync.ts";
import { decode } from "./codec.ts";
import { chunkKey, stateKey } from "./keys.ts";
import type { Loading } from "./load.ts";
import { emptyLog } from "./log.ts";
import { Model } from "./model.ts";
import type { Generation, LogState, StoredRecord, StoreState } from "./stored.ts";

/** How many chunks one read asks for: about a megabyte. */
const chunksAtOnce = 4;
/** How many reads are on their way while one is parsed: the disk never waits for the page. */
const readsAhead = 8;

interface LoadedGeneration {
  readonly model: Model;
  /** Nothing of it was damaged or missing. */
  readonly complete: boolean;
}

/**
 * @param note is told of each key that is damaged (with its text) or missing (with an empty one)
 * @throws LIMIT before anything is read
 */
export async function loadGeneration(
  { storage, platform, maxRecords }: Loading,
  generation: Generation,
  note: (key: string, raw: string) => void,
): Promise<LoadedGeneration> {
  const refs = Object.entries(generation.chunks).flatMap(([domain, chunks]) => chunks.map((ref) => ({ domain, ref })));
  const records = refs.reduce((sum, { ref: [, , count] }) => sum + count, 0);
  if (records > maxRecords)
    throw new AdapterError("LIMIT", `The store holds ${records} records; a tab holds at most ${maxRecords}.`);
  let complete = true;
  const damage = (key: string, raw: string | undefined): void => {
    complete = false;
    note(key, raw ?? "");
  };
  const model = new Model();
  // On its way while the chunks are parsed, like these.
  const stateRead = generation.generation > 0 ? storage.read([stateKey(generation.generation)]) : null;
  stateRead?.catch(() => undefined);
  const reads: Promise<Map<string, string>>[] = [];
  let asked = 0;
  const readAhead = (): void => {
    while (asked < refs.length && reads.length < readsAhead) {
      const keys = refs.slice(asked, asked + chunksAtOnce).map(({ domain, ref }) => chunkKey(domain, ref[0], ref[1]));
      const read = storage.read(keys);
      // Should one before it fail, nobody waits for this one any more.
      read.catch(() => undefined);
      reads.push(read);
      asked += chunksAtOnce;
    }
  };
  for (let at = 0; at < refs.length; at += chunksAtOnce) {
    readAhead();
    const texts = (await reads.shift()) ?? new Map<string, string>();
    readAhead();
    for (const { domain, ref } of refs.slice(at, at + chunksAtOnce)) {
      const key = chunkKey(domain, ref[0], ref[1]);
      const chunk = decode<readonly StoredRecord[]>(texts.get(key) ?? "");
      if (!chunk) {
        damage(key, texts.get(key));
        // What it held comes back elsewhere: the next generation names it no more.
        model.base.chunks.touch(domain, ref[0]);
        continue;
      }
      model.base.chunks.load(domain, ref);
      model.base.load(domain, ref[0], chunk.value);
      await platform.timers.breathe();
    }
  }
  model.syncEntry = generation.syncFolded;
  model.snapshot = generation.snapshot;
  for (const [client, { gone, based }] of Object.entries(generation.logs))
    Object.assign(model.logs.open(client), { ...emptyLog(client), entry: gone, gone, based });
  if (stateRead) {
    const key = stateKey(generation.generation);
    const text = (await stateRead).get(key);
    const state = decode<StoreState>(text ?? "");
    if (state) restoreState(model, state.value);
    else damage(key, text);
  }
  return { model, complete };
}

function restoreState(model: Model, state: StoreState): void {
  model.position = state.position;
  model.holed = state.position.cursor === noCursor;
  model.hlc = state.hlc;
  model.lastOff = state.lastOff;
  for (const [domain, record, version, since, here] of state.tombstones)
    model.base.bury(domain, { record, version, since, here });
  for (const [domain, id, hlc] of state.conflicts) model.conflicts.set(`${domain}/${id}`, hlc);
  for (const parked of state.parked) model.parked.set(`${parked.mutation.client}/${parked.mutation.id}`, parked);
  for (const [client, log] of Object.entries(state.logs)) restoreLog(model, client, log);
  for (const [domain, id] of state.conflicts) model.reflag(domain, id);
  for (const { mutation } of state.parked) model.reflag(mutation.domain, mutation.recordId);
}

function restoreLog(model: Model, client: string, state: LogState): void {
  const log = model.logs.open(client);
  log.answered = state.answered;
  log.lastId = state.lastId;
  log.aliases = state.aliases;
  log.kept = state.kept;
  log.at = state.at;
  for (const id of state.discarded) log.discarded.add(id);
  for (const [id, answer] of state.covering) log.early.set(id, { answer, step: null });
}
