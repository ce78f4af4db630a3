/** Puts a server on a port, WebSockets included, by @hono/node-server and ws. */
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import type { Server } from "./create-server.ts";
import { liveSockets } from "./live-sockets.ts";

export interface ListenOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** `127.0.0.1` by default: reached from this machine alone. */
  readonly host?: string;
}

export interface Listening {
  readonly url: string;
  /** Takes no new connection, lets the running requests end, ends the sockets, and closes the server. */
  close(): Promise<void>;
}

export function listen(server: Server, { port, host = "127.0.0.1" }: ListenOptions): Promise<Listening> {
  const sockets = liveSockets();
  const purging = purgeHourly(server);
  return new Promise((resolve, reject) => {
    const websocket = { server: sockets.server };
    const http = serve({ fetch: server.fetch, port, hostname: host, websocket }, (info: AddressInfo) => {
      resolve({ url: `http://${host.includes(":") ? `[${host}]` : host}:${info.port}`, close });
    });
    http.once("error", reject);
    const close = async (): Promise<void> => {
      sockets.close();
      await purging.stop();
      await new Promise<void>((done) => {
        http.close(() => done());
        if ("closeIdleConnections" in http) http.closeIdleConnections();
      });
      await server.close();
    };
  });
}

const hour = 3_600_000;

/** A purge that fails is tried again in an hour; what it did stays done. */
function purgeHourly(server: Server): { stop(): Promise<void> } {
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() =>
      server.purge(stopped.signal).catch((error: unknown) => {
        server.services.log.warn({ error: error instanceof Error ? error.name : "unknown" }, "the purge failed");
      }),
    );
  }, hour);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      stopped.abort();
      return running;
    },
  };
}
