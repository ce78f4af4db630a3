/** Folds unnumbered mutations into the base; what finds no record to change is set aside, not dropped. */
import { walKey } from "./keys.ts";
import type { LogItem } from "./log.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Tab } from "./tab.ts";

export function foldIn(
  { model, loading }: Tab,
  based: Readonly<Record<string, number>>,
  except?: (item: LogItem) => boolean,
): void {
  setAside(loading.quarantine, model.fold(based, except));
}

/** What finds no record to change. */
export function setAside(quarantine: Quarantine, orphans: readonly LogItem[]): void {
  for (const { log, entry, index, mutation } of orphans)
    quarantine.add(`${walKey(log.client, entry)}#${index}`, JSON.stringify(mutation), "NOT_FOUND");
}
