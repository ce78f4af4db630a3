/** What lies on a disk when all is quiet: no chunk that is too long, and nothing that rotted and is gone (L5). */
import { chunkSize } from "../../src/local/chunk-index.ts";
import { chunkKey, numberOf, stateKey } from "../../src/local/keys.ts";
import { seqOfCursor } from "../../src/local/model.ts";
import type { Meta, StoreState } from "../../src/local/stored.ts";
import type { Device } from "./device.ts";
import type { Disk } from "./disk.ts";
import type { Breach } from "./history.ts";

/** A value that rotted before anybody had folded it in. */
export interface Rotten {
  readonly key: string;
  readonly after: string;
  /** Stands in it and in no other entry. */
  readonly stamp: string;
}

/** `null`: nobody needs to read it any more, or it has nothing that was to be sent. */
export function rottenOf(
  disk: Disk,
  { key, before, after }: Omit<Rotten, "stamp"> & { before: string },
): Rotten | null {
  const [kind, client = "", entry] = key.split("/");
  const stamp = /"id":\d.*?"hlc":"([^"]+)"/.exec(before)?.[1];
  const meta = metaOn(disk);
  // Of a log that was forgotten just now the entries are let go of next.
  const gone = meta?.logs[client]?.gone ?? meta?.previous?.logs[client]?.gone ?? 0;
  if (kind !== "wal" || stamp === undefined || Number(entry) <= gone) return null;
  return { key, after, stamp };
}

export function onDisk({ index, disk, rotten }: Device): Breach[] {
  const breaches: Breach[] = [];
  const say = (what: string): void => void breaches.push({ law: "L5", what: `Device ${index} ${what}` });
  const generations = [...disk.values.keys()].filter((key) => key.startsWith("state/")).length;
  if (generations > 3) say(`keeps ${generations} generations.`);
  for (const [domain, refs] of Object.entries(metaOn(disk)?.chunks ?? {}))
    for (const [chunk, , count] of refs) {
      if (count > chunkSize) say(`has ${count} ${domain} in chunk ${chunk}.`);
      // Else a school that has deleted most of what it had would read a file for every few records that are left.
      const isLast = chunk === refs.at(-1)?.[0];
      if (count === 0 || (count < chunkSize / 2 && !isLast)) say(`has but ${count} ${domain} in chunk ${chunk}.`);
    }
  for (const { key, after, stamp } of rotten) {
    if (disk.values.get(key) === after || disk.values.has(`quarantine/${key}`)) continue;
    // It was read before it rotted.
    const isKept = [...disk.values].some(([other, text]) => other.startsWith("kept/") && text.includes(stamp));
    if (!isKept) say(`has neither ${key}, which rotted, nor a copy of it in quarantine.`);
  }
  return breaches;
}

/** Steps that are in the newest generation, and lie there for the one before: as long as that one is whole, nobody reads them. */
export function foldedSteps(disk: Disk): string[] {
  const folded = metaOn(disk)?.syncFolded ?? 0;
  return [...disk.values.keys()].filter((key) => key.startsWith("sync/") && numberOf(key) <= folded);
}

/** L5: the log is folded when so much has come as the app allows, and not more often: each folding is work for the disk. */
export function foldedTooOften({ index, disk, damaged, clockJumped }: Device, after: number): Breach[] {
  const meta = metaOn(disk);
  // What rotted may be read from the generation before; a log that is empty for a month is forgotten.
  if (!meta || damaged.length > 0 || clockJumped) return [];
  const folded = Object.values(meta.logs).reduce((sum, { gone }) => sum + gone, meta.syncFolded);
  if (meta.generation * after <= folded) return [];
  const what = `Device ${index} has folded ${folded} entries in ${meta.generation} times, although ${after} were to come before each.`;
  return [{ law: "L5", what }];
}

/**
 * L5: a folding writes the chunks that changed, and no others: a school's records are megabytes.
 * @param mayGo domains whose records may have come and gone between two foldings
 */
export function writtenForNothing({ index, disk, damaged }: Device, mayGo: ReadonlySet<string>): Breach[] {
  const meta = metaOn(disk);
  if (!meta || damaged.length > 0) return [];
  const say = (what: string): Breach => ({ law: "L5", what: `Device ${index} has written ${what} anew, unchanged.` });
  return Object.entries(meta.chunks).flatMap(([domain, refs]) =>
    refs.flatMap(([chunk, generation]): Breach[] => {
      if (mayGo.has(domain)) return [];
      const before = meta.previous?.chunks[domain]?.find(([other]) => other === chunk)?.[1] ?? generation;
      const [text, same] = [generation, before].map((of) => disk.values.get(chunkKey(domain, chunk, of)));
      return before === generation || text !== same ? [] : [say(`chunk ${chunk} of ${domain}`)];
    }),
  );
}

/** L5: an answer is kept until the cursor covers it, and no longer: else the state grows with every one, and is written whole. */
export function keptAnswers({ index, disk, damaged }: Device): Breach[] {
  const meta = metaOn(disk);
  const text = disk.values.get(stateKey(meta?.generation ?? 0));
  if (text === undefined || damaged.length > 0) return [];
  const { position, logs }: StoreState = JSON.parse(text.slice(text.indexOf(":") + 1));
  const seq = seqOfCursor(position.cursor);
  return Object.entries(logs).flatMap(([client, { covering }]): Breach[] => {
    const covered = covering.filter(([, answer]) => answer.seq <= seq).map(([id]) => id);
    if (covered.length === 0) return [];
    return [
      { law: "L5", what: `Device ${index} keeps the answers to ${client}/${covered.join()}, covered at ${seq}.` },
    ];
  });
}

export function metaOn({ values }: Disk): Meta | null {
  const text = values.get("meta");
  return text === undefined ? null : JSON.parse(text.slice(text.indexOf(":") + 1));
}
