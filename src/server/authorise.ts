/** What a role may do with a domain, and which of its records. */
import type { Domain } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import type { RecordId } from "../domain/ids.ts";
import type { Tenant } from "./db/with-tenant.ts";

/** `own`: only records whose owner field names `studentId`; `null` there means none at all. */
export type Sight = { readonly kind: "all" } | { readonly kind: "own"; readonly studentId: RecordId | null };

/** @throws FORBIDDEN when the role may not read the domain */
export function mayRead(tenant: Tenant, domain: Domain): Sight {
  const right = domain.rights[tenant.role];
  // A domain without an owner field has no own records.
  if (right === "own") return { kind: "own", studentId: domain.owner === null ? null : tenant.studentId };
  if (right === "none") throw new AdapterError("FORBIDDEN", `The role ${tenant.role} may not read ${domain.name}.`);
  return { kind: "all" };
}

/** @throws FORBIDDEN when the role may not write the domain */
export function mayWrite(tenant: Tenant, domain: Domain): void {
  if (domain.rights[tenant.role] !== "write") {
    throw new AdapterError("FORBIDDEN", `The role ${tenant.role} may not change ${domain.name}.`);
  }
}
