/** What Hono carries from the middleware to a route. */
import type { Tenant } from "./db/with-tenant.ts";

export type Env = {
  Variables: {
    /** Who asks; set by the auth middleware on everything under /api. */
    tenant: Tenant;
    requestId: string;
    /** The bytes of the body, unpacked; set by the body limit. */
    body: Uint8Array;
  };
};
