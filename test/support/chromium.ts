/** The Chromium that the tests and benches of the browser run on, unpacked once per version. */
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Flags that keep Chromium quiet on a closed network. Not chromium.args: they switch off web security and run one process. */
export const chromiumArgs: readonly string[] = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
];

const version = (() => {
  const file = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  return (JSON.parse(readFileSync(join(dirname(file), "../package.json"), "utf8")) as { version: string }).version;
})();
const folder = join(import.meta.dirname, `../../node_modules/.cache/chromium/${version}`);

/** Path of the browser, whether it is there yet or not: `CHROMIUM_PATH`, or where `unpackChromium` puts it. */
export const chromiumFile = (): string => process.env.CHROMIUM_PATH ?? join(folder, "chromium");

/** Unpacks it; by itself the package would re-use whatever an older version left in the temporary folder. */
export async function unpackChromium(): Promise<string> {
  const file = chromiumFile();
  if (existsSync(file)) return file;
  const part = `${folder}.${process.pid}`;
  mkdirSync(part, { recursive: true });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = part;
  try {
    // Loaded late: it reads its surroundings when imported.
    const { default: chromium } = await import("@sparticuz/chromium");
    await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  if (!existsSync(file)) renameSync(part, folder);
  return file;
}
