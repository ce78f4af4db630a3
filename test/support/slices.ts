/** A store over the adapter in memory, whose ticks end when the test says so. */
import type { UnknownAction } from "@reduxjs/toolkit";
import { createSchoolStore } from "../../slices/create-school-store.ts";
import { memoryAdapter } from "./memory-adapter.ts";

export function sliceScenario() {
  const adapter = memoryAdapter();
  const actions: UnknownAction[] = [];
  let waiting: (() => void)[] = [];
  const tick = () => new Promise<void>((resolve) => waiting.push(resolve));
  const store = createSchoolStore({
    adapter,
    tick,
    middleware: [
      () => (next) => (action) => {
        actions.push(action as UnknownAction);
        return next(action);
      },
    ],
  });
  /** Lets what waits for a tick go on, until nothing does. */
  const settle = async (): Promise<void> => {
    for (let rounds = 0; rounds < 5; rounds += 1) {
      const due = waiting;
      waiting = [];
      for (const go of due) go();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { adapter, store, actions, settle, typesSince: (at: number) => actions.slice(at).map(({ type }) => type) };
}
