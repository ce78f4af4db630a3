/** `/api/live` behind MSW: the server's own route, with MSW's connection for a socket. */
import { defineWebSocketHelper, type UpgradeWebSocket, WSContext } from "hono/ws";
import { type WebSocketHandler, type WebSocketHandlerConnection, ws } from "msw";
import type { MockServer } from "./app-handlers.ts";
import type { FaultLayer } from "./faults.ts";

type Client = WebSocketHandlerConnection["client"];

/** Give it to `createServer` as `upgradeWebSocket`: it takes the connection that the handler passes beside the request. */
export const mockUpgradeWebSocket: UpgradeWebSocket<Client> = defineWebSocketHelper<Client>((c, events) => {
  const { client } = c.env as { readonly client?: Client };
  if (!client) return undefined;
  const context = new WSContext<Client>({
    send: (data) => client.send(data),
    close: (code, reason) => client.close(code, reason),
    raw: client,
    readyState: 1,
    url: client.url,
  });
  // A client has nothing to say on this channel: its messages go nowhere, as on the real one.
  client.addEventListener("close", (event) => events.onClose?.(event, context));
  queueMicrotask(() => events.onOpen?.(new Event("open"), context));
  return new Response(null, { status: 200 });
});

/** What a socket is closed with when the server refused it, and when the network went away. */
const refused = 1008;
const goneAway = 1001;

export function liveHandler(server: MockServer, { around, onOffline }: FaultLayer): WebSocketHandler {
  const open = new Map<Client, Request>();
  onOffline((strikes) => {
    for (const [client, request] of open) if (strikes(request)) client.close(goneAway, "The network is gone.");
  });
  return ws.link("*/api/live").addEventListener("connection", async ({ client, info }) => {
    const request = upgradeRequest(client.url, [info.protocols].flat());
    open.set(client, request);
    client.addEventListener("close", () => open.delete(client));
    const response = await around(request, () => server.fetch(request, { client }));
    // `Response.error()` has the status 0.
    if (!response.ok) client.close(refused, `Refused with ${response.status}.`);
  });
}

/** What a browser would have sent. A page may not set these headers on a request, so they are put beside it. */
function upgradeRequest(socketUrl: URL, protocols: readonly (string | undefined)[]): Request {
  const url = new URL(socketUrl);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  const request = new Request(url);
  const headers = new Headers({
    upgrade: "websocket",
    host: url.host,
    origin: url.origin,
    "sec-websocket-protocol": protocols.filter((name) => name !== undefined).join(", "),
  });
  Object.defineProperty(request, "headers", { value: headers });
  return request;
}
