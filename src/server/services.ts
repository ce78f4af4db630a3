/** What the routes work with; made once, when the server is. */
import type { DomainSet } from "../domain/define-domain.ts";
import type { Database } from "./db/database.ts";

/** Structured lines; never a name, a token or a record in them. */
export interface Logger {
  info(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
}

export interface Services {
  readonly db: Database;
  readonly domains: DomainSet;
  readonly now: () => Date;
  /** Milliseconds of a clock that only goes forward. */
  readonly monotonic: () => number;
  readonly log: Logger;
}
