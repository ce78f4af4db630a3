/** Somebody asks for a synchronisation, and takes the report by its word. */
import type { Device } from "./device.ts";
import type { Attempt } from "./history.ts";
import type { Scene, WorkingTab } from "./scene.ts";

export function syncNow(scene: Scene, device: Device, tab: WorkingTab): void {
  const { account, engine, name } = tab;
  // Who follows is told what the leading tab counted.
  const before = engine.status().leading ? account.moved : null;
  const written = scene.attempts.filter((attempt) => attempt.tab === name && attempt.state === "acknowledged");
  device.call(
    tab,
    "syncNow",
    () => engine.syncNow(),
    ({ outcome, pushed, pulled }) => {
      if (outcome === "synced")
        for (const attempt of written)
          if (waits(scene, device, tab, attempt, written))
            scene.breach("L4", `${name}: syncNow says synced, and ${attempt.sign}, acknowledged before, waits.`);
      if (before === null) return;
      const said = `${pushed} pushed, ${pulled} pulled`;
      const { moved } = account;
      const was = `${moved.pushed - before.pushed} pushed, ${moved.pulled - before.pulled} pulled`;
      if (said !== was) scene.breach("L11", `${name}: syncNow says ${outcome}, ${said}; it was ${was}.`);
    },
  );
}

/** G17: what was acknowledged before the call is answered, and seen to be so where it was asked. */
function waits(
  { attempts, serverWentBack }: Scene,
  device: Device,
  { store }: WorkingTab,
  { domain, recordId, numbered }: Attempt,
  written: readonly Attempt[],
): boolean {
  if (serverWentBack || device.damaged.length > 0 || !numbered) return false;
  const state = store.get(domain, recordId)?.state;
  if (state !== "pending") return false;
  return attempts.every(
    (other) => other.device !== device.index || other.recordId !== recordId || written.includes(other),
  );
}
