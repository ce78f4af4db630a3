/** From `--to` to a server that answers: one in this process on a database, or one elsewhere. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { domainSet } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import { parseSchoolId, type SchoolId, schoolIdOf } from "../domain/ids.ts";
import { type Journal, memoryJournal } from "../migration/journal.ts";
import type { MigrationBase, RemoteOptions } from "../migration/options.ts";
import { schoolDomains } from "../school/domains.ts";
import type { Server } from "../server/create-server.ts";
import type { AuthOptions } from "../server/middleware/auth.ts";
import { withPeers } from "../server/with-peers.ts";
import { fileJournal } from "./file-journal.ts";
import { type Io, randomShare } from "./io.ts";
import { ownFolder, type Place, placeOf } from "./place.ts";

export interface ConnectOptions {
  readonly to?: string;
  readonly ownerUrl?: string;
  readonly school?: string;
  readonly token?: string;
}

export interface Connection extends MigrationBase {
  readonly place: Place;
  /** As it was named, for people. */
  readonly schoolName: string;
  readonly journal: Journal;
  /** Where this command keeps files of its own. */
  readonly ownFolder: string;
  close(): Promise<void>;
}

export const defaultSchool = "my-school";
export const domains = domainSet(schoolDomains);

/**
 * @throws STORE_BUSY, ROLE_UNSAFE, SCHEMA_NEWER, PEER_MISSING, CONFIG_INVALID, UNAUTHENTICATED; SERVER_UNREACHABLE for
 * a PostgreSQL that does not answer (a server elsewhere is asked later)
 */
export async function connect(options: ConnectOptions, io: Io): Promise<Connection> {
  const place = placeOf(options, io);
  const folder = ownFolder(place, io.cwd);
  const shared = { place, domains, ownFolder: folder, journal: fileJournal(join(folder, "journal")) };
  if (place.kind === "http") {
    const token = options.token ?? (io.env.HDA_TOKEN || undefined);
    if (token === undefined) {
      throw new AdapterError("UNAUTHENTICATED", "A server elsewhere asks for a token.", {
        fix: "Give one with --token or HDA_TOKEN; for development `hybrid-data-adapter token` makes one.",
      });
    }
    const school = schoolOfToken(token, options.school);
    const remote = { ...remoteBase(io), fetch: globalThis.fetch, baseUrl: place.url, token };
    return { ...shared, remote, school, schoolName: options.school ?? school, close: async () => {} };
  }
  const schoolName = options.school ?? defaultSchool;
  const school = schoolIdOf(schoolName);
  // Known to this process alone, and gone with it.
  const secret = Buffer.from(io.random(32)).toString("hex");
  const server = await openServer(place, { auth: { secret }, private: true }, io);
  const { makeToken } = await withPeers(() => import("../server/token.ts"));
  const token = () =>
    makeToken({ secret, school, role: "admin", user: "command line", expiresIn: 3600, now: io.now() });
  const remote = { ...remoteBase(io), fetch: server.fetch, baseUrl: "http://in-process", token };
  return { ...shared, remote, school, schoolName, close: server.close };
}

/** A school in a database that nobody made yet: it has no import. `null` where there may be something. */
export function unconnected(options: ConnectOptions, io: Io): Connection | null {
  const place = placeOf(options, io);
  if (place.kind !== "folder" || existsSync(join(place.folder, "pglite"))) return null;
  const schoolName = options.school ?? defaultSchool;
  const remote = {
    ...remoteBase(io),
    fetch: async () => Response.json({ imports: [] }),
    baseUrl: "http://nowhere",
    token: "none",
  };
  const shared = { place, domains, remote, schoolName, school: schoolIdOf(schoolName) };
  return { ...shared, ownFolder: place.folder, journal: memoryJournal(), close: async () => {} };
}

/** Runs `use` and closes the connection, whatever happens. */
export async function connected<T>(options: ConnectOptions, io: Io, use: (c: Connection) => Promise<T>): Promise<T> {
  const connection = await connect(options, io);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

export const remoteBase = (io: Io): Pick<RemoteOptions, "sleep" | "random" | "signal"> => ({
  sleep: io.sleep,
  random: () => randomShare(io),
  signal: io.signal,
});

export interface OpenServer {
  readonly auth: AuthOptions;
  /** Nobody but this process asks it: no log, which repeats what the command says, and no limit of requests. */
  readonly private: boolean;
  /** Of pages that may call from elsewhere. */
  readonly origins?: readonly string[];
}

/** A server in this process. */
export async function openServer(
  place: Exclude<Place, { kind: "http" }>,
  { auth, private: isPrivate, origins }: OpenServer,
  io: Pick<Io, "now" | "env">,
): Promise<Server> {
  const database = place.kind === "folder" ? { folder: place.folder } : { url: place.url, ownerUrl: place.ownerUrl };
  const rateLimit = isPrivate ? { perSecond: 1_000_000, burst: 1_000_000 } : undefined;
  try {
    return await withPeers(async () => {
      const { createServer } = await import("../server/create-server.ts");
      const { createLogger } = await import("../server/logger.ts");
      const log = await createLogger(io.env.HDA_DEBUG ? "debug" : isPrivate ? "silent" : (io.env.HDA_LOG ?? "info"));
      return createServer({ database, auth, now: io.now, log, rateLimit, origins });
    });
  } catch (error) {
    throw databaseFailure(error, place) ?? error;
  }
}

const unreachable = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "ETIMEDOUT",
  "ECONNRESET",
  "EAI_AGAIN",
  "CONNECT_TIMEOUT",
  "57P03",
  "53300",
];
const refused: Readonly<Record<string, string>> = {
  "28P01": "refuses the user or password",
  "28000": "refuses the user",
  "3D000": "has no such database",
  "42501": "does not let this role see the tables",
  "42P01": "has no schema yet",
};

/** What a database driver says at the start, in our words; its own would repeat the address. */
function databaseFailure(error: unknown, place: Place): AdapterError | null {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (place.kind !== "postgres") return null;
  if (unreachable.includes(code)) {
    return new AdapterError("SERVER_UNREACHABLE", `The PostgreSQL of --to does not answer (${code}).`, {
      cause: error,
    });
  }
  const why = refused[code];
  if (why === undefined) return null;
  const fix = "Give --owner-url (or HDA_OWNER_URL) once: it makes the schema and the role.";
  return new AdapterError("CONFIG_INVALID", `The PostgreSQL of --to ${why}.`, { cause: error, place: "--to", fix });
}

/** The school that a token is for; the server believes the token, so another name here would be a mistake. */
export function schoolOfToken(token: string, named: string | undefined): SchoolId {
  let school: SchoolId;
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    school = parseSchoolId(String((payload as { school?: unknown }).school));
  } catch (cause) {
    throw new AdapterError("UNAUTHENTICATED", "The token is none of this program's: it names no school.", { cause });
  }
  if (named !== undefined && schoolIdOf(named) !== school) {
    throw new AdapterError("CONFIG_INVALID", `The token is for the school ${school}, and --school names another.`, {
      place: "--school",
    });
  }
  return school;
}
