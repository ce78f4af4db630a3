/** What lies on a disk when all is quiet: no chunk that is too long, and nothing that rotted and is gone (L5). */
import { chunkSize } from "../../src/local/chunk-index.ts";
import type { Meta } from "../../src/local/stored.ts";
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
  if (kind !== "wal" || stamp === undefined || Number(entry) <= (metaOn(disk)?.logs[client]?.gone ?? 0)) return null;
  return { key, after, stamp };
}

export function onDisk({ index, disk, rotten }: Device): Breach[] {
  const breaches: Breach[] = [];
  const say = (what: string): void => void breaches.push({ law: "L5", what: `Device ${index} ${what}` });
  const generations = [...disk.values.keys()].filter((key) => key.startsWith("state/")).length;
  if (generations > 3) say(`keeps ${generations} generations.`);
  for (const [domain, refs] of Object.entries(metaOn(disk)?.chunks ?? {}))
    for (const [chunk, , count] of refs) if (count > chunkSize) say(`has ${count} ${domain} in chunk ${chunk}.`);
  for (const { key, after, stamp } of rotten) {
    if (disk.values.get(key) === after || disk.values.has(`quarantine/${key}`)) continue;
    // It was read before it rotted.
    const isKept = [...disk.values].some(([other, text]) => other.startsWith("kept/") && text.includes(stamp));
    if (!isKept) say(`has neither ${key}, which rotted, nor a copy of it in quarantine.`);
  }
  return breaches;
}

function metaOn({ values }: Disk): Meta | null {
  const text = values.get("meta");
  return text === undefined ? null : JSON.parse(text.slice(text.indexOf(":") + 1));
}
