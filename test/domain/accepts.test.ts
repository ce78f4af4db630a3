/** What is accepted without the schema is what the schema accepts as it is: the short way is never a wider one. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRecordId } from "../../src/domain/ids.ts";
import { canonicalJson } from "../../src/domain/json.ts";
import { emptyRecord, parseRecord } from "../../src/domain/record.ts";
import { attendance } from "../../src/school/attendance.ts";
import { schoolDomains } from "../../src/school/domains.ts";

const id = parseRecordId("00000000-0000-4000-8000-000000000001");

const texts = ["", "a", "Ada 😀", "A\0da", "\ud83d", "ada@example.org", "ada@", "x".repeat(100_001), `${id}\n`];
const words = ["present", "active", "ACTIVE", "00000000-0000-4000-8000-00000000000A", `${"a".repeat(65)}@b`];
const days = ["2024-02-29", "2024-02-30", "0000-01-01", "2024-02-30T00:00:00.000Z", "2024-02-29T00:00:00.000Z"];
const decimals = ["1.50", "01", "-0", "-0.00", "-1", "1e3", "2024-02-29T24:00:00.000Z"];
const numbers = [0, -0, 1, 2 ** 31, -(2 ** 31), 1.5, Number.NaN, 1n];
const others = [null, undefined, true, {}, [], { b: 1, a: 2 }, new Date(0), Object("text"), Object(true)];
const edges = [...texts, ...words, ...days, ...decimals, ...numbers, ...others];

/** Values at the edges of every kind of field, good and bad. */
const edge = fc.oneof(fc.constantFrom<unknown>(...edges), fc.string({ unit: "binary" }), fc.integer());

test("B5 B6 B11: a field accepts only what its schema accepts, and gives back as it is", () => {
  for (const domain of schoolDomains) {
    for (const [name, field] of Object.entries(domain.fields)) {
      fc.assert(
        fc.property(edge, (value) => {
          if (!field.accepts(value)) return;
          const parsed = field.schema.safeParse(value);
          expect(parsed.success && Object.is(parsed.data, value), `${domain.name}.${name}: ${String(value)}`).toBe(
            true,
          );
        }),
        { numRuns: 300 },
      );
    }
  }
});

test("B5 B6 S12: a record is accepted without its schema only where that would give the same record", () => {
  for (const domain of schoolDomains) {
    const names = [...domain.fieldNames, "id", "externalId", "extra", "more", "__proto__"];
    const good = { ...emptyRecord(domain, id, null), name: "Ada", firstName: "Ada", lastName: "L" };
    const base = Object.fromEntries(Object.entries(good).filter(([name]) => name in emptyRecord(domain, id, null)));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), edge, { maxKeys: 3 }), fc.boolean(), (over, drop) => {
        const value: Record<string, unknown> = { ...base, ...over };
        if (drop) delete value[names[Object.keys(over).length] ?? ""];
        if (!domain.accepts(value)) return;
        const parsed = domain.schema.safeParse(value);
        expect(parsed.success).toBe(true);
        expect(parseRecord(domain, value)).toEqual({ ...(parsed.data as object), extra: canonicalJson(value.extra) });
      }),
      { numRuns: 300 },
    );
  }
});

test("the usual record takes the short way, whatever the order of its fields, and is a copy", () => {
  for (const domain of schoolDomains) {
    const required = domain.fieldNames.some((name) => !domain.fields[name]?.nullable);
    const record = emptyRecord(domain, id, "legacy-1");
    const turned = Object.fromEntries(Object.entries(record).reverse());
    if (!required) expect(domain.accepts(turned), domain.name).toBe(true);
    if (required) expect(domain.accepts(turned), domain.name).toBe(false);
    if (required) continue;
    const parsed = parseRecord(domain, turned);
    expect(parsed).toEqual(record);
    expect(parsed).not.toBe(turned);
    expect(parsed.extra).not.toBe(turned.extra);
  }
});

test("S12: what an inherited field says is not the record's", () => {
  const record = emptyRecord(attendance, id, null);
  expect(attendance.accepts(record)).toBe(true);
  expect(attendance.accepts(Object.create(record))).toBe(false);
});
