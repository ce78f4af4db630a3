/** A side that keeps failing is given a rest, and found again; whatever the clock says. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { failing, failure, managed, silent, watch } from "./manager.ts";

const once = { transient: { attempts: 1 } } as const;
const server = { side: "server", what: "Reading students" } as const;
const down = async (): Promise<string> => Promise.reject(failure("SERVER_UNREACHABLE"));
const up = async (): Promise<string> => "up";

async function opened(failures = 3) {
  const school = managed({ policies: once, breaker: { failures, restMs: 10_000 } });
  for (let i = 0; i < failures; i++) await school.manager.run(down, server).catch(() => {});
  return school;
}

test("after so many failures in a row the side is not asked, and the other side answers at once", async () => {
  const { manager } = await opened();
  expect(manager.breaker("server")).toBe("open");
  const { operation, calls } = failing();
  const run = await manager.run(operation, { ...server, fallback: async () => "local" });
  expect(run).toMatchObject({ kind: "fallback", value: "local", because: { code: "SERVER_UNREACHABLE" } });
  expect(calls).toEqual([]);
  await expect(manager.run(operation, server)).rejects.toMatchObject({ facts: { breaker: "open" } });
  expect(manager.breaker("local")).toBe("closed");
  expect(await manager.run(up, { ...server, side: "local" })).toMatchObject({ kind: "done" });
});

test("a refusal is an answer: it does not open the breaker, and what failed before it does not count", async () => {
  const { manager } = managed({ policies: once, breaker: { failures: 3 } });
  for (const code of ["VERSION_CONFLICT", "FORBIDDEN", "BAD_REQUEST", "UNAUTHENTICATED"] as const) {
    for (let i = 0; i < 2; i++) await manager.run(down, server).catch(() => {});
    await manager.run(failing(failure(code)).operation, server).catch(() => {});
  }
  expect(manager.breaker("server")).toBe("closed");
});

test("after its rest one run probes, the others are spared until it is back", async () => {
  const { manager, tab, events } = await opened();
  await tab.advance(31_000);
  expect(manager.breaker("server")).toBe("halfOpen");
  const probe = Promise.withResolvers<string>();
  const first = watch(manager.run(() => probe.promise, server));
  await expect(manager.run(up, server)).rejects.toMatchObject({ facts: { breaker: "open" } });
  probe.resolve("up");
  await tab.advance(0);
  expect(first.value).toMatchObject({ kind: "done" });
  expect(manager.breaker("server")).toBe("closed");
  const states = events.flatMap((event) => (event.kind === "breaker" ? [event.state] : []));
  expect(states).toEqual(["open", "halfOpen", "closed"]);
});

test("a probe that fails opens it again, for longer", async () => {
  const { manager, tab } = await opened();
  const rests: number[] = [];
  for (let i = 0; i < 4; i++) {
    let rest = 0;
    while (manager.breaker("server") === "open") {
      await tab.advance(1000);
      rest += 1000;
    }
    rests.push(rest);
    await manager.run(down, server).catch(() => {});
  }
  expect(Math.max(...rests.slice(1))).toBeGreaterThan(rests[0] ?? 0);
  expect(Math.max(...rests)).toBeLessThanOrEqual(60_000);
});

test("a probe that its caller gives up leaves the place to the next", async () => {
  const { manager, tab } = await opened();
  await tab.advance(31_000);
  const stop = new AbortController();
  const first = watch(manager.run(silent, { ...server, signal: stop.signal }));
  await tab.advance(0);
  stop.abort();
  await tab.advance(0);
  expect(first.error).toMatchObject({ code: "INTERRUPTED" });
  expect(await manager.run(up, server)).toMatchObject({ kind: "done" });
});

describe("a listener that fails", () => {
  // The runner listens, too, and would call the test failed.
  const runner = process.listeners("unhandledRejection");
  afterEach(() => {
    process.removeAllListeners("unhandledRejection");
    for (const listener of runner) process.on("unhandledRejection", listener);
  });

  test("does not take the run with it, and its error is not swallowed", async () => {
    const unhandled: unknown[] = [];
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", (error) => unhandled.push(error));
    const { manager } = managed({ policies: once });
    manager.subscribe(() => {
      throw new Error("a listener's");
    });
    await expect(manager.run(down, server)).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
    await vi.waitFor(() => expect(unhandled).toMatchObject([{ message: "a listener's" }]));
  });
});

describe("F22: the breaker recovers", () => {
  afterEach(() => {
    vi.useRealTimers();
  });
  const year = 365 * 86_400_000;
  const start = Date.parse("2026-01-05T08:00:00.000Z");
  test.each([
    ["with a clock that stands still", () => start],
    ["with a clock set back by a year", () => start - year],
    ["with a clock set on by a year", () => start + year],
  ])("%s", async (_what, later) => {
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    const { manager, tab } = await opened();
    vi.setSystemTime(later());
    await tab.advance(31_000);
    expect(await manager.run(up, server)).toMatchObject({ kind: "done" });
    expect(manager.breaker("server")).toBe("closed");
  });
});
