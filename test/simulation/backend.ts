/** The server of a run: the model for breadth; the real one on PGlite for depth behind the same words. */
import { schoolIdOf } from "../../src/domain/ids.ts";
import type { Stage } from "../../src/domain/stages.ts";
import { domains } from "./domains.ts";
import type { ServerState } from "./history.ts";
import type { Handle } from "./link.ts";
import type { School } from "./model-school.ts";
import { ModelServer, ServerDied } from "./model-server.ts";
import type { DeathPlace, Schedule } from "./schedule.ts";
import type { VirtualTime } from "./time.ts";

export interface Backend {
  /** The way in for one user. */
  handle(user: string): Handle;
  setStage(stage: Stage, domain: string | null): Promise<void>;
  stage(): Promise<{ readonly stage: Stage; readonly stages: Readonly<Record<string, Stage>>; readonly epoch: number }>;
  backup(): Promise<void>;
  /** True when there was a backup to go back to. */
  restore(): Promise<boolean>;
  purge(): Promise<void>;
  /** The process dies when it comes to this place next; `null`: it does not. */
  dieAt(place: DeathPlace | null): void;
  cursor(): Promise<string>;
  state(): Promise<ServerState>;
  close(): Promise<void>;
}

export interface BackendOptions {
  readonly time: VirtualTime;
  readonly stage: Stage;
  readonly most: Schedule["most"];
  readonly onCommit: (seq: number) => void;
}

export async function modelBackend({ time, stage, most, onCommit }: BackendOptions): Promise<Backend> {
  let dying: DeathPlace | null = null;
  let kept: School | null = null;
  const server = new ModelServer({
    domains,
    now: time.now,
    stage,
    most,
    onCommit,
    point: (place) => {
      if (place !== dying) return;
      dying = null;
      throw new ServerDied();
    },
  });
  const cursorOf = ({ seq, chain }: School): string => `${seq}.${chain}`;
  return {
    handle: (user) => {
      const tenant = { school: schoolIdOf("simulated"), user, role: "admin", studentId: null } as const;
      return (method, path, body) => server.handle({ method, path, body, tenant });
    },
    setStage: async (to, domain) => server.setStage(to, domain ?? undefined),
    stage: async () => server.school,
    backup: async () => {
      kept = server.backup();
    },
    restore: async () => {
      if (!kept) return false;
      server.restore(kept);
      return true;
    },
    purge: async () => server.purge(),
    dieAt: (place) => {
      dying = place;
    },
    cursor: async () => cursorOf(server.school),
    state: async () => {
      const { slots, archive, history, answered, losses } = server.school;
      const records = new Map(
        [...slots].flatMap(([key, { record, version }]) => (record ? [[key, { record, version }] as const] : [])),
      );
      const lines = [...archive, ...history];
      return { cursor: cursorOf(server.school), records, lines, answered: [...answered.values()], losses };
    },
    close: async () => {},
  };
}
