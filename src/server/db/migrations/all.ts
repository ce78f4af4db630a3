/** The schema's steps, in the order in which they run. */
import { base } from "./0001-base.ts";
import { migration } from "./0002-migration.ts";

export interface SchemaMigration {
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly SchemaMigration[] = [base, migration];
