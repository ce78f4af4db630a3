/** Writes in trouble, on a simulated device; the screen is drawn as a server would draw it. */
import { renderToStaticMarkup } from "react-dom/server";
import { afterAll, beforeAll } from "vitest";
import { agreementContract } from "../contracts/agreement.ts";
import { slicesScreen } from "../support/screens.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { adapterSchool } from "./adapter-school.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

// The hooks read in effects, which no server runs; they are drawn in Chromium.
agreementContract((stage) => adapterSchool(server, stage), {
  makers: { slices: slicesScreen },
  draw: ({ tree }) => ({
    lines: () => [...renderToStaticMarkup(tree).matchAll(/<p>(.*?)<\/p>/g)].map(([, line]) => line ?? ""),
    close: () => undefined,
  }),
});
