/** `hybrid-data-adapter/server`: the server, on the embedded database or PostgreSQL. */
import type { Server, ServerOptions } from "./create-server.ts";
import type { Listening, ListenOptions } from "./listen.ts";
import type { TokenOptions } from "./token.ts";
import { withPeers } from "./with-peers.ts";

export type { App, AppOptions } from "./create-app.ts";
export type { DatabaseOptions, Server, ServerOptions } from "./create-server.ts";
export type { Listening, ListenOptions } from "./listen.ts";
export type { AuthOptions } from "./middleware/auth.ts";
export type { RateLimit } from "./middleware/rate-limit.ts";
export type { PubSub } from "./pubsub.ts";
export type { Logger, Services } from "./services.ts";
export type { TokenOptions } from "./token.ts";

/**
 * Opens the database and makes the server.
 * @throws PEER_MISSING, STORE_BUSY, ROLE_UNSAFE, SCHEMA_NEWER, CONFIG_INVALID
 * @example
 * ```ts
 * const server = await createServer({ database: { folder: "./data" }, auth: { secret: process.env.SECRET } });
 * const { url } = await listen(server, { port: 8787 });
 * ```
 */
export const createServer = (options: ServerOptions): Promise<Server> =>
  withPeers(async () => (await import("./create-server.ts")).createServer(options));

/** Puts a server on a port. @throws PEER_MISSING */
export const listen = (server: Server, options: ListenOptions): Promise<Listening> =>
  withPeers(async () => (await import("./listen.ts")).listen(server, options));

/** Makes a token for development. @throws PEER_MISSING, CONFIG_INVALID */
export const makeToken = (options: TokenOptions): Promise<string> =>
  withPeers(async () => (await import("./token.ts")).makeToken(options));

/**
 * Makes a PostgreSQL database ready for a server: the schema as its owner, and the role of `runtimeUrl`.
 * @throws PEER_MISSING, CONFIG_INVALID, SCHEMA_NEWER
 */
export const provision = (ownerUrl: string, runtimeUrl: string): Promise<string[]> =>
  withPeers(async () => (await import("./db/provision.ts")).provision(ownerUrl, runtimeUrl));
