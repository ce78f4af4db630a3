/** Gives the page a database with the schema in it: one that it would have to make itself takes up to ten seconds. */
import type { Plugin } from "vite";

const name = "virtual:schema-dump";

export const schemaDumpPlugin = (): Plugin => ({
  name: "schema-dump",
  resolveId: (id) => (id === name ? `\0${name}` : undefined),
  async load(id) {
    if (id !== `\0${name}`) return;
    const { schemaDump } = await import("../test/support/server.ts");
    return `export { default as schemaDumpUrl } from ${JSON.stringify(`${await schemaDump()}?url&no-inline`)};`;
  },
});
