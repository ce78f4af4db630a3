/** Storybook's static build, served from a folder below the root as GitHub Pages and its like do, in real Chromium. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { promisify } from "node:util";
import type { FrameLocator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Launched, type Profile, profile } from "../../support/page.ts";

const root = join(import.meta.dirname, "../../..");
const below = "/demo/storybook/";
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};
/** How long a page may take on a machine that is busy with other tests. */
const patience = { timeout: 60_000 };

let built: string;
let server: Server | undefined;
let address: string;
let own: Profile;
let running: Launched;
/** What went wrong in the page, by its own word and by the server's. */
let complaints: string[];

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), "hda-storybook-"));
  const storybook = createRequire(import.meta.url).resolve("storybook/internal/bin/dispatcher");
  await promisify(execFile)(process.execPath, [storybook, "build", "--quiet", "--output-dir", built], { cwd: root });
  const serving = createServer(({ url = "/" }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://page").pathname));
    try {
      if (!path.startsWith(below)) throw new Error("outside of the folder");
      const file = join(built, path.slice(below.length) || "index.html");
      const body = readFileSync(file);
      response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
      response.end(body);
    } catch {
      complaints.push(`not there: ${url}`);
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise<void>((resolve) => serving.listen(0, "127.0.0.1", resolve));
  server = serving;
  address = `http://localhost:${(serving.address() as AddressInfo).port}${below}`;
}, 300_000);
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  rmSync(built, { recursive: true, force: true });
});
beforeEach(async () => {
  complaints = [];
  own = profile();
  running = await own.launch();
});
afterEach(async () => {
  await running.kill();
  own.remove();
});

async function open(path: string): Promise<{ page: Page; preview: FrameLocator }> {
  const page = await running.context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`${address}?path=${path}`);
  return { page, preview: page.frameLocator("#storybook-preview-iframe") };
}

/** Adds a student to the demo that is open, and finds it where its stage says. */
async function addTo(preview: FrameLocator, acknowledged: string): Promise<void> {
  await preview.getByRole("list", { name: "Students" }).getByText("Ada Lovelace").waitFor(patience);
  await preview.getByLabel("New student").fill("Aaron Swartz");
  await preview.getByRole("button", { name: "Add", exact: true }).click();
  await preview.getByText(`Aaron Swartz: ${acknowledged}.`).waitFor(patience);
  const row = preview.getByRole("row", { name: "Aaron Swartz" });
  await row.getByText("synced").waitFor(patience);
  expect(await row.getByText("Aaron Swartz").count()).toBe(3);
  expect(complaints).toEqual([]);
}

test("under a sub-path a story runs with its server, its worker and its database, and nothing is missing", async () => {
  const { page, preview } = await open("/story/stages-4-live--demo");
  await addTo(preview, "saved on the server");
  const scopes = await page.evaluate(async () => {
    const registrations = await navigator.serviceWorker.getRegistrations();
    return registrations.map(({ scope }) => new URL(scope).pathname);
  });
  expect(scopes).toEqual([below]);
});

test("under a sub-path the documentation page of a stage shows a demo that works", async () => {
  const { preview } = await open("/docs/stages-2-dualwrite--docs");
  await preview.getByRole("heading", { name: "2 dualwrite" }).waitFor(patience);
  await addTo(preview, "saved on this device");
});
