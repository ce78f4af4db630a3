/** Every `/api/*` request of a page or a test is answered by the real server, in this process. */
import { http, type RequestHandler, type WebSocketHandler } from "msw";
import { createFaults, type FaultLayer } from "./faults.ts";
import { liveHandler } from "./live-handler.ts";

/** What is used of the server that `hybrid-data-adapter/server` makes. */
export interface MockServer {
  fetch(request: Request, env?: object): Promise<Response>;
}

/**
 * Handlers for MSW's `setupServer` and `setupWorker`.
 * - `/api/live` needs a server that was made with `mockUpgradeWebSocket`.
 */
export function appHandlers(
  server: MockServer,
  layer: FaultLayer = createFaults(),
): readonly (RequestHandler | WebSocketHandler)[] {
  return [
    liveHandler(server, layer),
    http.all("*/api/*", ({ request }) => layer.around(request, () => server.fetch(request))),
  ];
}
