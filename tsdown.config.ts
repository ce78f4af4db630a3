import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    "school/index": "src/school/index.ts",
    "migration/index": "src/migration/index.ts",
    "server/index": "src/server/index.ts",
    "slices/index": "slices/index.ts",
    "react/index": "src/react/index.ts",
    "mocks/index": "mocks/index.ts",
    "cli/main": "src/cli/main.ts",
  },
  format: "esm",
  platform: "neutral",
  target: "es2022",
  // What Node gives and what the user installs stays outside the bundle.
  deps: { neverBundle: [/^node:/] },
  dts: true,
  sourcemap: true,
  clean: true,
});
