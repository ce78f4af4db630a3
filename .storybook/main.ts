/** What Storybook is made of. */
import { defineMain } from "@storybook/react-vite/node";
import react from "@vitejs/plugin-react";
import { msw } from "msw/vite";
import { schemaDumpPlugin } from "./schema-dump.ts";

export default defineMain({
  stories: ["../storybook/**/*.mdx", "../storybook/**/*.stories.tsx"],
  framework: "@storybook/react-vite",
  addons: ["@storybook/addon-docs", "@storybook/addon-a11y", "@storybook/addon-vitest"],
  core: { disableTelemetry: true, disableWhatsNewNotifications: true },
  // Needs the old compiler's API; the controls are described by hand.
  typescript: { reactDocgen: false },
  viteFinal: (config) => ({
    ...config,
    // `react`: what is edited is drawn anew without a reload. `msw` brings the script of the worker, here and in the build.
    plugins: [...(config.plugins ?? []), react(), msw({ mode: "worker-only" }), schemaDumpPlugin()],
    build: { ...config.build, chunkSizeWarningLimit: 4000 },
  }),
});
