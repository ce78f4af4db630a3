/** The optional packages that the commands need. */

/** What the commands need besides the package's own dependencies, and for what. */
export const peers = {
  hono: "the server",
  "drizzle-orm": "the server",
  jose: "the server's tokens",
  pino: "the server's log",
  "@electric-sql/pglite": "the embedded database (--to <folder>)",
  postgres: "PostgreSQL (--to postgres://…)",
  "@hono/node-server": "serve and demo",
} as const;
