/// <reference types="vite/client" />

declare module "virtual:schema-dump" {
  /** Of a dump that PGlite can start from. */
  export const schemaDumpUrl: string;
}
