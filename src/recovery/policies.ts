/** What is done about a failure of each class: how often it is tried again, and what comes when it is given up. */
import { AdapterError, type ErrorClass } from "../domain/errors.ts";

const jitters = ["full", "decorrelated"] as const;

export interface RecoveryPolicy {
  /** How often it is tried in all; 1 never tries again. */
  readonly attempts: number;
  /** Around which the first wait lies, in milliseconds; the next ones grow. */
  readonly firstWaitMs: number;
  /** A server that asks for more patience than this is not waited for: the run is given up. */
  readonly longestWaitMs: number;
  /** `full`: anything between nothing and the doubled wait. `decorrelated`: between the first wait and three times the last. */
  readonly jitter: (typeof jitters)[number];
  /** Given up, the run's `fallback` answers. */
  readonly fallBack: boolean;
  /** Given up and not answered otherwise, the run's `queue` takes it. */
  readonly queue: boolean;
  /** It says that the side is unwell, and counts towards opening its breaker. */
  readonly breaks: boolean;
}

export type RecoveryPolicies = Readonly<Record<ErrorClass, RecoveryPolicy>>;
export type PolicyChanges = { readonly [cls in ErrorClass]?: Partial<RecoveryPolicy> };

const waits = { firstWaitMs: 250, longestWaitMs: 30_000, jitter: "decorrelated" } as const;
const never = { ...waits, attempts: 1, fallBack: false, queue: false, breaks: false };

export const defaultPolicies: RecoveryPolicies = {
  transient: { ...waits, attempts: 4, fallBack: true, queue: true, breaks: true },
  // Nothing is thrown away while nobody may be asked; what a person may not read is not shown from elsewhere either.
  auth: { ...never, queue: true },
  consistency: never,
  // A store that is lost is answered for by the other side; nothing is queued where nothing can be kept.
  critical: { ...never, fallBack: true },
  input: never,
};

/** @throws CONFIG_INVALID naming the setting that is unknown or makes no sense (0, NaN, a word that is no jitter) */
export function withChanges(policies: RecoveryPolicies, changes: PolicyChanges = {}): RecoveryPolicies {
  const result = { ...policies };
  for (const [name, change] of Object.entries(changes)) {
    if (!isClass(name)) throw invalid(`policies/${name}`, "no class of errors");
    result[name] = { ...policies[name], ...change };
    checkPolicy(result[name], `policies/${name}`);
  }
  return result;
}

const isClass = (name: string): name is ErrorClass => Object.hasOwn(defaultPolicies, name);

function checkPolicy(policy: RecoveryPolicy, place: string): void {
  for (const key of Object.keys(policy)) {
    if (!Object.hasOwn(defaultPolicies.transient, key)) throw invalid(`${place}/${key}`, "no setting of a policy");
  }
  checkCount(policy.attempts, `${place}/attempts`);
  checkMs(policy.firstWaitMs, `${place}/firstWaitMs`);
  checkMs(policy.longestWaitMs, `${place}/longestWaitMs`);
  if (policy.longestWaitMs < policy.firstWaitMs) throw invalid(`${place}/longestWaitMs`, "less than the first wait");
  if (!jitters.includes(policy.jitter)) throw invalid(`${place}/jitter`, `none of ${jitters.join(", ")}`);
  for (const key of ["fallBack", "queue", "breaks"] as const) {
    if (typeof policy[key] !== "boolean") throw invalid(`${place}/${key}`, "neither true nor false");
  }
}

/** @throws CONFIG_INVALID */
export function checkCount(value: number, place: string): void {
  if (!Number.isInteger(value) || value < 1 || value > 1000) throw invalid(place, "no whole number from 1 to 1000");
}

/** A timer cannot hold more than 2^31 - 1 milliseconds: it would ring at once. @throws CONFIG_INVALID */
export function checkMs(value: number, place: string): void {
  if (!(value > 0 && value < 2 ** 31)) throw invalid(place, "no number of milliseconds above 0 and below 2^31");
}

const invalid = (place: string, what: string): AdapterError =>
  new AdapterError("CONFIG_INVALID", `The recovery setting ${place} is ${what}.`, { place });
