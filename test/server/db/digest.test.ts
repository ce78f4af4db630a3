/** The digest that PostgreSQL generates is the one that JavaScript computes, for any record. */
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AnyRecord, byText, byValue, type Domain, defineDomain } from "../../../src/domain/define-domain.ts";
import { digestOf } from "../../../src/domain/digest.ts";
import {
  bool,
  decimal,
  type Field,
  instant,
  integer,
  jsonObject,
  localDate,
  nullable,
  text,
} from "../../../src/domain/fields.ts";
import { canonicalJson, isStorableText } from "../../../src/domain/json.ts";
import { parseRecord } from "../../../src/domain/record.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { tableOf } from "../../../src/server/db/table.ts";
import { type Tenant, withTenant } from "../../../src/server/db/with-tenant.ts";
import { type TestServer, testSchool, testServer } from "../../support/server.ts";

const notes = defineDomain({
  name: "notes",
  fields: {
    title: text(),
    stars: nullable(integer()),
    price: nullable(decimal()),
    done: nullable(bool()),
    day: nullable(localDate()),
    at: nullable(instant()),
    more: nullable(jsonObject()),
  },
  references: {},
  sortKeys: { title: byText("title"), stars: byValue("stars") },
  conflict: "mergeFields",
  rights: { admin: "write", teacher: "write", student: "none", viewer: "read" },
  migrations: [],
});

const tenant: Tenant = { school: testSchool, user: "tester", role: "admin", studentId: null };
let server: TestServer;
beforeAll(async () => {
  server = await testServer({ domains: [...schoolDomains, notes] });
});
afterAll(() => server.close());

const nasty = fc
  .oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "",
      '"',
      "\\",
      "\\\\n",
      "\b\f\n\r\t",
      "\u0001\u001f\u007f\u0085",
      "\u2028\u2029",
      "</script>",
      "é",
      "e\u0301",
      "😀",
      "\u{10ffff}",
      "null",
      "NULL",
      "{}",
      "{a,b}",
      "'; drop table students; --",
      "=HYPERLINK(1)",
    ),
  )
  .filter((s) => isStorableText(s));
const accepted = (value: unknown): boolean => {
  try {
    return !hasBackslashKey(canonicalJson(value));
  } catch {
    return false;
  }
};
// V8 13.6 (Node 24) has a bug of its own: once it has parsed an object with a lone backslash as key, JSON.parse takes the
// key `"` behind the same keys for that backslash. The digests tell the two apart; what JSON.parse gave is past mending.
const hasBackslashKey = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(value).some(([key, item]) => key === "\\" || hasBackslashKey(item));
const json = fc.jsonValue({ depthSize: "small", stringUnit: "binary" }).filter(accepted);
const uuid = fc.uuid().map((id) => id.toLowerCase());
const day = fc
  .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString());

function arbitraryOf(field: Field): fc.Arbitrary<unknown> {
  const plain = ((): fc.Arbitrary<unknown> => {
    if (field.options) return fc.constantFrom(...field.options);
    switch (field.kind) {
      case "text":
        // Not every text is an e-mail address.
        return field.schema.safeParse("x").success
          ? nasty.filter((s) => field.schema.safeParse(s).success)
          : fc.constantFrom("ada@example.org", '"é\\"@b', "😀@\u2028x".replace("\u2028", ""));
      case "integer":
        return fc.integer({ min: -2_147_483_648, max: 2_147_483_647 });
      case "decimal":
        return fc.oneof(
          fc.constantFrom("0", "0.00", "90", "90.50", "-12.340", "123456789012345678901234567890.12345678901234567890"),
          fc.tuple(fc.integer({ min: 1 }), fc.nat(9999)).map(([a, b]) => `${a}.${b}`),
        );
      case "boolean":
        return fc.boolean();
      case "date":
        return day.map((d) => d.slice(0, 10));
      case "instant":
        return day;
      case "json":
        return field.schema.safeParse([]).success
          ? fc.array(json, { maxLength: 3 })
          : fc.dictionary(nasty, json, { maxKeys: 3 }).filter((o) => accepted(o));
      case "id":
        return fc.constant(null);
    }
  })();
  return field.nullable ? fc.option(plain, { nil: null }) : plain;
}

const recordOf = (domain: Domain): fc.Arbitrary<AnyRecord> =>
  fc
    .record({
      id: uuid,
      externalId: fc.option(
        nasty.filter((s) => s.length > 0 && s.length < 500),
        { nil: null },
      ),
      extra: fc.dictionary(nasty, json, { maxKeys: 3 }).filter((o) => accepted(o)),
      ...Object.fromEntries(domain.fieldNames.map((name) => [name, arbitraryOf(domain.fields[name] as Field)])),
    })
    .map((value) => parseRecord(domain, value));

// Enrolments need their parents; their columns are of types that the others cover.
for (const domain of [...schoolDomains.filter((d) => d.name !== "enrollments"), notes]) {
  test(`the digest of ${domain.name} is the same in JavaScript and in SQL, and the record comes back as it went in`, async () => {
    const table = tableOf(domain);
    await fc.assert(
      fc.asyncProperty(fc.array(recordOf(domain), { minLength: 1, maxLength: 8 }), async (generated) => {
        const records = [...new Map(generated.map((r) => [r.id as string, r])).values()];
        const unique = domain.unique.length === 0 ? records : records.slice(0, 1);
        const rows = await withTenant(server.db, tenant, async (tx) => {
          await tx.rows(sql`delete from ${table.identifier} t where ${table.scope}`);
          await tx.rows(sql`insert into ${table.identifier} (school_id, version, seq, ${table.insertColumns})
            select ${tenant.school}::uuid, 1, 1, ${table.insertValues}
            from ${table.rowSet(unique)}`);
          return tx.rows<{ digest: string; record: string }>(
            sql`select t.digest::text as digest, ${table.recordJson} as record from ${table.identifier} t where ${table.scope} order by t.id`,
          );
        });
        const expected = [...unique].sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(rows.map((row) => parseRecord(domain, JSON.parse(row.record)))).toEqual(expected);
        expect(rows.map((row) => BigInt.asUintN(64, BigInt(row.digest)))).toEqual(
          expected.map((r) => digestOf(domain, r)),
        );
      }),
      { numRuns: 25 },
    );
  });
}
