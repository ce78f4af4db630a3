/** The real surroundings, as far as Node has them; in a real page they are tried by test/browser. */
import { expect, test } from "vitest";
import { browserPlatform } from "../../src/platform/browser-platform.ts";
import { browserDisk } from "../../src/platform/disk.ts";
import { browserHints } from "../../src/platform/hints.ts";
import { loop } from "../../src/platform/loop.ts";

const { timers, entropy, channel, connectivity, clock } = browserPlatform();

test("a sleep ends at once when its signal aborts, before or during it", async () => {
  const stop = new AbortController();
  const sleeping = timers.sleep(3_600_000, stop.signal);
  stop.abort();
  await sleeping;
  await timers.sleep(3_600_000, stop.signal);
});

test("F22: a sleep of more than 24 days does not end at once", async () => {
  const stop = new AbortController();
  let over = false;
  const sleeping = timers.sleep(2 ** 33, stop.signal).then(() => {
    over = true;
  });
  await timers.sleep(5);
  expect(over).toBe(false);
  stop.abort();
  await sleeping;
});

test("breathing lets what waits in the event loop go first", async () => {
  const order: string[] = [];
  setImmediate(() => order.push("page"));
  for (let turn = 0; turn < 3; turn++) await timers.breathe();
  order.push("work");
  expect(order).toEqual(["page", "work"]);
});

test("ids are UUIDs of version 4, also on a page without https", () => {
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(entropy.uuid()).toMatch(form);
  const own = Object.getOwnPropertyDescriptor(Crypto.prototype, "randomUUID");
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  const ids = Array.from({ length: 200 }, () => entropy.uuid());
  Reflect.deleteProperty(crypto, "randomUUID");
  expect(own).toBeDefined();
  expect(new Set(ids).size).toBe(200);
  for (const id of ids) expect(id).toMatch(form);
  expect(entropy.fraction()).toBeLessThan(1);
  expect(clock.now()).toBeGreaterThan(1_600_000_000_000);
});

test("a channel reaches the others and never itself", async () => {
  const [one, two] = [channel("room"), channel("room")];
  const heard: string[] = [];
  one.subscribe((message) => heard.push(`one ${message}`));
  const arrived = new Promise<void>((resolve) => {
    two.subscribe((message) => {
      heard.push(`two ${message}`);
      resolve();
    });
  });
  one.post("hello");
  await arrived;
  expect(heard).toEqual(["two hello"]);
  one.close();
  two.close();
});

test("what was posted just before closing still goes out, in its order", async () => {
  const [one, two] = [channel("last words"), channel("last words")];
  const heard: unknown[] = [];
  const arrived = new Promise<void>((resolve) => {
    two.subscribe((message) => {
      heard.push(message);
      if (heard.length === 2) resolve();
    });
  });
  one.post("first");
  one.post("second");
  one.close();
  await arrived;
  expect(heard).toEqual(["first", "second"]);
  two.close();
});

test("what this surrounding does not have is absent, not an error", async () => {
  expect(connectivity.online()).toBe(true);
  connectivity.subscribe(() => undefined)();
  const disk = browserDisk();
  expect(disk.indexedDB).toBeNull();
  expect(await disk.estimate()).toBeNull();
  expect(await disk.persist()).toBe("unknown");
  browserHints().set("a", "1");
});

test("a loop goes on after a failure, waits a little longer than asked, and ends with its signal", async () => {
  const stop = new AbortController();
  const waits: number[] = [];
  const failures: unknown[] = [];
  let runs = 0;
  await loop({
    timers: {
      breathe: async () => undefined,
      sleep: async (ms) => {
        waits.push(ms);
      },
    },
    entropy: { uuid: () => "", fraction: () => 0.5 },
    every: 1_000,
    run: async () => {
      runs += 1;
      if (runs === 2) throw new Error("second");
      if (runs === 4) stop.abort();
      if (runs === 4) throw new Error("cut short");
    },
    failed: (error) => failures.push(error),
    signal: stop.signal,
  });
  expect(runs).toBe(4);
  expect(waits).toEqual([1_050, 1_050, 1_050, 1_050]);
  expect(failures).toEqual([new Error("second")]);
});
