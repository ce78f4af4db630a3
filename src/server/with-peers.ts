/** Optional packages: loaded when needed, and named with the line that installs them when they are missing. */
import { AdapterError } from "../domain/errors.ts";

/** @throws PEER_MISSING, naming the line that installs it */
export async function withPeers<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const name = missingPackage(error);
    if (name === null) throw error;
    throw peerMissing(name, error);
  }
}

/** What is needed together is named together: one line, not one failure for each package. */
const together: readonly (readonly string[])[] = [
  ["hono", "drizzle-orm", "jose", "pino"],
  ["@hono/node-server", "ws"],
];

function peerMissing(name: string, cause: unknown): AdapterError {
  const names = together.find((group) => group.includes(name)) ?? [name];
  const fix = `npm install ${names.join(" ")}`;
  return new AdapterError("PEER_MISSING", `The package ${name} is not installed.`, { fix, cause });
}

/** Node gives the name of a missing package in the message alone. */
function missingPackage(error: unknown): string | null {
  if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) return null;
  return /Cannot find package '([^']+)'/.exec(error.message)?.[1] ?? null;
}
