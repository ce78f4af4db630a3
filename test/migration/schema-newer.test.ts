import { expect, test } from "vitest";
import { hasCode } from "../../src/domain/errors.ts";
import { sourceFromText } from "../../src/migration/source/open-source.ts";
import { baseFor, migrateInto } from "../support/migration.ts";
import { testServer } from "../support/server.ts";

test("B2: data of a newer schema is read and audited, and nothing of it is written", async () => {
  const server = await testServer();
  const dump = { students: '[{"id":"1","name":"Ada"}]', mockDataMetadata: '{"schemaVersion":2}' };
  const source = sourceFromText(JSON.stringify(dump), { name: "newer.json" });
  const base = baseFor(server);
  await expect(migrateInto(base, source)).rejects.toSatisfy(hasCode("SCHEMA_NEWER"));
  expect((await server.call("GET", "/api/migration/imports")).body).toEqual({ imports: [] });
  expect(await migrateInto(base, source, { dryRun: true })).toMatchObject({ ledger: { entries: 1 } });
  await server.close();
});
