/** Runs whole migrations against a test server, as the command does. */
import { domainSet } from "../../src/domain/define-domain.ts";
import { createBackup, proveBackup } from "../../src/migration/backup/backup.ts";
import { migrate } from "../../src/migration/migrate.ts";
import type { MigrateOptions, MigrateReport, MigrationBase } from "../../src/migration/options.ts";
import type { LegacySource } from "../../src/migration/types.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { type TestServer, testSchool } from "./server.ts";

export const domains = domainSet(schoolDomains);

/** What every call of the migration needs, for a test server in this process or for one on a port. */
export function baseFor(server: Pick<TestServer, "fetch" | "token">, baseUrl?: string): MigrationBase {
  return {
    school: testSchool,
    domains,
    remote: {
      fetch: baseUrl ? globalThis.fetch : server.fetch,
      baseUrl: baseUrl ?? "http://server",
      token: () => server.token(),
      sleep: async () => {},
      random: () => 0.5,
      retries: 0,
    },
  };
}

export function migrateInto(
  base: MigrationBase,
  source: LegacySource,
  options: Partial<MigrateOptions> = {},
): Promise<MigrateReport> {
  const content = { kind: "source" as const, source };
  const { school } = base;
  const backup = async () => {
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    const file = await createBackup({ content, school, createdAt: "2026-01-01T00:00:00.000Z", random });
    return proveBackup(file, content, { school });
  };
  return migrate({ ...base, source, backup, ...options });
}
