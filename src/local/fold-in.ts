/** Folds unnumbered mutations into the base; what finds no record to change is set aside, not dropped. */
import { walKey } from "./keys.ts";
import type { LogItem } from "./log.ts";
import type { Tab } from "./tab.ts";

export function foldIn(
  { model, loading }: Tab,
  based: Readonly<Record<string, number>>,
  except?: (item: LogItem) => boolean,
): void {
  for (const { log, entry, index, mutation } of model.fold(based, except))
    loading.quarantine.add(`${walKey(log.client, entry)}#${index}`, JSON.stringify(mutation), "NOT_FOUND");
}
