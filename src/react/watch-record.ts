/** Follows one record. */
import type { DomainAdapter, Found } from "../adapter/contract.ts";
import type { AnyRecord } from "../domain/define-domain.ts";
import type { AdapterError } from "../domain/errors.ts";
import { toAdapterError } from "../remote/api/api-error.ts";
import { inTurn } from "./in-turn.ts";
import { type Watch, watch } from "./watch.ts";

export interface RecordValue<R extends AnyRecord = AnyRecord> {
  /** `loading` until something was read; after a failure the record stays as it was. */
  readonly status: "loading" | "ready" | "failed";
  /** `null`: there is none, or nothing was read yet. */
  readonly found: Found<R> | null;
  readonly error: AdapterError | null;
}

export function watchRecord<R extends AnyRecord>(adapter: DomainAdapter<R>, id: string): Watch<RecordValue<R>> {
  return watch<RecordValue<R>>({
    initial: { status: "loading", found: null, error: null },
    start(set, get) {
      const reading = inTurn(async (signal) => {
        try {
          const found = await adapter.get(id, { signal });
          if (!signal.aborted) set({ status: "ready", found, error: null });
        } catch (thrown) {
          if (!signal.aborted) set({ ...get(), status: "failed", error: toAdapterError(thrown) });
        }
      });
      const end = adapter.subscribe(({ ids }) => {
        // None: the stage has changed, and another side may answer.
        if (ids.length === 0 || ids.includes(id)) reading.again();
      });
      reading.again();
      return () => {
        end();
        reading.stop();
      };
    },
  });
}
