/** One fault of the network at a time, chosen by name. */
import type { Faults, Refusal } from "../../mocks/faults.ts";
import type { Connectivity } from "../../src/platform/platform.ts";

export const faultNames = {
  none: "none",
  offline: "offline",
  slow: "slow",
  flaky: "flaky",
  refuse401: "401 not signed in",
  refuse409: "409 conflict",
  refuse413: "413 too large",
  refuse429: "429 too many requests",
  refuse500: "500 server error",
  cutJson: "answer cut in the middle",
  lostAnswer: "answer lost after the commit",
} as const;
export type FaultName = keyof typeof faultNames;

export interface FaultSetting {
  readonly fault: FaultName;
  /** Strikes the next request that it is for, and never again. */
  readonly once: boolean;
  /** Of `slow`: milliseconds. */
  readonly slowMs: number;
  /** Of `flaky`: the share of requests that find no network, and the seed that says which. */
  readonly rate: number;
  readonly seed: number;
}
export const noFault: FaultSetting = { fault: "none", once: false, slowMs: 1500, rate: 0.5, seed: 1 };

export interface FaultSwitch {
  get(): FaultSetting;
  set(setting: FaultSetting): void;
  subscribe(listener: () => void): () => void;
  /** What the browser of the demo believes about the network. */
  readonly connectivity: Connectivity;
}

/** Reads go through these: a push alone is what a conflict or a lost commit is about. */
const push = "POST /api/sync/patch";

export function createFaultSwitch(faults: Faults, signedIn: () => void): FaultSwitch {
  const listeners = new Set<() => void>();
  const networkListeners = new Set<() => void>();
  let setting = noFault;

  const refusals: Readonly<Record<string, Refusal>> = { refuse401: 401, refuse429: 429, refuse500: 500 };
  function begin({ fault, once, slowMs, rate, seed }: FaultSetting): void {
    const times = once ? { times: 1 } : {};
    const onPush = { ...times, route: push };
    const refusal = refusals[fault];
    if (refusal !== undefined) faults.respond(refusal, times);
    else if (fault === "offline") faults.offline();
    else if (fault === "slow") faults.slow(slowMs, times);
    else if (fault === "flaky") faults.flaky(rate, seed);
    else if (fault === "refuse409") faults.respond(409, onPush);
    else if (fault === "refuse413") faults.respond(413, onPush);
    else if (fault === "cutJson") faults.cutJson(onPush);
    else if (fault === "lostAnswer") faults.loseResponses(onPush);
  }

  return {
    get: () => setting,
    set(next) {
      const before = setting.fault;
      setting = next;
      faults.clear();
      begin(next);
      for (const listener of listeners) listener();
      if ((before === "offline") !== (next.fault === "offline")) for (const listener of networkListeners) listener();
      if (before === "refuse401") signedIn();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    connectivity: {
      online: () => setting.fault !== "offline",
      subscribe(listener) {
        networkListeners.add(listener);
        return () => networkListeners.delete(listener);
      },
    },
  };
}
