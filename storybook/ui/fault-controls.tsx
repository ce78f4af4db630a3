/** What is wrong with the network. */
import { useId } from "react";
import { type FaultName, type FaultSetting, faultNames } from "../stage/fault-switch.ts";
import type { Demo } from "../stage/open-demo.ts";
import { useWatched } from "./use-watched.ts";

/** The numbers of a fault that has some. */
const numbers: Partial<Record<FaultName, readonly (readonly [key: "slowMs" | "rate" | "seed", label: string])[]>> = {
  slow: [["slowMs", "Milliseconds"]],
  flaky: [
    ["rate", "Share that fails"],
    ["seed", "Seed"],
  ],
};
/** A network that is gone, or bad, is so for a while. */
const lasting: ReadonlySet<FaultName> = new Set(["none", "offline", "flaky"]);

export function FaultControls({ fault }: Pick<Demo, "fault">) {
  const setting = useWatched(fault);
  const id = useId();
  const change = (changes: Partial<FaultSetting>): void => fault.set({ ...setting, ...changes });
  return (
    <div className="control">
      <label htmlFor={id}>Fault of the network</label>
      <select id={id} value={setting.fault} onChange={({ target }) => change({ fault: target.value as FaultName })}>
        {Object.entries(faultNames).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
      {(numbers[setting.fault] ?? []).map(([key, label]) => (
        <label key={key} className="inline">
          {label}
          <input
            type="number"
            min={0}
            max={key === "rate" ? 1 : undefined}
            step={key === "rate" ? 0.1 : 1}
            value={setting[key]}
            onChange={({ target }) => change({ [key]: target.valueAsNumber || 0 })}
          />
        </label>
      ))}
      {!lasting.has(setting.fault) && (
        <label className="inline">
          <input type="checkbox" checked={setting.once} onChange={({ target }) => change({ once: target.checked })} />
          once only
        </label>
      )}
    </div>
  );
}
