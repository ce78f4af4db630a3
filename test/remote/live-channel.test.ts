import { describe, expect, test } from "vitest";
import { createLiveChannel, type LiveChannelOptions } from "../../src/remote/live-channel.ts";

class FakeSocket {
  static all: FakeSocket[] = [];
  closed = false;
  readonly #listeners = new Map<string, (event: { data: unknown }) => void>();
  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.all.push(this);
  }
  addEventListener(type: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }
  /** What the network does. */
  happens(type: "open" | "message" | "close" | "error", data: unknown = null): void {
    this.#listeners.get(type)?.({ data });
  }
  close(): void {
    this.closed = true;
  }
}

/** A channel on sockets that the test opens and closes, and a clock that it moves. */
function setUp(token: () => string = () => "a.b.c") {
  FakeSocket.all = [];
  const sleeps: { ms: number; wake: () => void }[] = [];
  const hints: (number | null)[] = [];
  const stop = new AbortController();
  const channel = createLiveChannel({
    WebSocket: FakeSocket,
    baseUrl: "https://school.example",
    token,
    entropy: { uuid: () => "", fraction: () => 0 },
    timers: {
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          sleeps.push({ ms, wake: resolve });
          signal?.addEventListener("abort", () => resolve(), { once: true });
        }),
      breathe: async () => {},
    },
  });
  const ended = channel.run((seq) => hints.push(seq), stop.signal);
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const last = (): FakeSocket => {
    const socket = FakeSocket.all.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  };
  return { sleeps, hints, stop, ended, settle, last };
}

describe("F21: pokes are hints", () => {
  test("a poke is handed on; a frame that cannot be read only says that something happened; so does each connection", async () => {
    const { hints, settle, last } = setUp();
    await settle();
    expect(last().url).toBe("wss://school.example/api/live");
    expect(last().protocols).toEqual(["hda.live.1", "bearer.a.b.c"]);
    last().happens("open");
    last().happens("message", '{"seq":7}');
    last().happens("message", '{"seq":"7"}');
    last().happens("message", "{");
    expect(hints).toEqual([null, 7, null, null]);
  });

  test("a lost connection is opened again, after waits that grow until one opens", async () => {
    const { sleeps, settle, last } = setUp();
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      await settle();
      last().happens("error");
      await settle();
      const sleep = sleeps.at(-1);
      waits.push(sleep?.ms ?? 0);
      sleep?.wake();
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    await settle();
    last().happens("open");
    last().happens("close");
    await settle();
    expect(sleeps.at(-1)?.ms).toBe(500);
  });

  test("a connection that never opens is given up, and a token that cannot be had is waited for", async () => {
    const { sleeps, settle, last } = setUp();
    await settle();
    sleeps.at(-1)?.wake();
    await settle();
    expect(last().closed).toBe(true);
    expect(sleeps.at(-1)?.ms).toBe(500);
    const without = setUp(() => {
      throw new Error("signed out");
    });
    await without.settle();
    expect(FakeSocket.all).toEqual([]);
    expect(without.sleeps).toHaveLength(1);
  });

  test("without a token nobody is signed in, and no connection is tried until there is one", async () => {
    let signedIn = "";
    const { sleeps, settle, last, stop } = setUp(() => signedIn);
    await settle();
    expect(FakeSocket.all).toEqual([]);
    signedIn = "a.b.c";
    sleeps.at(-1)?.wake();
    await settle();
    expect(last().protocols).toContain("bearer.a.b.c");
    stop.abort();
  });

  test("the signal closes the socket and ends it", async () => {
    const { ended, hints, settle, stop, last } = setUp();
    await settle();
    last().happens("open");
    stop.abort();
    await ended;
    expect(last().closed).toBe(true);
    last().happens("message", '{"seq":9}');
    expect(hints).toEqual([null]);
  });

  test("the browser's own WebSocket fits", () => {
    const fits: LiveChannelOptions["WebSocket"] = WebSocket;
    expect(fits).toBe(WebSocket);
  });
});
