/** A store that a newer program has written is only read: writing the older form would lose what it does not know. */
import type { DomainSet } from "../domain/define-domain.ts";
import type { Meta } from "./stored.ts";

/** What of it is newer than this program, in words; `null`: nothing. */
export function newerThan({ schemaVersions }: Meta, domains: DomainSet): string | null {
  for (const { name, schemaVersion } of domains.all) {
    const version = schemaVersions[name] ?? schemaVersion;
    if (version > schemaVersion)
      return `The records of ${name} are stored in version ${version}; this program knows ${schemaVersion}.`;
  }
  return null;
}
