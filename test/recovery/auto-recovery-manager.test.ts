/** What is tried again, what answers instead, and what is kept for later. */
import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../src/domain/errors.ts";
import { AutoRecoveryManager } from "../../src/recovery/auto-recovery-manager.ts";
import { testBrowser } from "../support/platform.ts";
import { failing, failure, managed, silent, watch } from "./manager.ts";

const server = { side: "server", what: "Reading students" } as const;
const minute = 60_000;

describe("trying again", () => {
  test("F20: what failed once is tried again by a timer, without anybody asking", async () => {
    const { manager, tab, events } = managed();
    const { operation, calls } = failing(failure("SERVER_UNREACHABLE"), failure("SERVER_UNREACHABLE"));
    const seen = watch(manager.run(operation, server));
    await tab.advance(minute);
    expect(seen.value).toEqual({ kind: "done", value: "done", attempts: 3 });
    expect(calls).toEqual([1, 2, 3]);
    expect(events.map((event) => event.kind)).toEqual(["retry", "retry", "recovered"]);
    expect(manager.counters("server")).toMatchObject({ runs: 1, retry: 2, recovered: 1, giveUp: 0 });
    expect(manager.counters("local")).toMatchObject({ runs: 0, retry: 0 });
  });

  test("waits grow, are spread by the seed, and never exceed the longest", async () => {
    const waitsOf = async (jitter: "full" | "decorrelated") => {
      const policy = { attempts: 12, jitter, firstWaitMs: 100, longestWaitMs: 5000, breaks: false };
      const { manager, tab, events } = managed({ policies: { transient: policy } });
      watch(manager.run(async () => Promise.reject(failure("SERVER_UNREACHABLE")), server));
      await tab.advance(10 * minute);
      return events.flatMap((event) => (event.kind === "retry" ? [event.waitMs] : []));
    };
    for (const jitter of ["full", "decorrelated"] as const) {
      const waits = await waitsOf(jitter);
      expect(waits).toHaveLength(11);
      expect(waits.every((ms) => ms >= 0 && ms <= 5000)).toBe(true);
      expect(waits[0]).toBeLessThanOrEqual(300);
      expect(Math.max(...waits.slice(6))).toBeGreaterThan(1000);
      expect(new Set(waits.map(Math.round)).size).toBeGreaterThan(5);
      expect(await waitsOf(jitter)).toEqual(waits);
    }
  });

  test.each([
    ["SERVER_UNREACHABLE", {}, 4],
    ["RATE_LIMITED", {}, 4],
    ["INTERNAL", {}, 4],
    ["SERVER_ANSWER", { status: 200, guessed: true }, 4],
    ["NOT_FOUND", { status: 404, guessed: true }, 4],
    ["VERSION_CONFLICT", {}, 1],
    ["RECORD_INVALID", {}, 1],
    ["BAD_REQUEST", {}, 1],
    ["LIMIT", {}, 1],
    ["UNAUTHENTICATED", {}, 1],
    ["FORBIDDEN", {}, 1],
    ["STORAGE_LOST", {}, 1],
  ] as const)("F18: %s %j is tried %i times", async (code: ErrorCode, facts, times) => {
    const { manager, tab } = managed();
    const { operation, calls } = failing(...Array.from({ length: 9 }, () => failure(code, facts)));
    const seen = watch(manager.run(operation, server));
    await tab.advance(10 * minute);
    expect(calls).toHaveLength(times);
    expect(seen.error).toMatchObject({ code });
  });

  test("F18: an error that nobody knows is tried again, whatever its words say", async () => {
    const { manager, tab } = managed();
    const { operation, calls } = failing(new Error("401 409 Unauthorized"), "a word", { code: "VERSION_CONFLICT" });
    const seen = watch(manager.run(operation, server));
    await tab.advance(minute);
    expect(calls).toHaveLength(4);
    expect(seen.value).toMatchObject({ kind: "done" });
  });

  test("an unknown error that stays is told as INTERNAL, with its cause", async () => {
    const { manager, tab } = managed();
    const cause = new TypeError("x is not a function");
    const seen = watch(
      manager.run(() => {
        throw cause;
      }, server),
    );
    await tab.advance(minute);
    expect(seen.error).toMatchObject({ code: "INTERNAL", cause });
  });

  test("Retry-After is waited for, and not waited for when it is too long", async () => {
    const { manager, tab } = managed();
    const soon = failing(failure("RATE_LIMITED", { retryAfterMs: 20_000 }));
    const seen = watch(manager.run(soon.operation, server));
    await tab.advance(19_999);
    expect(soon.calls).toHaveLength(1);
    await tab.advance(1);
    expect(seen.value).toMatchObject({ attempts: 2 });

    const late = failing(failure("RATE_LIMITED", { retryAfterMs: 90_000 }));
    const fallback = await manager.run(late.operation, { ...server, fallback: async () => "local" });
    expect(fallback).toMatchObject({ kind: "fallback", value: "local" });
    expect(late.calls).toHaveLength(1);
  });
});

