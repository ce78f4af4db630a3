/** `serve`: the server on a port, until it is stopped. */
import { AdapterError } from "../../domain/errors.ts";
import type { AuthOptions } from "../../server/middleware/auth.ts";
import type { Command, Result } from "../command.ts";
import { openServer } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { defaultPort, listenAt, stopped } from "../listen.ts";
import type { AllOptions } from "../options.ts";
import { describePlace, type Place, placeOf } from "../place.ts";
import { serverSecret } from "../secrets.ts";

export type ServeOptions = Pick<AllOptions, "to" | "ownerUrl" | "port" | "host" | "origin" | "json">;

/** @throws CONFIG_INVALID, STORE_BUSY, ROLE_UNSAFE, SCHEMA_NEWER, SERVER_UNREACHABLE */
export async function serve(options: ServeOptions, io: Io): Promise<Result> {
  const place = placeOf(options, io);
  if (place.kind === "http") {
    throw new AdapterError("CONFIG_INVALID", "A server keeps its records in a folder or in PostgreSQL.", {
      place: "--to",
      fix: "Give --to a folder or postgres://…",
    });
  }
  const auth = await authOf(place, io);
  const server = await openServer(place, { auth, private: false, origins: options.origin }, io);
  try {
    const { port = defaultPort, host } = options;
    const { url, close } = await listenAt(server, { port, host });
    const where = describePlace(place);
    const facts = { url, place: where, docs: `${url}/docs`, openapi: `${url}/openapi.json` };
    const lines = [`Serving ${where} at ${url}`, `  API described at ${url}/docs`, "  Ctrl-C stops it."];
    io.stdout.write(options.json ? `${JSON.stringify(facts)}\n` : `${lines.join("\n")}\n`);
    await stopped(io.signal);
    await close();
  } catch (error) {
    await server.close();
    throw error;
  }
  return { value: null, text: "", exitCode: exitCodes.ok };
}

/** HDA_JWKS names the keys of a sign-in service; without it the server has a secret of its own. */
async function authOf(place: Place, io: Io): Promise<AuthOptions> {
  const { HDA_JWKS: jwks, HDA_ISSUER: issuer, HDA_AUDIENCE: audience } = io.env;
  const expected = { ...(issuer ? { issuer } : {}), ...(audience ? { audience } : {}) };
  if (!jwks) return { ...expected, secret: await serverSecret(place, io) };
  if (!URL.canParse(jwks)) throw new AdapterError("CONFIG_INVALID", "HDA_JWKS is no address.", { place: "HDA_JWKS" });
  return { ...expected, jwks };
}

export const serveCommand: Command<ServeOptions> = {
  name: "serve",
  summary: "run the server; the tokens' secret is HDA_SECRET (or a file in the folder), or HDA_JWKS names public keys",
  options: ["to", "ownerUrl", "port", "host", "origin"],
  examples: [
    ["serve", "on the embedded database in ./.hybrid-data-adapter, at http://127.0.0.1:8787"],
    ["serve --origin http://localhost:5173", "also for a page that another server delivers"],
    ["serve --to postgres://… --owner-url postgres://…", "on PostgreSQL, making the schema and the role"],
  ],
  run: serve,
};
