/** The schema's steps, in the order in which they run. */
import { base } from "./0001-base.ts";
import { migration } from "./0002-migration.ts";
import { sync } from "./0003-sync.ts";
import { joins } from "./0004-joins.ts";
import { retiredClients } from "./0005-retired-clients.ts";

export interface SchemaMigration {
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly SchemaMigration[] = [base, migration, sync, joins, retiredClients];
