/** The WebSocket side of a port: small frames alone, no token echoed, and silent peers dropped. */
import { type WebSocket, WebSocketServer } from "ws";
import { liveProtocol } from "../domain/sync-wire.ts";

/** A client has nothing to say; in bytes. */
const longestFrame = 1024;
const pingEvery = 30_000;

export interface LiveSockets {
  readonly server: WebSocketServer;
  close(): void;
}

export function liveSockets(): LiveSockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: longestFrame,
    perMessageDeflate: false,
    // Of what was offered only this: the other one holds the token.
    handleProtocols: (offered) => (offered.has(liveProtocol) ? liveProtocol : false),
  });
  const silent = new WeakSet<WebSocket>();
  server.on("connection", (socket) => {
    socket.on("pong", () => silent.delete(socket));
    // Without a listener an error of one socket (a frame too long, a reset) would end the process.
    socket.on("error", () => {});
  });
  // A peer that is gone without a word (no network, a closed lid) is noticed at the second ping.
  const pings = setInterval(() => {
    for (const socket of server.clients) {
      if (silent.has(socket)) socket.terminate();
      else {
        silent.add(socket);
        socket.ping();
      }
    }
  }, pingEvery);
  pings.unref();
  return {
    server,
    close() {
      clearInterval(pings);
      for (const socket of server.clients) {
        socket.close(1001, "The server is going away.");
        socket.terminate();
      }
    },
  };
}
