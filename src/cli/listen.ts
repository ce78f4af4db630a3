/** Puts a server on a port, or says why it cannot. */
import { AdapterError } from "../domain/errors.ts";
import type { Server } from "../server/create-server.ts";
import type { Listening } from "../server/listen.ts";
import { withPeers } from "../server/with-peers.ts";

export const defaultPort = 8787;

export interface ListenAt {
  readonly port: number;
  readonly host?: string;
  /** How many ports after this one may be tried when it is taken. */
  readonly further?: number;
}

/** @throws CONFIG_INVALID when the port is taken or may not be used */
export async function listenAt(server: Server, { port, host, further = 0 }: ListenAt): Promise<Listening> {
  const { listen } = await withPeers(() => import("../server/listen.ts"));
  for (let at = port; ; at++) {
    try {
      return await listen(server, { port: at, host });
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (code === "EADDRINUSE" && at < port + further) continue;
      const why = failures[code];
      if (why === undefined) throw error;
      throw new AdapterError("CONFIG_INVALID", `The server cannot listen on port ${at}: ${why}.`, {
        place: "--port",
        fix: "Choose another --port (0 takes a free one) or --host.",
        cause: error,
      });
    }
  }
}

const failures: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is taken",
  EACCES: "this user may not use it",
  EADDRNOTAVAIL: "this machine does not have that address",
  ENOTFOUND: "that address is not known",
};

/** Resolves when the signal says stop. */
export const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
