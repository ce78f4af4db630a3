/** `doctor`: can this machine, this place and this token do what the other commands need? */
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isAdapterError } from "../../domain/errors.ts";
import { remote as remoteOf } from "../../migration/remote.ts";
import type { Command } from "../command.ts";
import { type ConnectOptions, connected } from "../connect.ts";
import type { Io } from "../io.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { peers } from "../peers.ts";
import { describePlace, ownFolder, type Place, placeOf } from "../place.ts";
import { plural } from "../text.ts";

export type DoctorOptions = ConnectOptions & Pick<AllOptions, "setup">;

export interface Check {
  readonly name: string;
  /** `note`: worth knowing, nothing is wrong. */
  readonly state: "ok" | "note" | "wrong";
  readonly message: string;
  readonly fix?: string;
}

/** Looks, and changes nothing unless `setup` is said. Never throws for what it finds wrong. */
export async function doctor(options: DoctorOptions, io: Io) {
  const place = placeOf(options, io);
  const checks = [nodeCheck(process.versions.node), ...peerChecks(place), await folderCheck(place, io)];
  if (place.kind === "http") checks.push(...(await serverChecks(place.url, io)));
  if (checks.every((check) => check.state !== "wrong")) checks.push(...(await placeChecks(options, place, io)));
  const ok = checks.every((check) => check.state !== "wrong");
  const marks = { ok: "ok   ", note: "note ", wrong: "WRONG" };
  const lines = checks.flatMap(({ state, name, message, fix }) => [
    `${marks[state]} ${name}: ${message}`,
    ...(fix === undefined ? [] : [`        ${fix}`]),
  ]);
  return done({ ok, place: describePlace(place), checks }, lines.join("\n"), ok);
}

function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return { name: "node", state: "ok", message: version };
  return { name: "node", state: "wrong", message: `${version} is too old`, fix: "Install Node 22.12 or newer." };
}

function peerChecks(place: Place): Check[] {
  const { resolve } = createRequire(import.meta.url);
  const needed = (name: string): boolean => {
    if (place.kind === "http" || name === "@hono/node-server") return false;
    if (name === "postgres") return place.kind === "postgres";
    return name !== "@electric-sql/pglite" || place.kind === "folder";
  };
  return Object.entries(peers).map(([name, what]): Check => {
    if (isInstalled(name, resolve)) return { name, state: "ok", message: `installed, for ${what}` };
    const fix = `npm install ${name}`;
    return { name, state: needed(name) ? "wrong" : "note", message: `PEER_MISSING, needed for ${what}`, fix };
  });
}

function isInstalled(name: string, resolve: (name: string) => string): boolean {
  try {
    resolve(name);
    return true;
  } catch (error) {
    // A package without an entry for `require` is there all the same.
    return !(error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND");
  }
}

async function folderCheck(place: Place, io: Io): Promise<Check> {
  const folder = ownFolder(place, io.cwd);
  const wasThere = existsSync(folder);
  const probe = join(folder, `.doctor-${process.pid}`);
  let made: string | undefined;
  try {
    made = await mkdir(folder, { recursive: true });
    await writeFile(probe, "");
    return {
      name: "folder",
      state: "ok",
      message: `${folder} can be written${wasThere ? "" : " (it is not there yet)"}`,
    };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
    return {
      name: "folder",
      state: "wrong",
      message: `${folder} cannot be written${code}`,
      fix: "Choose another --to.",
    };
  } finally {
    await rm(probe, { force: true }).catch(() => {});
    if (made !== undefined) await rm(made, { recursive: true, force: true }).catch(() => {});
  }
}

const mostSkewMs = 5_000;

async function serverChecks(url: string, io: Io): Promise<Check[]> {
  const before = io.now().getTime();
  let response: Response;
  try {
    response = await fetch(`${url}/readyz`, { signal: AbortSignal.any([io.signal, AbortSignal.timeout(10_000)]) });
  } catch {
    return [
      { name: "server", state: "wrong", message: `${url} does not answer`, fix: "Check the address and that it runs." },
    ];
  }
  await response.body?.cancel();
  if (!response.ok) {
    return [{ name: "server", state: "wrong", message: `${url} says that it is not ready (${response.status})` }];
  }
  const after = io.now().getTime();
  const theirs = Date.parse(response.headers.get("date") ?? "");
  const checks: Check[] = [{ name: "server", state: "ok", message: `${url} is ready` }];
  if (Number.isNaN(theirs)) return checks;
  // The header counts whole seconds, and was written somewhere between asking and hearing.
  const skew = theirs + 1000 < before ? theirs + 1000 - before : theirs > after ? theirs - after : 0;
  const seconds = Math.round(Math.abs(skew) / 1000);
  checks.push(
    Math.abs(skew) <= mostSkewMs
      ? { name: "clock", state: "ok", message: "agrees with the server's" }
      : {
          name: "clock",
          state: "note",
          message: `is ${plural(seconds, "second")} ${skew > 0 ? "behind" : "ahead of"} the server's`,
          fix: "Set the clock; tokens made here may be refused there.",
        },
  );
  return checks;
}

async function placeChecks(options: DoctorOptions, place: Place, io: Io): Promise<Check[]> {
  if (place.kind === "folder" && !existsSync(join(place.folder, "pglite"))) {
    return [{ name: "database", state: "note", message: "there is none yet; the first migrate or serve makes it" }];
  }
  // Without --setup the owner is not asked, because that would change the schema.
  const quiet = options.setup ? io : { ...io, env: { ...io.env, HDA_OWNER_URL: undefined } };
  const asked = options.setup ? options : { ...options, ownerUrl: undefined };
  try {
    return await connected(asked, quiet, async ({ remote, schoolName }) => {
      const imports = await remoteOf({ ...remote, retries: 0 }).imports();
      const opened: Check[] =
        place.kind === "http"
          ? [{ name: "token", state: "ok", message: "accepted" }]
          : [
              { name: "database", state: "ok", message: `${place.kind} answers` },
              { name: "schema", state: "ok", message: "is this program's, with row security on every table" },
            ];
      if (place.kind === "postgres")
        opened.push({ name: "role", state: "ok", message: "owns nothing and cannot bypass row security" });
      return [
        ...opened,
        { name: "imports", state: "ok", message: `${plural(imports.length, "import")} of ${schoolName}` },
      ];
    });
  } catch (error) {
    if (!isAdapterError(error)) throw error;
    return [
      {
        name: nameOf[error.code] ?? "database",
        state: "wrong",
        message: `${error.code}: ${error.message}`,
        fix: error.fix,
      },
    ];
  }
}

const nameOf: Readonly<Record<string, string>> = {
  ROLE_UNSAFE: "role",
  SCHEMA_NEWER: "schema",
  UNAUTHENTICATED: "token",
  FORBIDDEN: "token",
};

export const doctorCommand: Command<DoctorOptions> = {
  name: "doctor",
  summary: "check this machine, the packages, the place and the token",
  options: ["to", "school", "token", "ownerUrl", "setup"],
  examples: [
    ["doctor", "this machine and the embedded database"],
    ["doctor --to https://school.example", "a server, its clock and HDA_TOKEN"],
    ["doctor --to postgres://… --owner-url postgres://… --setup", "make schema and role, then check them"],
  ],
  run: doctor,
};
