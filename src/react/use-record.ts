/** One record of a domain in a component. */
import { useMemo, useSyncExternalStore } from "react";
import type { AdapterControls, DomainAdapter } from "../adapter/contract.ts";
import type { Domain, RecordOfDomain } from "../domain/define-domain.ts";
import { useAdapter } from "./hybrid-data-provider.ts";
import { type RecordValue, watchRecord } from "./watch-record.ts";

/** Kept as the adapter has it; `found` is `null` when there is no such record. */
export function useRecord<D extends Domain>(domain: D, id: string): RecordValue<RecordOfDomain<D>> {
  const adapter = useAdapter<AdapterControls>();
  const record = useMemo(
    () => watchRecord(adapter.domain(domain.name) as DomainAdapter<RecordOfDomain<D>>, id),
    [adapter, domain.name, id],
  );
  return useSyncExternalStore(record.subscribe, record.get, record.get);
}
