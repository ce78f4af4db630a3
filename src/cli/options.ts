/** The options, alike in every command that has them. */
import { InvalidArgumentError, Option } from "commander";

/** All options of all commands, as they come from the command line. */
export interface AllOptions {
  readonly to?: string;
  readonly school?: string;
  readonly token?: string;
  readonly ownerUrl?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly layout?: string;
  readonly domain?: string;
  readonly namespace?: "shared" | "own";
  readonly passwordFile?: string;
  readonly deep?: boolean;
  readonly showValues?: boolean;
  readonly inventory?: boolean;
  readonly import?: string;
  readonly format?: "json" | "csv" | "sql";
  readonly out?: string;
  readonly port?: number;
  readonly host?: string;
  readonly origin?: readonly string[];
  readonly once?: boolean;
  readonly seed?: number;
  readonly role?: "admin" | "teacher" | "student" | "viewer";
  readonly user?: string;
  readonly student?: string;
  readonly hours?: number;
  readonly setup?: boolean;
  readonly demo?: string;
  readonly excludeDemo?: boolean;
  readonly all?: boolean;
  readonly keep?: "first" | "second" | "restore";
}
export type OptionName = Exclude<keyof AllOptions, "json">;

export const defaultFolder = "./.hybrid-data-adapter";

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d{1,10}$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`A whole number from ${least} to ${most} is expected.`);
    return value;
  };

/** Text that says something: `--school ""` is a variable that was not set, not a school. */
const filled = (text: string): string => {
  if (!text.trim()) throw new InvalidArgumentError("It is empty.");
  return text;
};

const makers: Readonly<Record<keyof AllOptions, () => Option>> = {
  to: () =>
    new Option(
      "--to <place>",
      `folder of an embedded database, postgres://… or http(s)://… of a server (default: $DATABASE_URL, else ${defaultFolder})`,
    ).argParser(filled),
  school: () =>
    new Option("--school <name>", "name or UUID of the school (default: my-school, or the token's)").argParser(filled),
  token: () => new Option("--token <jwt>", "for a server at http(s)://… ($HDA_TOKEN)").argParser(filled),
  ownerUrl: () =>
    new Option(
      "--owner-url <url>",
      "postgres://… of the owner of the schema, to bring it up to date ($HDA_OWNER_URL)",
    ).argParser(filled),
  yes: () => new Option("-y, --yes", "answer every question with yes"),
  json: () => new Option("--json", "print one JSON object"),
  dryRun: () => new Option("--dry-run", "do everything but the writes"),
  layout: () =>
    new Option(
      "--layout <file>",
      "JSON file that declares the layout of the old app, or origin for the known one",
    ).argParser(filled),
  domain: () => new Option("--domain <name>", "what the records of a bare list are, e.g. students").argParser(filled),
  namespace: () =>
    new Option(
      "--namespace <which>",
      "shared: the school's browsers held one data set; own: this one held its own",
    ).choices(["shared", "own"]),
  passwordFile: () =>
    new Option("--password-file <file>", "file with the password of the backup ($HDA_BACKUP_PASSWORD)").argParser(
      filled,
    ),
  deep: () => new Option("--deep", "read every row and compute its digest here"),
  showValues: () => new Option("--show-values", "show the differing values, which may be personal"),
  inventory: () => new Option("--inventory", "list every key with its inferred shape"),
  import: () => new Option("--import <id>", "which import (default: the only one)").argParser(filled),
  format: () => new Option("--format <format>", "form of the records").choices(["json", "csv", "sql"]),
  out: () => new Option("--out <path>", "where to write it").argParser(filled),
  port: () => new Option("--port <number>", "port to listen on (default: 8787)").argParser(whole(0, 65_535)),
  host: () => new Option("--host <name>", "address to listen on (default: 127.0.0.1)").argParser(filled),
  origin: () => new Option("--origin <url...>", "origins whose pages may call, besides the server's own"),
  once: () => new Option("--once", "end after the print instead of serving on"),
  seed: () =>
    new Option("--seed <number>", "another seed gives another school (default: 1)").argParser(whole(0, 2 ** 32 - 1)),
  role: () =>
    new Option("--role <role>", "who the token is for (default: admin)").choices([
      "admin",
      "teacher",
      "student",
      "viewer",
    ]),
  user: () => new Option("--user <name>", "name of the user in the history (default: developer)").argParser(filled),
  student: () => new Option("--student <uuid>", "the student that the user is, for --role student").argParser(filled),
  hours: () => new Option("--hours <number>", "how long the token is valid (default: 12)").argParser(whole(1, 8760)),
  demo: () => new Option("--demo <file>", "dump of the records that the old app came with").argParser(filled),
  excludeDemo: () => new Option("--exclude-demo", "leave out what equals a record of --demo"),
  all: () => new Option("--all", "every open one"),
  keep: () =>
    new Option("--keep <side>", "first: what stands; second or restore: what lost").choices([
      "first",
      "second",
      "restore",
    ]),
  setup: () => new Option("--setup", "bring the schema of a PostgreSQL up to date, with --owner-url"),
};

export const optionOf = (name: keyof AllOptions): Option => makers[name]();
