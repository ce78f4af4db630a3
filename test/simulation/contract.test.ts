/** The model that breadth runs on, and the real server that depth runs on, keep one contract. */

import { afterAll } from "vitest";
import { domainSet } from "../../src/domain/define-domain.ts";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { contractDomains, contractStart, syncServerContract } from "../contracts/sync-server.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { ModelServer } from "./model-server.ts";
import { tablesIn } from "./tables.ts";

const day = 86_400_000;

syncServerContract("the model server", async () => {
  let now = contractStart.getTime();
  const server = new ModelServer({ domains: domainSet(contractDomains), now: () => now });
  return {
    call: async (method, path, { body, user = "ada", role = "admin" } = {}) =>
      server.handle({ method, path, body, tenant: { school: schoolIdOf("contract"), user, role, studentId: null } }),
    backup: async () => {
      const kept = server.backup();
      return async () => server.restore(kept);
    },
    purgeAfter: async (days) => {
      now += days * day;
      server.purge();
    },
    close: async () => {},
  };
});

/** One server for all tests, a school for each. */
let shared: Promise<TestServer> | null = null;
let schools = 0;
let now = contractStart.getTime();
afterAll(async () => (await shared)?.close());

syncServerContract("the real server on PGlite", async () => {
  shared ??= testServer({ domains: contractDomains, now: () => new Date(now) });
  const server = await shared;
  schools += 1;
  now = contractStart.getTime();
  const school = schoolIdOf(`contract ${schools}`);
  const tables = await tablesIn(server, school);
  return {
    call: (method, path, { body, user = "ada", role = "admin" } = {}) =>
      server.call(method, path, { body, user, role, school }),
    backup: async () => {
      await tables.keep();
      return () => tables.putBack();
    },
    purgeAfter: async (days) => {
      now += days * day;
      await server.server.purge();
    },
    close: async () => {},
  };
});
