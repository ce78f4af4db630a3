/** Moves the whole school from one stage to another, by an administrator's word. */
import { AdapterError } from "../domain/errors.ts";
import { type Mode, type Stage, stage as stageShape } from "../domain/stages.ts";
import { stageAnswer } from "../domain/sync-wire.ts";
import type { RecordStore } from "../local/record-store.ts";
import { httpClient } from "../migration/http-client.ts";
import type { Platform } from "../platform/platform.ts";
import type { AutoRecoveryManager } from "../recovery/auto-recovery-manager.ts";
import type { TokenProvider } from "../remote/api/school-base-query.ts";
import type { SyncEngine } from "../sync/engine.ts";

export interface StageControlOptions {
  readonly store: RecordStore;
  readonly platform: Pick<Platform, "timers" | "entropy">;
  readonly recovery: AutoRecoveryManager;
  /** `null`: there is no server, and so nobody to move. */
  readonly server: {
    readonly baseUrl: string;
    readonly token: TokenProvider;
    readonly fetch: (request: Request) => Promise<Response>;
    readonly sync: SyncEngine;
  } | null;
}

export interface StageControl {
  /** @throws CONFIG_INVALID, FORBIDDEN, EPOCH_STALE, and the failures of a request */
  setStage(stage: Stage): Promise<void>;
  setMode(mode: Mode): Promise<void>;
}

/** The stage with which a mode begins, by the stage that the school is in; one that is further on in it stays. */
const stages: Readonly<Record<Mode, (now: Stage) => Stage>> = {
  localStorage: (now) => (now === "off" ? now : "draining"),
  hybrid: (now) => (now === "shadow" || now === "live" ? now : "dualwrite"),
  api: (now) => (now === "complete" ? now : "rampdown"),
};

export function createStageControl({ store, platform, recovery, server }: StageControlOptions): StageControl {
  async function setStage(stage: Stage): Promise<void> {
    if (!stageShape.safeParse(stage).success) throw invalid("stage", `there is no stage ${String(stage)}`);
    if (server === null) {
      if (stage === store.position.stage) return;
      throw invalid("server", "without a server there is nobody to agree on a stage with");
    }
    const { sync, baseUrl, token, fetch } = server;
    // The epoch of a device that never heard of the server says nothing.
    if (sync.status().lastSyncedAt === null) await sync.syncNow();
    const { epoch } = store.position;
    const { timers, entropy } = platform;
    await recovery
      .run(
        (signal) =>
          httpClient({
            baseUrl,
            token: () => token(),
            fetch,
            signal,
            retries: 0,
            sleep: timers.sleep,
            random: entropy.fraction,
          }).send({
            method: "PUT",
            path: "/api/migration/stage",
            body: { stage, epoch },
            answer: stageAnswer,
          }),
        // Sent again after its answer was lost, it would meet the epoch that it made itself.
        { side: "server", what: "Changing the stage", policies: { transient: { attempts: 1, queue: false } } },
      )
      .finally(() => sync.syncNow());
  }

  return {
    setStage,
    async setMode(mode) {
      if (!Object.hasOwn(stages, mode)) throw invalid("mode", `there is no mode ${String(mode)}`);
      const { stage } = store.position;
      const next = stages[mode](stage);
      if (next !== stage) await setStage(next);
    },
  };
}

const invalid = (place: string, what: string): AdapterError =>
  new AdapterError("CONFIG_INVALID", `The stage cannot be set: ${what}.`, { place });
