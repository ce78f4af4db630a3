/** What a step of a schedule acts on. */
import type { Backend } from "./backend.ts";
import type { Device, Pokes } from "./device.ts";
import type { Attempt } from "./history.ts";
import type { VirtualTime } from "./time.ts";
import type { Trace } from "./trace.ts";

export interface Scene {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly devices: readonly Device[];
  readonly backend: Backend;
  readonly pokes: Pokes;
  readonly attempts: Attempt[];
  /** The server came back from an older backup at some time. */
  serverWentBack: boolean;
  breach(law: string, what: string): void;
  /** Notes a fault that really happened. */
  count(kind: string, times?: number): void;
}

export type WorkingTab = Device["working"][number];

export const second = 1000;
export const day = 86_400_000;
