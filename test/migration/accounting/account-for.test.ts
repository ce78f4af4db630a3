import { expect, test } from "vitest";
import { hasCode } from "../../../src/domain/errors.ts";
import { assertAccounted } from "../../../src/migration/accounting/account-for.ts";
import { readLeaves } from "../../../src/migration/accounting/leaves.ts";
import type { TransformedEntry } from "../../../src/migration/types.ts";
import { knownLayout } from "../../../src/school/legacy/known-layout.ts";
import { readDump } from "../transform/read-dump.ts";
import { account, domains, idIn, runDump } from "../transform/run.ts";
import { wholeSchool } from "../transform/whole-school.ts";

const dump = readDump(wholeSchool, knownLayout);
const school = runDump(dump);

/** The school with one record changed. */
function withRecord(at: number, part: number, change: (record: Record<string, unknown>) => Record<string, unknown>) {
  return school.all.map(
    (one, index): TransformedEntry =>
      index !== at
        ? one
        : {
            ...one,
            parts: one.parts.map((p) =>
              p.no === part && p.record ? ({ ...p, record: change(p.record) } as typeof p) : p,
            ),
          },
  );
}

const leafPaths = (value: unknown, path: string[] = []): string[][] =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([key, item]) => leafPaths(item, [...path, key]))
    : [path];

function without(value: unknown, path: readonly string[]): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return undefined;
  if (Array.isArray(value))
    return value.map((item, i) => (String(i) === first ? (without(item, rest) ?? "dropped") : item));
  const entries = Object.entries(value as object);
  return Object.fromEntries(
    entries.flatMap(([key, item]) =>
      key !== first ? [[key, item]] : rest.length === 0 ? [] : [[key, without(item, rest)]],
    ),
  );
}

// What follows from no leaf: which side said it is judged, not copied.
const judged = new Set(["enrollments.oneSided"]);

test("L5: dropping any one field that the transform filled makes the accounting fail", () => {
  expect(account(dump, school.all)).toEqual([]);
  let mutants = 0;
  const survivors: string[] = [];
  school.all.forEach((one, at) => {
    for (const part of one.parts) {
      if (!part.record) continue;
      const fields = ["externalId", ...domains.get(part.domain).fieldNames];
      for (const field of fields) {
        if (part.record[field] === null || judged.has(`${part.domain}.${field}`)) continue;
        mutants++;
        const mutant = withRecord(at, part.no, (record) => ({ ...record, [field]: null }));
        if (account(dump, mutant).length === 0) survivors.push(`${part.domain}.${field}`);
      }
      for (const path of leafPaths(part.record.extra)) {
        if (path.length === 0) continue;
        mutants++;
        const mutant = withRecord(at, part.no, (record) => ({ ...record, extra: without(record.extra, path) }));
        if (account(dump, mutant).length === 0) survivors.push(`${part.domain}.extra/${path.join("/")}`);
      }
    }
  });
  expect(survivors).toEqual([]);
  expect(mutants).toBeGreaterThan(150);
});

test("every domain's every field was filled somewhere, so that dropping it was tried", () => {
  const never = domains.all.flatMap((domain) =>
    domain.fieldNames
      .filter((name) => !school.records(domain.name).some((record) => record[name] !== null))
      .map((name) => `${domain.name}.${name}`),
  );
  expect(never).toEqual([]);
});

test("dropping any claim, part or payload makes the accounting fail", () => {
  school.all.forEach((one, at) => {
    const paths = new Set(one.claims.map((claim) => claim.path));
    for (const path of paths) {
      const mutant = school.all.with(at, { ...one, claims: one.claims.filter((claim) => claim.path !== path) });
      expect(account(dump, mutant), path).not.toEqual([]);
    }
    for (const part of one.parts) {
      if (part.record || part.outcome !== "quarantined") continue;
      const emptied = one.parts.map((p) => (p === part ? { ...part, payload: null } : p));
      expect(account(dump, school.all.with(at, { ...one, parts: emptied })), part.path).not.toEqual([]);
    }
  });
});

test("a reference to the wrong record is seen", () => {
  const grade = school.all.findIndex((one) => one.entry.legacyId === "g-1");
  const wrong = withRecord(grade, 1, (record) => ({ ...record, studentId: idIn("students", "s-2") }));
  expect(account(dump, wrong)).toMatchObject([{ path: "/studentId" }]);
});

test("a leaf that reached no record stops with LEAF_UNACCOUNTED, its entry and its path", () => {
  const [first] = school.all;
  if (!first) throw new Error("there is no entry");
  const text = dump.textOf(first.entry).replace('"Street 1"', '"Street 1","secret":"x"');
  const options = { domains, lookupRecord: () => undefined, derivedId: idIn, none: knownLayout.none };
  const run = () => assertAccounted(text, first, options);
  expect(run).toThrow(/secret|classId/);
  try {
    run();
  } catch (error) {
    expect(hasCode("LEAF_UNACCOUNTED")(error)).toBe(true);
  }
});

test("leaves are scalars and what is empty, with exact pointers", () => {
  const { leaves, lengths, errors } = readLeaves('{"a":[1,{"b/c":null},[]],"d":{},"e~":-1.50,"__proto__":true}');
  expect(leaves.map((leaf) => [leaf.path, leaf.value])).toEqual([
    ["/a/0", 1],
    ["/a/1/b~1c", null],
    ["/a/2", []],
    ["/d", {}],
    ["/e~0", -1.5],
    ["/__proto__", true],
  ]);
  expect(lengths.get("/a")).toBe(3);
  expect(errors).toEqual([]);
  expect(readLeaves('{"a":').errors).not.toEqual([]);
});
