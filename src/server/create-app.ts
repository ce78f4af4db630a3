/** The HTTP side: middleware in the order in which it must run, then the routes. */
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { AdapterError } from "../domain/errors.ts";
import { createCounters } from "./counters.ts";
import type { Env } from "./env.ts";
import { allowOrigins } from "./middleware/allow-origins.ts";
import { type AuthOptions, auth } from "./middleware/auth.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { logRequests } from "./middleware/log-requests.ts";
import { defaultRateLimit, type RateLimit, rateLimit } from "./middleware/rate-limit.ts";
import { requestId } from "./middleware/request-id.ts";
import { problemResponse, speakable } from "./problem.ts";
import { digestRoutes } from "./routes/digest.ts";
import { healthRoutes } from "./routes/health.ts";
import { migrationRoutes } from "./routes/migration.ts";
import { openapiRoutes } from "./routes/openapi.ts";
import { restRoutes } from "./routes/rest.ts";
import { syncRoutes } from "./routes/sync.ts";
import type { Services } from "./services.ts";

export interface AppOptions {
  readonly auth: AuthOptions;
  /** Origins of pages that may call, such as `https://school.example`; none by default. */
  readonly origins?: readonly string[];
  /** Longest body in bytes, unpacked; 16 MiB by default. */
  readonly maxBody?: number;
  readonly rateLimit?: RateLimit;
}

export type App = Hono<Env>;

/** @throws CONFIG_INVALID for a secret that is too short or an origin that is none */
export function createApp(services: Services, options: AppOptions): App {
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
  app.use(
    requestId,
    logRequests(services.log, counters, () => performance.now()),
  );
  app.use(allowOrigins(options.origins ?? []));
  app.route("/", healthRoutes(services, counters));
  app.route("/", openapiRoutes(services));
  app.use("/api/*", auth(options.auth, services.now));
  app.use("/api/*", rateLimit(options.rateLimit ?? defaultRateLimit, services.now));
  app.use("/api/*", bodyLimit(options.maxBody ?? 16 * 1024 * 1024));
  app.route("/", syncRoutes(services));
  app.route("/", digestRoutes(services));
  app.route("/", migrationRoutes(services));
  // Last: /api/:domain would take the names of the others.
  app.route("/", restRoutes(services));
  return app;
}

const fromHono = (error: HTTPException): AdapterError =>
  new AdapterError(error.status < 500 ? "BAD_REQUEST" : "INTERNAL", "The request could not be read.", { cause: error });
