/** The real surroundings in a real page. */
import { expect, test } from "vitest";
import { browserPlatform } from "../../../src/platform/browser-platform.ts";
import { browserDisk } from "../../../src/platform/disk.ts";
import { browserHints } from "../../../src/platform/hints.ts";

const { locks, connectivity, timers } = browserPlatform();

test("a lock is held by one at a time, in the order of asking", async () => {
  const order: string[] = [];
  const never = new AbortController().signal;
  const hold = (who: string): Promise<void> =>
    locks.hold("lead", never, async () => {
      order.push(`${who} in`);
      await timers.breathe();
      order.push(`${who} out`);
    });
  await Promise.all([hold("one"), hold("two")]);
  expect(order).toEqual(["one in", "one out", "two in", "two out"]);
});

test("who stops waiting does not run", async () => {
  const never = new AbortController().signal;
  const stop = new AbortController();
  const held = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  const first = locks.hold("wait", never, () => {
    held.resolve();
    return free.promise;
  });
  await held.promise;
  let ran = false;
  const second = locks.hold("wait", stop.signal, async () => {
    ran = true;
  });
  await timers.breathe();
  stop.abort();
  await second;
  free.resolve();
  await first;
  await locks.hold("wait", stop.signal, async () => {
    ran = true;
  });
  expect(ran).toBe(false);
});

test("F12: a lock that is stolen tells the one who had it", async () => {
  const never = new AbortController().signal;
  const running = Promise.withResolvers<void>();
  const first = locks.hold("stolen", never, async (lost) => {
    running.resolve();
    await new Promise<void>((resolve) => lost.addEventListener("abort", () => resolve()));
  });
  await running.promise;
  await navigator.locks.request("stolen", { steal: true }, async () => undefined);
  await first;
});

test("a failure of the work comes out of the lock, which is free again", async () => {
  const never = new AbortController().signal;
  await expect(locks.hold("fails", never, () => Promise.reject(new RangeError("mine")))).rejects.toThrow("mine");
  let ran = false;
  await locks.hold("fails", never, async () => {
    ran = true;
  });
  expect(ran).toBe(true);
});

test("F17: online, offline and the way back to the front are hints that can be heard, and unheard", () => {
  let hints = 0;
  const end = connectivity.subscribe(() => {
    hints += 1;
  });
  for (const event of ["online", "offline", "pageshow"]) dispatchEvent(new Event(event));
  document.dispatchEvent(new Event("visibilitychange"));
  expect(hints).toBe(document.visibilityState === "visible" ? 4 : 3);
  end();
  dispatchEvent(new Event("online"));
  expect(hints).toBe(document.visibilityState === "visible" ? 4 : 3);
  expect(connectivity.online()).toBe(true);
});

test("the disk tells its size and whether the browser may clear it; notes stay", async () => {
  const disk = browserDisk();
  expect((await disk.estimate())?.quota).toBeGreaterThan(0);
  expect(["kept", "best effort"]).toContain(await disk.persist());
  browserHints().set("note", "1");
  expect(browserHints().get("note")).toBe("1");
});
