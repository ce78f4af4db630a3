/** The schema's steps are frozen: a database that has run one does not run it again. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { hasCode } from "../../../src/domain/errors.ts";
import { openPglite } from "../../../src/server/db/database.ts";
import { migrate } from "../../../src/server/db/migrate.ts";
import { base } from "../../../src/server/db/migrations/0001-base.ts";
import { emptyDatabase } from "../../support/server.ts";

test("the base step is what databases have run: a change of a school domain needs a step of its own", () => {
  expect(createHash("sha256").update(base.sql).digest("hex")).toBe(
    "de39ad1930aec5317e9b2e620194d990ea91448901466fe9579f6ef1b1dd8443",
  );
});

test("B2: a second start runs nothing, and a database from a newer program is refused", async () => {
  const db = await openPglite({ client: await emptyDatabase() });
  expect(await migrate(db)).toEqual([]);
  const refused = await migrate(db, []).catch((error: unknown) => error);
  expect(hasCode("SCHEMA_NEWER")(refused)).toBe(true);
  await db.close();
});