describe("time", () => {
  test("an attempt that does not answer in its time is given up and tried again", async () => {
    const { manager, tab } = managed({ timeoutMs: 1000 });
    const signals: AbortSignal[] = [];
    const operation = (signal: AbortSignal, attempt: number): Promise<string> => {
      signals.push(signal);
      return attempt === 1 ? silent() : Promise.resolve("second");
    };
    const seen = watch(manager.run(operation, server));
    await tab.advance(999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await tab.advance(1);
    expect(signals[0]?.aborted).toBe(true);
    await tab.advance(minute);
    expect(seen.value).toMatchObject({ value: "second", attempts: 2 });
  });

  test("F23: an attempt that was given up and succeeds later is told, and changes nothing", async () => {
    const { manager, tab, events } = managed({ timeoutMs: 1000 });
    const first = Promise.withResolvers<string>();
    const operation = (_signal: AbortSignal, attempt: number): Promise<string> =>
      attempt === 1 ? first.promise : Promise.resolve("second");
    const seen = watch(manager.run(operation, server));
    await tab.advance(minute);
    first.resolve("first");
    await tab.advance(0);
    expect(seen.value).toMatchObject({ value: "second" });
    expect(events).toContainEqual({ side: "server", kind: "late", worked: true });
  });

  test("the deadline is for all attempts and waits together", async () => {
    const { manager, tab } = managed({ timeoutMs: 1500 });
    const seen = watch(manager.run(silent, { ...server, deadlineMs: 4000, fallback: async () => "local" }));
    await tab.advance(3999);
    expect(seen.settled).toBe(false);
    await tab.advance(1);
    expect(seen.value).toMatchObject({ kind: "fallback", because: { code: "SERVER_UNREACHABLE" } });
  });

  test("a deadline within an attempt ends the run there", async () => {
    const { manager, tab, kinds } = managed({ timeoutMs: 15_000 });
    const seen = watch(manager.run(silent, { ...server, deadlineMs: 4000 }));
    await tab.advance(4000);
    expect(seen.error).toMatchObject({ code: "SERVER_UNREACHABLE", facts: { timeout: true } });
    expect(kinds()).toEqual(["giveUp"]);
  });
});

describe("giving up", () => {
  const down = () => failing(...Array.from({ length: 9 }, () => failure("SERVER_UNREACHABLE"))).operation;

  test("first the fallback answers, and says that it did", async () => {
    const { manager, tab, kinds } = managed();
    const seen = watch(manager.run(down(), { ...server, fallback: async () => "local", queue: async () => {} }));
    await tab.advance(minute);
    expect(seen.value).toMatchObject({ kind: "fallback", value: "local", because: { code: "SERVER_UNREACHABLE" } });
    expect(kinds()).toEqual(["retry", "retry", "retry", "giveUp", "fallback"]);
  });

  test("without an answer it is queued", async () => {
    const { manager, tab, kinds } = managed();
    const kept: unknown[] = [];
    const queue = async (because: unknown): Promise<void> => {
      kept.push(because);
    };
    const fallback = () => Promise.reject(failure("STORAGE_LOST"));
    const seen = watch(manager.run(down(), { ...server, fallback, queue }));
    await tab.advance(minute);
    expect(seen.value).toMatchObject({ kind: "queued", because: { code: "SERVER_UNREACHABLE" } });
    expect(kept).toHaveLength(1);
    expect(kinds().slice(-3)).toEqual(["giveUp", "fallback", "queued"]);
  });

  test("L1: what could not be queued rejects", async () => {
    const { manager, tab } = managed();
    const queue = () => Promise.reject(failure("STORAGE_FULL"));
    const seen = watch(manager.run(down(), { ...server, queue }));
    await tab.advance(minute);
    expect(seen.error).toMatchObject({ code: "STORAGE_FULL" });
  });

  test.each([
    ["UNAUTHENTICATED", "queued"],
    ["FORBIDDEN", "queued"],
    ["VERSION_CONFLICT", "rejected"],
    ["BAD_REQUEST", "rejected"],
    ["STORAGE_LOST", "fallback"],
  ] as const)("%s is %s at once", async (code, end) => {
    const { manager } = managed();
    const ways = { fallback: async () => "other side", queue: async () => {} };
    const run = manager.run(failing(failure(code)).operation, { ...server, ...ways });
    expect(
      await run.then(
        ({ kind }) => kind,
        () => "rejected",
      ),
    ).toBe(end);
  });

  test("a run may differ from the manager in a policy", async () => {
    const { manager } = managed();
    const options = { ...server, policies: { auth: { fallBack: true } }, fallback: async () => "local" };
    const { operation } = failing(failure("UNAUTHENTICATED"));
    expect(await manager.run(operation, options)).toMatchObject({ kind: "fallback" });
  });
});

describe("the caller's signal", () => {
  test("cuts a wait short, and nothing answers instead or is queued", async () => {
    const { manager, tab, kinds } = managed();
    const stop = new AbortController();
    const { operation, calls } = failing(failure("RATE_LIMITED", { retryAfterMs: 25_000 }));
    const instead: string[] = [];
    const ways = {
      fallback: async () => {
        instead.push("fallback");
        return "local";
      },
      queue: async () => {
        instead.push("queue");
      },
    };
    const seen = watch(manager.run(operation, { ...server, ...ways, signal: stop.signal }));
    await tab.advance(100);
    expect(kinds()).toEqual(["retry"]);
    stop.abort();
    await tab.advance(0);
    expect(seen.error).toMatchObject({ code: "INTERRUPTED" });
    expect([calls, instead, tab.sleeping()]).toEqual([[1], [], 0]);
  });

  test("stops an attempt that heeds no signal", async () => {
    const { manager, tab } = managed();
    const stop = new AbortController();
    const seen = watch(manager.run(silent, { ...server, signal: stop.signal }));
    await tab.advance(10);
    stop.abort();
    await tab.advance(0);
    expect(seen.error).toMatchObject({ code: "INTERRUPTED" });
  });

  test("closing ends every run and every wait", async () => {
    const { manager, tab } = managed();
    const seen = [
      watch(manager.run(silent, server)),
      watch(manager.run(failing(failure("INTERNAL")).operation, server)),
    ];
    await tab.advance(0);
    manager.close();
    await tab.advance(0);
    expect(seen.map(({ error }) => error)).toMatchObject([{ code: "INTERRUPTED" }, { code: "INTERRUPTED" }]);
    expect(tab.sleeping()).toBe(0);
  });
});

describe("B18: a setting that makes no sense is refused when the manager is made", () => {
  const { timers, entropy } = testBrowser().tab();
  test.each([
    ["policies/transient/attempts", { policies: { transient: { attempts: 0 } } }],
    ["policies/transient/attempts", { policies: { transient: { attempts: Number.NaN } } }],
    ["policies/transient/attempts", { policies: { transient: { attempts: 1.5 } } }],
    ["policies/transient/firstWaitMs", { policies: { transient: { firstWaitMs: 0 } } }],
    ["policies/auth/longestWaitMs", { policies: { auth: { longestWaitMs: Number.POSITIVE_INFINITY } } }],
    ["policies/auth/longestWaitMs", { policies: { auth: { longestWaitMs: 100 } } }],
    ["policies/transient/jitter", { policies: { transient: { jitter: "wild" } } }],
    ["policies/transient/retries", { policies: { transient: { retries: 3 } } }],
    ["policies/transient/queue", { policies: { transient: { queue: "yes" } } }],
    ["policies/hopeful", { policies: { hopeful: {} } }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["timeoutMs", { timeoutMs: 2 ** 31 }],
    ["breaker/failures", { breaker: { failures: 0 } }],
    ["breaker/restMs", { breaker: { restMs: Number.NaN } }],
  ])("%s in %j", (place, options) => {
    const made = () => new AutoRecoveryManager({ timers, entropy, ...(options as object) });
    expect(made).toThrow(expect.objectContaining({ code: "CONFIG_INVALID", place }));
  });

  test("and so is one of a run", async () => {
    const { manager } = managed();
    const run = (options: object) => manager.run(async () => 1, { ...server, ...options });
    await expect(run({ deadlineMs: Number.NaN })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(run({ side: "cloud" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(run({ policies: { input: { attempts: -1 } } })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
