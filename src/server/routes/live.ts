/** `/api/live`: a WebSocket on which the server says that there is more, and nothing else. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { UpgradeWebSocket, WSContext } from "hono/ws";
import { AdapterError } from "../../domain/errors.ts";
import { liveProtocol } from "../../domain/sync-wire.ts";
import type { Env } from "../env.ts";
import { createLiveHub } from "../live-hub.ts";
import type { Authenticated, Authenticator } from "../middleware/auth.ts";
import type { PubSub } from "../pubsub.ts";
import type { Services } from "../services.ts";
import { withPeers } from "../with-peers.ts";

export interface LiveOptions {
  readonly authenticate: Authenticator;
  /** Of pages that may connect, besides those of this host. */
  readonly origins: readonly string[];
  readonly pubsub: PubSub;
  /** How this runtime makes a request a WebSocket; by default @hono/node-server's, with `listen`. */
  readonly upgradeWebSocket: UpgradeWebSocket | undefined;
  /** Counts a connection as a request of its user. */
  readonly limit: MiddlewareHandler<Env>;
}

/** Closed because the token has ended: come back with a new one. */
const expired = 4401;
const longestTimer = 2 ** 31 - 1;

export function liveRoutes({ now }: Services, options: LiveOptions): Hono<Env> {
  const { authenticate, origins, pubsub, upgradeWebSocket, limit } = options;
  const hub = createLiveHub(pubsub);
  return new Hono<Env>().get("/api/live", async (c) => {
    if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      throw new AdapterError("BAD_REQUEST", "This address is for a WebSocket.", { place: "Upgrade" });
    }
    refuseOrigin(c, origins);
    const who = await authenticate(tokenOf(c));
    c.set("tenant", who.tenant);
    await limit(c, async () => {});
    const upgrade: UpgradeWebSocket =
      upgradeWebSocket ?? (await withPeers(() => import("@hono/node-server"))).upgradeWebSocket;
    return upgrade(c, listenerOf(who));
  });

  function listenerOf({ tenant, expires }: Authenticated) {
    let leave: (() => void) | null = null;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const end = (): void => {
      leave?.();
      if (timer) clearTimeout(timer);
      leave = timer = null;
    };
    const closeWhenExpired = (socket: WSContext): void => {
      const left = expires.getTime() - now().getTime();
      if (left <= 0) {
        end();
        socket.close(expired, "The token has expired.");
        return;
      }
      timer = setTimeout(() => closeWhenExpired(socket), Math.min(left, longestTimer));
      // In a page (mocks, demos) a timer is a number, and nothing waits for it.
      if (typeof timer === "object") timer.unref();
    };
    return {
      onOpen(_event: Event, socket: WSContext): void {
        leave = hub.add(tenant.school, (seq) => {
          // A socket that is closing says so by itself; a hint may be lost.
          if (socket.readyState === 1) socket.send(JSON.stringify({ seq }));
        });
        closeWhenExpired(socket);
      },
      onClose: end,
      onError: end,
    };
  }
}

/**
 * A browser sends cookies and opens sockets for any page, but it always says for which: a page of another origin is
 * refused. What is no browser sends no origin, and shows its token in a header, which a page cannot.
 * @throws FORBIDDEN
 */
function refuseOrigin(c: Context<Env>, origins: readonly string[]): void {
  const origin = c.req.header("origin");
  if (origin === undefined && c.req.header("authorization") !== undefined) return;
  const own = origin !== undefined && URL.canParse(origin) && new URL(origin).host === c.req.header("host");
  if (own || (origin !== undefined && origins.includes(origin))) return;
  throw new AdapterError("FORBIDDEN", "Pages of this origin may not connect.", {
    fix: "Add the origin of the page to the server's origins.",
  });
}

/** From the header, or from the subprotocols: `hda.live.1, bearer.<token>`, since a page can set no header. */
function tokenOf(c: Context<Env>): string | undefined {
  const offered = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((text) => text.trim());
  const bearer = offered.find((text) => text.startsWith("bearer."));
  if (bearer !== undefined && offered.includes(liveProtocol)) return bearer.slice("bearer.".length);
  return /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
}
