/** What only an administrator of the school may do. */
import { AdapterError } from "../domain/errors.ts";
import type { Tenant } from "./db/with-tenant.ts";

/** @throws FORBIDDEN */
export function requireAdmin(tenant: Tenant): void {
  if (tenant.role !== "admin") throw new AdapterError("FORBIDDEN", "Only an administrator of the school may do this.");
}
