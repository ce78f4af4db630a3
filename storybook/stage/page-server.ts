/** The one real server of this page, its database in memory, for all the schools that the stories open. */

import { schemaDumpUrl } from "virtual:schema-dump";
import { PGlite } from "@electric-sql/pglite";
import { setupWorker } from "msw/browser";
import { type MockSchool, mockSchool } from "../../mocks/mock-school.ts";

export interface PageServer {
  readonly mock: MockSchool;
  /** Answers the page's requests with it. */
  readonly worker: ReturnType<typeof setupWorker>;
}

let starting: Promise<PageServer> | undefined;

/** Started at the first call: the add-on calls once per story until the first call ends, and a page has one worker. */
export const pageServer = (): Promise<PageServer> => {
  starting ??= start();
  return starting;
};

async function start(): Promise<PageServer> {
  const dump = await fetch(schemaDumpUrl);
  const client = await PGlite.create({
    loadDataDir: new Blob([await dump.arrayBuffer()], { type: "application/gzip" }),
  });
  const mock = await mockSchool({ client });
  const worker = setupWorker(...mock.handlers);
  await worker.start({
    quiet: true,
    // Relative, so that a build works under any path.
    serviceWorker: { url: "./mockServiceWorker.js" },
    onUnhandledFrame: "bypass",
  });
  return { mock, worker };
}
