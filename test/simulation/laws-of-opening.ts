/** A tab that opens says what it could not read, once, and keeps it where somebody finds it (L5, L11). */
import { chunkKey, numberOf } from "../../src/local/keys.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import type { Device, Tab } from "./device.ts";
import { metaOn } from "./disk-laws.ts";
import type { Breach } from "./history.ts";

export function openedBadly(device: Device, tab: Tab, store: RecordStore): Breach[] {
  return [
    ...silently(device, tab, store),
    ...unkept(device, tab, store),
    ...falselyAlarmed(device, tab, store),
    ...repeating(tab, store),
    ...unreported(device, tab, store),
  ];
}

/** L11: what an opening set aside, it says. */
function silently({ disk, damaged, damagedAt, rotten }: Device, tab: Tab, { warnings }: RecordStore): Breach[] {
  // What rotted meanwhile was read before it did: nothing is missing.
  if (damagedAt >= tab.openedAt) return [];
  // What ended stage `off` is repeated by a log.
  const isRepeated = (key: string): boolean =>
    damaged.some((one) => key === `quarantine/${one.key}` && one.before.includes('"promoted":'));
  // Of a log, what was folded in before it rotted is missing nowhere.
  const isMissed = (key: string): boolean =>
    /\/(chunk|state)\//.test(key) ||
    (/\/sync\//.test(key) && !isRepeated(key)) ||
    rotten.some((one) => key === `quarantine/${one.key}`);
  const aside = disk.setAside.filter((one) => one.life === tab.life && isMissed(one.key));
  if (aside.length === 0 || warnings.some((text) => /set aside|damaged/.test(text))) return [];
  return [
    { law: "L11", what: `${tab.name} set ${aside.map(({ key }) => key).join()} aside, and warns of ${warnings}.` },
  ];
}

/** L5: what a tab has to read when it opens, and cannot, is in quarantine from then on, as it was found. */
function unkept(device: Device, tab: Tab, { warnings }: RecordStore): Breach[] {
  const { disk, tabs } = device;
  // Another one may have folded it in meanwhile.
  if (disk.rottedAt >= tab.openedAt || tabs.length > 1) return [];
  if (warnings.some((text) => text.includes("could not be set aside"))) return [];
  return disk.rotted
    .filter(({ key, after }) => disk.values.get(key) === after && isRead(device, key))
    .filter(({ key }) => !disk.values.has(`quarantine/${key}`))
    .map(({ key }) => ({ law: "L5", what: `${tab.name} cannot read ${key}, and it is not in quarantine.` }));
}

/** L11: what rotted when it was folded in is missing nowhere: nobody is told that it is lost. */
function falselyAlarmed(device: Device, tab: Tab, { warnings }: RecordStore): Breach[] {
  const { disk, tabs } = device;
  const { rotted, rottedAt } = disk;
  // With a part of a generation the one before is read, and all that came after it.
  if (rottedAt >= tab.openedAt || tabs.length > 1 || rotted.some(({ key }) => /^(chunk|state)/.test(key))) return [];
  const isSo = (client: string): boolean =>
    rotted.some(({ key }) => key.startsWith(`wal/${client}/`) && isRead(device, key));
  return warnings.flatMap((text): Breach[] => {
    const client = /torn entry of the log of (\S+)/.exec(text)?.[1];
    if (client === undefined || isSo(client)) return [];
    return [{ law: "L11", what: `${tab.name} says "${text}", and all of it is folded in.` }];
  });
}

/** The newest generation does not hold it, or is made of it. */
function isRead({ disk }: Device, key: string): boolean {
  const meta = metaOn(disk);
  const [kind, name = ""] = key.split("/");
  if (kind === "wal") return numberOf(key) > (meta?.logs[name]?.gone ?? 0);
  if (kind === "sync") return numberOf(key) > (meta?.syncFolded ?? 0);
  return (meta?.chunks[name] ?? []).some(([chunk, generation]) => key === chunkKey(name, chunk, generation));
}

/** F9: who finds nothing where something was says so, and nobody else does. */
function unreported({ disk }: Device, { name, life }: Tab, { clientId, warnings }: RecordStore): Breach[] {
  const isEmptied = disk.expectant.has(life) && metaOn(disk)?.origin === clientId;
  if (isEmptied === warnings.some((text) => text.includes("It was cleared."))) return [];
  return [
    {
      law: "F9",
      what: `${name} opens on a disk that was ${isEmptied ? "" : "not "}cleared, and warns of ${warnings}.`,
    },
  ];
}

/** L11: what is said twice is read by nobody. */
function repeating({ name }: Tab, { warnings }: RecordStore): Breach[] {
  const twice = warnings.find((text, i) => warnings.indexOf(text) < i);
  return twice === undefined ? [] : [{ law: "L11", what: `${name} says twice: ${twice}` }];
}
