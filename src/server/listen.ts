/** Puts a server on a port, by @hono/node-server. */
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import type { Server } from "./create-server.ts";

export interface ListenOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** `127.0.0.1` by default: reached from this machine alone. */
  readonly host?: string;
}

export interface Listening {
  readonly url: string;
  /** Takes no new connection, lets the running requests end, and closes the server. */
  close(): Promise<void>;
}

export function listen(server: Server, { port, host = "127.0.0.1" }: ListenOptions): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const http = serve({ fetch: server.fetch, port, hostname: host }, (info: AddressInfo) => {
      resolve({ url: `http://${host.includes(":") ? `[${host}]` : host}:${info.port}`, close });
    });
    http.once("error", reject);
    const close = async (): Promise<void> => {
      await new Promise<void>((done) => {
        http.close(() => done());
        if ("closeIdleConnections" in http) http.closeIdleConnections();
      });
      await server.close();
    };
  });
}
