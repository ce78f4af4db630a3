/** Moves the school to another stage, as an administrator would. */
import { useId } from "react";
import { useDispatch, useSelector } from "react-redux";
import { migrationSlice } from "../../slices/migration-slice.ts";
import { syncSlice } from "../../slices/sync-slice.ts";
import type { Stage } from "../../src/domain/stages.ts";
import type { DemoDispatch, DemoState } from "../stage/open-demo.ts";

const stages: readonly Stage[] = ["off", "dualwrite", "shadow", "live", "rampdown", "complete", "draining"];

export function StageControls() {
  const dispatch = useDispatch<DemoDispatch>();
  const id = useId();
  const stage = useSelector((root: DemoState) => migrationSlice.selectors.selectStage(root));
  const change = useSelector((root: DemoState) => migrationSlice.selectors.selectChange(root));
  return (
    <div className="control">
      <label htmlFor={id}>Stage of the school</label>
      <select
        id={id}
        value={stage ?? ""}
        disabled={change.status === "loading"}
        onChange={({ target }) => void dispatch(migrationSlice.actions.setStage(target.value as Stage))}
      >
        {stages.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <button type="button" onClick={() => void dispatch(syncSlice.actions.syncNow())}>
        Sync now
      </button>
      {change.error && (
        <p role="alert" className="told told-failed">
          {change.error.code}: {change.error.message}
        </p>
      )}
    </div>
  );
}
