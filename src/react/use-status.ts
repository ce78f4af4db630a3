/** What the adapter tells about itself, in a component. */
import { useMemo, useSyncExternalStore } from "react";
import type { AdapterControls, AdapterStatus } from "../adapter/contract.ts";
import { useAdapter } from "./hybrid-data-provider.ts";
import { type Watch, watch } from "./watch.ts";

export type SyncStatusView = Pick<AdapterStatus, "sync" | "outbox" | "parked" | "readOnly" | "warnings"> &
  Pick<AdapterControls, "syncNow">;
export type MigrationStageView = Pick<AdapterStatus, "stage" | "mode" | "epoch"> &
  Pick<AdapterControls, "setStage" | "setMode">;

/** The engine's phase, pauses and last failure; what waits, what is parked, whether it may write, what to warn of; `syncNow`. */
export function useSyncStatus(): SyncStatusView {
  const adapter = useAdapter<AdapterControls>();
  const { sync, outbox, parked, readOnly, warnings } = useStatus(adapter);
  return useMemo(
    () => ({ sync, outbox, parked, readOnly, warnings, syncNow: () => adapter.syncNow() }),
    [adapter, sync, outbox, parked, readOnly, warnings],
  );
}

/** The stage of the school, its name for people, its epoch, and the commands of an administrator. */
export function useMigrationStage(): MigrationStageView {
  const adapter = useAdapter<AdapterControls>();
  const { stage, mode, epoch } = useStatus(adapter);
  return useMemo(
    () => ({
      stage,
      mode,
      epoch,
      setStage: (to) => adapter.setStage(to),
      setMode: (to) => adapter.setMode(to),
    }),
    [adapter, stage, mode, epoch],
  );
}

function useStatus(adapter: AdapterControls): AdapterStatus {
  const status = useMemo(() => watchStatus(adapter), [adapter]);
  return useSyncExternalStore(status.subscribe, status.get, status.get);
}

/** `adapter.status()` may be a new object at every call, which React would take for a change without end. */
const watchStatus = (adapter: AdapterControls): Watch<AdapterStatus> =>
  watch<AdapterStatus>({
    initial: adapter.status(),
    start(set) {
      const end = adapter.onStatus(set);
      // What was told between the render and now.
      set(adapter.status());
      return end;
    },
  });
