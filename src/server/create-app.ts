/** The HTTP side: middleware in the order in which it must run, then the routes. */
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { UpgradeWebSocket } from "hono/ws";
import { AdapterError } from "../domain/errors.ts";
import type { SchoolId } from "../domain/ids.ts";
import { maxMutations } from "../domain/sync-wire.ts";
import { adaptiveBatchSize, wholeBatch } from "./batch-size.ts";
import { createCounters } from "./counters.ts";
import type { Env } from "./env.ts";
import { allowOrigins } from "./middleware/allow-origins.ts";
import { type AuthOptions, auth, authenticator } from "./middleware/auth.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { logRequests } from "./middleware/log-requests.ts";
import { defaultRateLimit, type RateLimit, rateLimit } from "./middleware/rate-limit.ts";
import { requestId } from "./middleware/request-id.ts";
import { problemResponse, speakable } from "./problem.ts";
import type { PubSub } from "./pubsub.ts";
import { requireVersion } from "./require-current.ts";
import { conflictRoutes } from "./routes/conflicts.ts";
import { digestRoutes } from "./routes/digest.ts";
import { healthRoutes } from "./routes/health.ts";
import { liveRoutes } from "./routes/live.ts";
import { migrationRoutes } from "./routes/migration.ts";
import { openapiRoutes } from "./routes/openapi.ts";
import { peopleRoutes } from "./routes/people.ts";
import { restRoutes } from "./routes/rest.ts";
import { stageRoutes } from "./routes/stage.ts";
import { syncRoutes } from "./routes/sync.ts";
import type { Services } from "./services.ts";

export interface AppOptions {
  readonly auth: AuthOptions;
  /** Origins of pages that may call, such as `https://school.example`; none by default. */
  readonly origins?: readonly string[];
  /** Longest body in bytes, unpacked; 16 MiB by default. */
  readonly maxBody?: number;
  readonly rateLimit?: RateLimit;
  /** The oldest version of the package that may sync, such as `1.4.0`; any by default. */
  readonly minimumClient?: string;
}

/** What the server makes once, and the routes share. */
export interface AppParts {
  readonly pubsub: PubSub;
  readonly upgradeWebSocket: UpgradeWebSocket | undefined;
  /** Told of every school that is asked for. */
  noteSchool(school: SchoolId): void;
}

export type App = Hono<Env>;

/** @throws CONFIG_INVALID for a secret that is too short, an origin that is none, or a minimum that is no version */
export function createApp(
  services: Services,
  options: AppOptions,
  { pubsub, upgradeWebSocket, noteSchool }: AppParts,
): App {
  requireVersion(options.minimumClient);
  const counters = createCounters();
  const app = new Hono<Env>();
  app.onError((error, c) => {
    const spoken = error instanceof HTTPException ? fromHono(error) : speakable(error);
    if (spoken.code === "INTERNAL") {
      const cause = spoken.cause instanceof Error ? spoken.cause : undefined;
      // The kind of failure and where, but not its message: PostgreSQL repeats values in it.
      const facts = {
        requestId: c.get("requestId"),
        error: cause?.name,
        state: cause && "code" in cause ? cause.code : undefined,
        at: cause?.stack?.match(/^\s+at .*$/m)?.[0]?.trim(),
      };
      services.log.error(facts, "request failed");
    }
    return problemResponse(spoken, c.get("requestId"));
  });
  app.notFound((c) => problemResponse(new AdapterError("NOT_FOUND", "There is nothing here."), c.get("requestId")));
  app.use(requestId, logRequests(services.log, counters, services.monotonic));
  const origins = options.origins ?? [];
  const limit = rateLimit(options.rateLimit ?? defaultRateLimit, services.now);
  const authenticate = authenticator(options.auth, services.now);
  app.use(allowOrigins(origins));
  app.route("/", healthRoutes(services, counters));
  app.route("/", openapiRoutes(services));
  // Before the check of the header: a page shows its token otherwise there.
  app.route("/", liveRoutes(services, { pubsub, upgradeWebSocket, authenticate, origins, limit }));
  app.use("/api/*", auth(authenticate), (c, next) => {
    noteSchool(c.get("tenant").school);
    return next();
  });
  app.use("/api/*", limit);
  app.use("/api/*", bodyLimit(options.maxBody ?? 16 * 1024 * 1024));
  const batch = (services.db.kind === "postgres" ? adaptiveBatchSize : wholeBatch)(maxMutations);
  app.route("/", syncRoutes(services, { batch, minimumClient: options.minimumClient }));
  app.route("/", digestRoutes(services));
  // Before the other migration routes, which are for administrators alone.
  app.route("/", stageRoutes(services));
  app.route("/", migrationRoutes(services));
  app.route("/", conflictRoutes(services));
  app.route("/", peopleRoutes(services));
  // Last: /api/:domain would take the names of the others.
  app.route("/", restRoutes(services));
  return app;
}

const fromHono = (error: HTTPException): AdapterError =>
  new AdapterError(error.status < 500 ? "BAD_REQUEST" : "INTERNAL", "The request could not be read.", { cause: error });
