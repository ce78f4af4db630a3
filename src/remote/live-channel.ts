/** Listens on `/api/live` for pokes. They are hints: one that is lost, doubled or early costs at most a poll. */
import { liveProtocol, poke } from "../domain/sync-wire.ts";
import type { Entropy, Timers } from "../platform/platform.ts";

/** What is used of a `WebSocket`. */
interface Socket {
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "open" | "close" | "error", listener: () => void): void;
  close(): void;
}

export interface LiveChannelOptions {
  /** The browser's own, or one that speaks alike. */
  readonly WebSocket: new (
    url: string,
    protocols: string[],
  ) => Socket;
  /** As for the transport: `https://…` becomes `wss://…/api/live`. */
  readonly baseUrl: string;
  readonly token: () => string | Promise<string>;
  readonly timers: Timers;
  readonly entropy: Entropy;
}

/**
 * - `run` ends only with its signal; a connection that is lost is opened again, after a wait that grows to a minute.
 * - `onHint` hears the `seq` of a poke, and `null` when something may have been missed: after each new connection.
 */
export interface LiveChannel {
  run(onHint: (seq: number | null) => void, signal: AbortSignal): Promise<void>;
}

const firstWait = 1000;
const longestWait = 60_000;
const openingTime = 10_000;

export function createLiveChannel(options: LiveChannelOptions): LiveChannel {
  const { timers, entropy, WebSocket } = options;
  const url = `${options.baseUrl.replace(/^http/, "ws")}/api/live`;

  /** @returns true when the connection was open at some time */
  async function connection(onHint: (seq: number | null) => void, signal: AbortSignal): Promise<boolean> {
    // A token that cannot be had now is a connection that could not be made; the wait before the next one is the same.
    const token = await Promise.resolve()
      .then(options.token)
      .catch(() => null);
    // Nobody is signed in: a connection would be refused, again and again.
    if (!token || signal.aborted) return false;
    const ended = new AbortController();
    let opened = false;
    await new Promise<void>((resolve) => {
      const socket = new WebSocket(url, [liveProtocol, `bearer.${token}`]);
      const end = (): void => {
        if (ended.signal.aborted) return;
        ended.abort();
        socket.close();
        resolve();
      };
      const hint = (seq: number | null): void => {
        if (!ended.signal.aborted) onHint(seq);
      };
      socket.addEventListener("open", () => {
        opened = true;
        hint(null);
      });
      socket.addEventListener("message", ({ data }) => hint(seqOf(data)));
      socket.addEventListener("close", end);
      socket.addEventListener("error", end);
      signal.addEventListener("abort", end, { once: true, signal: ended.signal });
      void timers.sleep(openingTime, ended.signal).then(() => {
        if (!opened) end();
      });
    });
    return opened;
  }

  return {
    async run(onHint, signal) {
      for (let failures = 0; !signal.aborted; failures++) {
        // A socket that cannot even be made is one that did not open.
        if (await connection(onHint, signal).catch(() => false)) failures = 0;
        const wait = Math.min(longestWait, firstWait * 2 ** Math.min(failures, 10));
        await timers.sleep(wait * (0.5 + entropy.fraction() / 2), signal);
      }
    },
  };
}

/** A frame that cannot be read still says that something happened. */
function seqOf(data: unknown): number | null {
  try {
    const parsed = poke.safeParse(JSON.parse(String(data)));
    return parsed.success ? parsed.data.seq : null;
  } catch {
    return null;
  }
}
