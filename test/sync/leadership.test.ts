import { expect, test } from "vitest";
import { leadership } from "../../src/sync/leadership.ts";
import { breath, browser } from "../support/browser.ts";

test("L11: a lock that cannot even be asked for is told, and asked for again", async () => {
  const own = browser();
  const { platform } = own.open();
  const failures: unknown[] = [];
  let elected = 0;
  let broken = true;
  const lead = leadership({
    platform: {
      timers: platform.timers,
      locks: {
        hold: (...args) => (broken ? Promise.reject(new Error("no locks here")) : platform.locks.hold(...args)),
      },
    },
    lock: "x",
    signal: new AbortController().signal,
    onElected: () => {
      elected += 1;
    },
    onDeposed: () => undefined,
    onFailed: (cause) => failures.push(cause),
  });
  lead.contend(0);
  await breath();
  expect(failures).toEqual([new Error("no locks here")]);
  broken = false;
  await own.advance(5000);
  expect(elected).toBe(1);
});

test("G15: a tab that is closed while it waits for the lock does not get it", async () => {
  const own = browser();
  const [first, second] = [own.open(), own.open()];
  const closed = new AbortController();
  const elected: string[] = [];
  const stand = (name: string, platform: typeof first.platform, signal: AbortSignal) =>
    leadership({
      platform,
      lock: "x",
      signal,
      onElected: () => elected.push(name),
      onDeposed: () => undefined,
      onFailed: () => undefined,
    });
  const one = stand("first", first.platform, new AbortController().signal);
  one.contend(0);
  await breath();
  stand("second", second.platform, closed.signal).contend(0);
  await breath();
  closed.abort();
  one.resign();
  await breath();
  expect(elected).toEqual(["first"]);
});
