import { migrationSlice, syncSlice } from "hybrid-data-adapter/slices";
import { useAppDispatch, useAppSelector } from "./store";

const modes = ["localStorage", "hybrid", "api"] as const;

export function ModeSwitch() {
  const dispatch = useAppDispatch();
  const { mode, stage, change } = useAppSelector((state) => state.migration);
  const waiting = useAppSelector((state) => syncSlice.selectors.selectOutbox(state)?.mutations ?? 0);

  return (
    <fieldset disabled={change.status === "loading"}>
      <legend>
        Mode: {mode} (stage {stage}), {waiting} waiting to be sent
      </legend>
      {modes.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name="mode"
            checked={one === mode}
            onChange={() => dispatch(migrationSlice.actions.setMode(one))}
          />
          {one}
        </label>
      ))}
      {change.error && (
        <p role="alert">
          {change.error.message} {change.error.fix}
        </p>
      )}
    </fieldset>
  );
}
