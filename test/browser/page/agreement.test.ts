/** Writes in trouble in real Chromium, on screens with the hooks and with the slices. */
import { render } from "@testing-library/react";
import { createElement, StrictMode } from "react";
import { afterAll, beforeAll, vi } from "vitest";
import { schoolInPage } from "../../adapter/school-in-page.ts";
import { agreementContract } from "../../contracts/agreement.ts";
import { pageServer } from "../../support/page-server.ts";
import { hooksScreen, slicesScreen } from "../../support/screens.ts";
import type { TestServer } from "../../support/server-on.ts";

vi.setConfig({ testTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await pageServer();
}, 60_000);
afterAll(() => server.close());

agreementContract((stage) => schoolInPage(server, stage), {
  makers: { hooks: hooksScreen, slices: slicesScreen },
  draw({ tree }) {
    const { container, unmount } = render(createElement(StrictMode, null, tree));
    return {
      lines: () => [...container.querySelectorAll("p")].map(({ textContent }) => textContent ?? ""),
      close: unmount,
    };
  },
});
