/** Whether a client is recent enough for this server, and this server for the client. */
import type { DomainSet } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import type { Patch } from "../domain/sync-wire.ts";

const versionPattern = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** @throws CONFIG_INVALID for a minimum that is no version such as 1.4.0 */
export function requireVersion(minimum: string | undefined): void {
  if (minimum !== undefined && !versionPattern.test(minimum)) {
    throw new AdapterError("CONFIG_INVALID", `"${minimum}" is no version such as 1.4.0.`, { place: "minimumClient" });
  }
}

/** By numbers; a version with a suffix stands before the one without. What is no version is older than all. */
function isOlder(version: string | undefined, minimum: string): boolean {
  const [a, b] = [versionPattern.exec(version ?? ""), versionPattern.exec(minimum)];
  if (!a || !b) return true;
  for (const part of [1, 2, 3]) {
    const difference = Number(a[part]) - Number(b[part]);
    if (difference !== 0) return difference < 0;
  }
  return a[4] !== undefined && b[4] === undefined;
}

/**
 * @throws CLIENT_OUTDATED for a client below the minimum, or one that pushes records of an older shape; SCHEMA_NEWER when
 * the client knows a newer shape than this server
 */
export function requireCurrent(domains: DomainSet, minimum: string | undefined, request: Patch): void {
  if (minimum !== undefined && isOlder(request.clientVersion, minimum)) {
    throw new AdapterError("CLIENT_OUTDATED", `This server needs version ${minimum} or later.`, { facts: { minimum } });
  }
  const pushed = new Set(request.mutations.map((mutation) => mutation.domain));
  for (const [name, version] of Object.entries(request.schemaVersions ?? {})) {
    if (!domains.has(name)) continue;
    const { schemaVersion } = domains.get(name);
    const facts = { domain: name, client: version, server: schemaVersion };
    if (version > schemaVersion) {
      throw new AdapterError("SCHEMA_NEWER", `The client's shape of ${name} is newer than this server's.`, {
        fix: "Update the server; what waits is kept.",
        facts,
      });
    }
    if (version < schemaVersion && pushed.has(name)) {
      throw new AdapterError("CLIENT_OUTDATED", `The client's shape of ${name} is older than this server's.`, {
        facts,
      });
    }
  }
}
