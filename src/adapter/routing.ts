/** Which side is asked and which is believed, by stage (DESIGN.md, section 4). */
import { AdapterError } from "../domain/errors.ts";
import type { Stage } from "../domain/stages.ts";
import type { SyncPosition } from "../local/record-store.ts";
import type { Source } from "./contract.ts";

export interface Route {
  /** `server`: the local side answers when it cannot. */
  readonly reads: Source;
  /** The side that is compared in the background with what a read returned. */
  readonly compares: Source | null;
  /** Whose word acknowledges a write. */
  readonly acknowledges: Source;
}

const atHome: Route = { reads: "local", compares: null, acknowledges: "local" };
const away: Route = { reads: "server", compares: "local", acknowledges: "server" };

const routes: Readonly<Record<Stage, Route>> = {
  off: atHome,
  dualwrite: atHome,
  shadow: { ...atHome, compares: "server" },
  live: away,
  rampdown: away,
  complete: { ...away, compares: null },
  draining: atHome,
};

/** The stage of one domain, which may run ahead of the school's. */
export const stageOf = ({ stage, stages }: SyncPosition, domain: string): Stage => stages[domain] ?? stage;

/**
 * @param mayReadServer `false`: this device's journal is not verified, or the rollout leaves this user out; then it reads
 * at most as in `shadow`
 */
export function routeOf(position: SyncPosition, domain: string, mayReadServer: boolean): Route {
  const route = routes[stageOf(position, domain)];
  if (route.reads === "local" || mayReadServer) return route;
  return { ...route, reads: "local", compares: "server" };
}

/** All domains of one batch are under one rule. @throws STAGE_MIXED */
export function checkOneStage(position: SyncPosition, domains: readonly string[]): void {
  const stages = new Set(domains.map((domain) => stageOf(position, domain)));
  if (stages.size <= 1) return;
  throw new AdapterError("STAGE_MIXED", `The batch lies across the stages ${[...stages].join(" and ")}.`, {
    facts: { domains: [...new Set(domains)] },
  });
}
