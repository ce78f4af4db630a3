/** A page in real Chromium, driven from outside: our sources bundled by Vite, served here, in a profile that can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { build } from "vite";
import { chromiumArgs, unpackChromium } from "./chromium.ts";

interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers what the page asks of `/api`. */
type Api = (request: Request) => Promise<Response>;

/** Serves a page that runs `entry` (a TypeScript file); precise clocks, so that benches see microseconds. */
export async function servePage(entry: string, api?: Api): Promise<Served> {
  return serveScripts(new Map([["/page.js", await bundle(entry)]]), api);
}

/** Serves several builds of one page: at `/<build>` runs the one that was made with that name as `BUILD`. */
export async function serveBuilds(entry: string, builds: readonly string[], api: Api): Promise<Served> {
  const scripts = new Map<string, string>();
  for (const build of builds) scripts.set(`/${build}/page.js`, await bundle(entry, { BUILD: JSON.stringify(build) }));
  return serveScripts(scripts, api);
}

async function serveScripts(scripts: ReadonlyMap<string, string>, api?: Api): Promise<Served> {
  const server = createServer((request, response) => {
    if (api !== undefined && request.url?.startsWith("/api")) {
      void passOn(api, request, response);
      return;
    }
    const script = scripts.get(request.url ?? "");
    response.writeHead(200, {
      "content-type": script === undefined ? "text/html" : "text/javascript",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    response.end(script ?? '<!doctype html><title>page</title><script type="module" src="page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function passOn(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = "GET", url = "/", headers } = request;
  const sent = Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
  const init: RequestInit = { method, headers: Object.fromEntries(sent) };
  if (method !== "GET") init.body = Buffer.concat(chunks);
  const answer = await api(new Request(`http://${headers.host}${url}`, init));
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

async function bundle(entry: string, define: Readonly<Record<string, string>> = {}): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: false,
      target: "esnext",
      lib: { entry, formats: ["es"], fileName: "page" },
      rolldownOptions: { output: { codeSplitting: false } },
    },
    // The page is no Node: what libraries ask of it at build time.
    define: { "process.env.NODE_ENV": '"production"', ...define },
  });
  const chunk = [output].flat().flatMap((part) => ("output" in part ? part.output : []))[0];
  if (chunk?.type !== "chunk") throw new Error(`Vite made nothing of ${entry}.`);
  return chunk.code;
}

export interface Profile {
  readonly folder: string;
  /** Starts Chromium on the profile. */
  launch(): Promise<Launched>;
  /** Deletes the profile; what was launched must be ended. */
  remove(): void;
}

export interface Launched {
  readonly context: BrowserContext;
  /** SIGKILL to the whole tree of processes: nothing is flushed, nobody says goodbye. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** A fresh profile folder, which outlives the browsers that are launched on it. */
export function profile(): Profile {
  const folder = mkdtempSync(join(tmpdir(), "hda-profile-"));
  return {
    folder,
    launch: () => launch(folder),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

async function launch(folder: string): Promise<Launched> {
  const path = await unpackChromium();
  const port = join(folder, "DevToolsActivePort");
  rmSync(port, { force: true });
  // A killed one leaves its lock, which names a process that is gone.
  for (const lock of ["SingletonLock", "SingletonCookie", "SingletonSocket"])
    rmSync(join(folder, lock), { force: true });
  const child = spawn(
    path,
    [...chromiumArgs, "--headless", "--remote-debugging-port=0", `--user-data-dir=${folder}`, "about:blank"],
    { detached: true, stdio: "ignore" },
  );
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const address = await debuggerOf(port, child);
  const browser = await chromium.connectOverCDP(address);
  const context = browser.contexts()[0];
  if (context === undefined) throw new Error("Chromium has no context.");
  const stop = async (): Promise<void> => {
    // Its group: the browser and every renderer, the network and the storage process.
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await ended;
  };
  return {
    context,
    kill: stop,
    async close() {
      const session = await browser.newBrowserCDPSession();
      await Promise.race([session.send("Browser.close").catch(() => undefined), ended]);
      await ended;
    },
  };
}

/** Chromium writes down where it can be driven, once it can. */
async function debuggerOf(file: string, child: ChildProcess): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`Chromium ended with ${child.exitCode} before it could be driven.`);
    try {
      const [port, path] = readFileSync(file, "utf8").split("\n");
      if (port && path) return `ws://127.0.0.1:${port}${path}`;
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("Chromium did not say within 15 s where it can be driven.");
}
