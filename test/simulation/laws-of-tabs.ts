/** What a tab shows when all is quiet: what the server holds, and what it told its listeners (L4). */
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import { sameValue } from "../../src/server/db/mutations/weigh.ts";
import type { Breach, Kept, ServerState, TabState } from "./history.ts";

/** L4: a tab at the server's cursor shows the server's records, and no others. */
export function differing(tab: TabState, server: ServerState): Breach[] {
  const breaches: Breach[] = [];
  const say = (what: string): void => void breaches.push({ law: "L4", what: `${tab.name}: ${what}` });
  if (tab.waiting > 0) say(`${tab.waiting} mutations wait although all is quiet.`);
  if (tab.cursor !== server.cursor) say(`its cursor is ${tab.cursor}, the server's ${server.cursor}.`);
  for (const [key, { record, version }] of server.records) {
    const view = tab.records.get(key);
    if (!view) say(`${key} is missing.`);
    else if (!sameRecord(view.record, record)) {
      say(`${key} differs: ${sketch(view.record)} here, ${sketch(record)} on the server.`);
    } else if (view.serverVersion !== version) {
      say(`${key} is at version ${view.serverVersion} here, ${version} on the server.`);
    } else if (view.state === "pending" || view.state === "local") say(`${key} is still ${view.state}.`);
  }
  for (const call of tab.unanswered) say(`${call} was never answered.`);
  if (tab.counted !== tab.records.size) say(`it counts ${tab.counted} records and shows ${tab.records.size}.`);
  if (tab.waiting === 0 && tab.bytes !== 0) say(`nothing waits, and it has ${tab.bytes} bytes.`);
  for (const what of unheard(tab)) say(what);
  for (const { mutation, code } of tab.parked) {
    const key = `${mutation.domain}/${mutation.recordId}`;
    const view = tab.records.get(key);
    if (view?.state === "synced") say(`${key} does not show that ${mutation.client}/${mutation.id} is parked.`);
    // What this package itself makes is never what no server takes.
    if (code === "BAD_REQUEST") say(`${mutation.client}/${mutation.id} was sent as no server takes it.`);
  }
  for (const key of tab.records.keys()) if (!server.records.has(key)) say(`${key} is here alone.`);
  return breaches;
}

/** What a tab shows and has not told: who only listens believes something else. */
export function unheard({ heard, standing, records }: TabState): string[] {
  const said = heard.standing === standing ? [] : [`a listener believes ${heard.standing}, it is ${standing}.`];
  for (const key of new Set([...records.keys(), ...heard.records.keys()])) {
    const view = records.get(key);
    const told = view && `${view.serverVersion} ${view.state} ${JSON.stringify(view.record)}`;
    if (told !== heard.records.get(key)) said.push(`a listener was not told of ${key}.`);
  }
  return said;
}

/** L4: what a tab shows is what is on disk: a fresh tab shows the same, the flags as well. */
export function unlikeFresh(tab: TabState, fresh: TabState): Breach[] {
  const breaches: Breach[] = [];
  const say = (what: string): void => void breaches.push({ law: "L4", what: `${tab.name}, opened again: ${what}` });
  for (const key of new Set([...tab.records.keys(), ...fresh.records.keys()])) {
    const [here, there] = [tab, fresh].map(({ records }) => {
      const view = records.get(key);
      return view ? `${view.state} ${view.serverVersion} ${JSON.stringify(view.record)}` : "nothing";
    });
    if (here !== there) say(`${key} was ${here}, is ${there}.`);
  }
  // Here something waits: what is laid over the records is counted as it is shown.
  for (const { name, counted, records } of [tab, fresh])
    if (counted !== records.size) say(`${name} counts ${counted} records and shows ${records.size}.`);
  if (tab.standing !== fresh.standing) say(`it stood at ${tab.standing}, stands at ${fresh.standing}.`);
  return breaches;
}

/** L4: at rest, the tabs of a device show the same, whatever each of them was told, and in which order: conflicts as well. */
export function unlikeEachOther(tabs: readonly TabState[], kept: ReadonlyMap<number, Kept>): Breach[] {
  return tabs.flatMap((tab) => {
    const first = tabs.find(({ device }) => device === tab.device);
    // What rotted after one of them had read it is missing in the other.
    if (!first || first === tab || !kept.get(tab.device)?.isWhole) return [];
    return [...first.records].flatMap(([key, { state }]): Breach[] => {
      const other = tab.records.get(key)?.state;
      if (state === other) return [];
      return [{ law: "L4", what: `${key} is ${state} in ${first.name}, and ${other} in ${tab.name}.` }];
    });
  });
}

const sameRecord = (a: AnyRecord, b: AnyRecord): boolean => {
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every((name) => sameValue(a[name], b[name]));
};

const sketch = (record: AnyRecord): string => JSON.stringify(Object.values(record).slice(2, -1));
