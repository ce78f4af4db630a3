/** What the tabs of a browser say to each other about synchronising: "do it now", "it came to this", "so it stands". */
import type { StoreMark } from "../local/record-store.ts";
import type { Channel } from "../platform/platform.ts";
import type { SyncEvent } from "./state.ts";
import type { SyncReport, SyncStatus } from "./status.ts";

/** What is said in one tab and meant for the one that leads. */
export type TabEvent = Extract<SyncEvent, { kind: "tokenChanged" | "held" | "released" }>;

type Message =
  | { readonly kind: "hello" }
  | { readonly kind: "ask"; readonly id: string; readonly mark?: StoreMark }
  | { readonly kind: "event"; readonly event: TabEvent }
  | { readonly kind: "report"; readonly id: string; readonly report: SyncReport; readonly mark?: StoreMark }
  | { readonly kind: "status"; readonly status: SyncStatus };

export interface TabChannel {
  /** Asks who leads how it stands. */
  hello(): void;
  /** @param mark how far the store of this tab has come, here as in a report */
  ask(id: string, mark: StoreMark): void;
  event(event: TabEvent): void;
  report(id: string, report: SyncReport, mark: StoreMark): void;
  tell(status: SyncStatus): void;
  close(): void;
}

export interface TabListener {
  onHello(): void;
  /** @param mark missing in what a tab with an older build says, here as in a report */
  onAsk(id: string, mark?: StoreMark): void;
  onEvent(event: TabEvent): void;
  onReport(id: string, report: SyncReport, mark?: StoreMark): void;
  onStatus(status: SyncStatus): void;
}

/** A message may be late, come twice or never come; a tab with another build may send what this one does not know. */
export function tabChannel(channel: Channel, listener: TabListener): TabChannel {
  channel.subscribe((data) => {
    if (!isMessage(data)) return;
    if (data.kind === "hello") listener.onHello();
    else if (data.kind === "ask") listener.onAsk(data.id, data.mark);
    else if (data.kind === "event") listener.onEvent(data.event);
    else if (data.kind === "report") listener.onReport(data.id, data.report, data.mark);
    else listener.onStatus(data.status);
  });
  const post = (message: Message): void => channel.post(message);
  return {
    hello: () => post({ kind: "hello" }),
    ask: (id, mark) => post({ kind: "ask", id, mark }),
    event: (event) => post({ kind: "event", event }),
    report: (id, report, mark) => post({ kind: "report", id, report, mark }),
    tell: (status) => post({ kind: "status", status }),
    close: () => channel.close(),
  };
}

const kinds: readonly unknown[] = ["hello", "ask", "event", "report", "status"] satisfies readonly Message["kind"][];

function isMessage(data: unknown): data is Message {
  return typeof data === "object" && data !== null && "kind" in data && kinds.includes(data.kind);
}
