/** What every story has around it: the mocked network, the check for accessibility, the styles. */
import addonA11y from "@storybook/addon-a11y";
import addonDocs from "@storybook/addon-docs";
import { definePreview } from "@storybook/react-vite";
import addonMsw from "msw-storybook-addon";
import { pageServer } from "../storybook/stage/page-server.ts";
import { StageDocs } from "../storybook/ui/stage-docs.tsx";
import "../storybook/ui/demo.css";

export default definePreview({
  addons: [addonDocs(), addonA11y(), addonMsw(async () => (await pageServer()).worker)],
  parameters: {
    a11y: { test: "error" },
    docs: { page: StageDocs },
    layout: "fullscreen",
    options: { storySort: { method: "alphabetical", order: ["Read me first", "Stages", "Faults"] } },
  },
});
