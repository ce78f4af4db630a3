/** Leaving stage `off`: mutations are made of what was written without an outbox. */
import { parseHlc, tickHlc } from "../domain/hlc.ts";
import { uuidV5 } from "../domain/ids.ts";
import { encode } from "./codec.ts";
import { foldIn } from "./fold-in.ts";
import { walKey } from "./keys.ts";
import { withVersions } from "./late-entries.ts";
import { compareItems, type LogItem } from "./log.ts";
import { type Part, partsOf } from "./promoted-parts.ts";
import type { SyncPosition } from "./record-store.ts";
import type { Promotion, StoredMutation } from "./stored.ts";
import type { Tab } from "./tab.ts";

export interface Promoted {
  readonly promotion: Promotion;
  readonly puts: readonly (readonly [key: string, value: string])[];
}

/**
 * Up to which entry each log's unnumbered mutations may be folded in: strays become mutations first, and what was made over an
 * answered one stays over it until that one's change has come down.
 */
export function foldableUntil({ model }: Tab): Readonly<Record<string, number>> {
  const staysOver = ({ mutation: { id, domain, recordId } }: LogItem): boolean =>
    id === null && (!model.isOff(domain) || model.lastNumbered(domain, recordId) !== null);
  return Object.fromEntries(
    [...model.logs.all()].map(({ client, entry, items }) => {
      const first = items.find(staysOver);
      return [client, first ? first.entry - 1 : entry];
    }),
  );
}

/** Mutations in one entry of the promotion's log. */
const entryMutations = 2000;

/**
 * What has to be written together with the position under which `domains` are not `off`. It folds the unnumbered
 * mutations in memory first, which changes nothing that is seen and nothing on disk.
 *
 * Names and stamps come of the content alone: a disk that forgot a promotion makes the same mutations again, and the
 * server knows them.
 */
export async function promote(
  tab: Tab,
  position: Omit<SyncPosition, "cursor">,
  domains: ReadonlySet<string>,
  unconfirmed: boolean,
): Promise<Promoted> {
  const { model, platform } = tab;
  // Of the last write that is in it: what was written long ago does not win over what came since.
  let stamp = model.lastOff ?? tickHlc(null, platform.clock.now(), tab.clientId);
  const based = Object.fromEntries([...model.logs.all()].map(({ client, entry }) => [client, entry]));
  const adopted = adoptable(tab, domains);
  const taken = new Set(adopted);
  foldIn(tab, based, (item) => taken.has(item));
  await tab.loading.quarantine.flush();
  const parts = partsOf(tab, { leaving: domains, unconfirmed, adopted });
  const client = await nameOf(tab, stamp, parts);
  const at = new Date(parseHlc(stamp)?.ms ?? 0).toISOString();
  const mutations = parts.map((part, i): StoredMutation => {
    stamp = tickHlc(stamp, 0, client);
    return { ...part, id: i + 1, at, hlc: stamp };
  });
  const promotion: Promotion = {
    based,
    adopted: adopted.map(({ log, entry, index }) => [log.client, entry, index] as const),
    domains: [...domains],
    unconfirmed,
    client,
    entries: Math.ceil(mutations.length / entryMutations),
    last: stamp,
  };
  const puts: [string, string][] = [];
  for (let from = 0; from < mutations.length; from += entryMutations) {
    const part = withVersions({ mutations: mutations.slice(from, from + entryMutations) }, tab.domains);
    const step = { step: model.syncEntry + 1, position, promoted: promotion };
    puts.push([walKey(client, puts.length + 1), encode(from === 0 ? { ...part, promotion: step } : part)]);
    await platform.timers.breathe();
  }
  return { promotion, puts };
}

/** So many parts are read for the name in a few milliseconds. */
const partsAtOnce = 250;

/** What the log of these mutations is called: by this store, by their stamp, and by what they are. */
async function nameOf({ meta, model, platform }: Tab, stamp: string, parts: readonly Part[]): Promise<string> {
  let name = uuidV5(meta.origin, `promotion:${stamp}`);
  for (let from = 0; from < parts.length; from += partsAtOnce) {
    const slice = parts.slice(from, from + partsAtOnce);
    name = uuidV5(name, JSON.stringify(slice, withSortedKeys));
    await platform.timers.breathe();
  }
  // A log of this name that is here already is one whose step is lost, and so is what stands in it.
  while (model.logs.get(name)) name = uuidV5(name, "again");
  return name;
}

/** As they come from the disk, the keys of an object need not stand in the order in which they were written. */
const withSortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Those that lie on a pending mutation cannot be folded in below it. */
function adoptable({ model }: Tab, domains: ReadonlySet<string>): readonly LogItem[] {
  const items: LogItem[] = [];
  for (const log of model.logs.all()) {
    for (const item of log.items) {
      const { id, domain, recordId } = item.mutation;
      if (id === null && domains.has(domain) && model.lastNumbered(domain, recordId)) items.push(item);
    }
  }
  return items.sort(compareItems);
}
