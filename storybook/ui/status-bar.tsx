/** What the adapter tells about itself: stage, mode, epoch, network, engine, what waits, the last error. */
import { useSelector } from "react-redux";
import { migrationSlice } from "../../slices/migration-slice.ts";
import { syncSlice } from "../../slices/sync-slice.ts";
import type { Demo, DemoState } from "../stage/open-demo.ts";
import { useWatched } from "./use-watched.ts";

export function StatusBar({ fault }: Pick<Demo, "fault">) {
  const stage = useSelector(migrationSlice.selectors.selectStage);
  const mode = useSelector(migrationSlice.selectors.selectMode);
  const epoch = useSelector(migrationSlice.selectors.selectEpoch);
  const sync = useSelector((root: DemoState) => syncSlice.selectors.selectSyncStatus(root));
  const outbox = useSelector((root: DemoState) => syncSlice.selectors.selectOutbox(root));
  const parked = useSelector((root: DemoState) => syncSlice.selectors.selectParked(root));
  const differing = useSelector((root: DemoState) => syncSlice.selectors.selectMismatches(root)).length;
  const isOffline = useWatched(fault).fault === "offline";
  const facts: readonly (readonly [name: string, value: string])[] = [
    ["stage", stage ?? "…"],
    ["mode", mode ?? "…"],
    ["epoch", String(epoch ?? "…")],
    ["network", isOffline ? "offline" : "online"],
    ["engine", sync === null ? "…" : [sync.phase, ...sync.paused].join(", ")],
    ["waiting", String(outbox?.mutations ?? "…")],
    ["refused", String(parked.length)],
    ["differing", String(differing)],
  ];
  return (
    <div className="status">
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className={value === "offline" ? "bad" : undefined}>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="last-error" role="status" aria-label="Last error">
        {sync?.error ? `${sync.error.code}: ${sync.error.message} ${sync.error.fix}` : "No error."}
      </p>
    </div>
  );
}
