/** The API as a process of its own, to be killed: `node api-process.ts <url> <secret>` prints its address. */
import { createServer } from "../../../src/server/create-server.ts";
import { listen } from "../../../src/server/listen.ts";
import { silentLogger } from "../../../src/server/logger.ts";

/** The file to start. */
export const apiProcess = import.meta.filename;

if (import.meta.main) {
  const [url = "", secret = ""] = process.argv.slice(2);
  const server = await createServer({ database: { url, max: 2 }, auth: { secret }, log: silentLogger });
  process.stdout.write(`${(await listen(server, { port: 0 })).url}\n`);
}
