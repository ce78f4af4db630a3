import { expect, test } from "vitest";
import { audit } from "../../../src/migration/audit/audit.ts";
import { auditText, inventoryText } from "../../../src/migration/audit/audit-text.ts";
import { transform } from "../../../src/migration/transform/transform.ts";
import type { LegacyEntry } from "../../../src/migration/types.ts";
import { knownLayout } from "../../../src/school/legacy/known-layout.ts";
import { readDump } from "../transform/read-dump.ts";
import { domains, namespace } from "../transform/run.ts";
import { wholeSchool } from "../transform/whole-school.ts";

function audited(values: Record<string, unknown>, more: readonly LegacyEntry[] = []) {
  const dump = readDump(values, knownLayout);
  const entries = [...dump.entries, ...more];
  const transformed = transform(entries, {
    namespace,
    layout: knownLayout,
    domains,
    textOf: (e) => dump.textOf(e) || "[{",
  });
  const source = {
    name: "dump.json",
    container: "dump" as const,
    fingerprint: "0".repeat(64),
    values: Object.entries(values).map(([key, value]) => ({ key, raw: JSON.stringify(value) })),
  };
  return audit({ source, layout: knownLayout, domains, transformed, findings: () => transformed.findings() });
}

const codes = (report: ReturnType<typeof audit>) => new Set(report.findings.map((f) => `${f.severity} ${f.code}`));

test("the audit counts each domain, tells its last change, and shows contradictions, stale links and orphans", () => {
  const report = audited(wholeSchool);
  const of = (name: string) => report.domains.find((d) => d.domain === name);
  expect(of("students")).toMatchObject({ stored: "records", entries: 4, records: 4 });
  expect(of("attendance")).toMatchObject({ entries: 1, records: 3, parts: { quarantined: 1 }, health: "attention" });
  expect(of("classes")).toMatchObject({ lastChange: "2024-01-15T10:00:00.000Z" });
  for (const code of ["note ORPHAN", "note CONTRADICTION", "note DATE_PICKER", "ask DATE_ORDER", "note VALUE_UNFIT"])
    expect(codes(report)).toContain(code);
  expect(report.health).toBe("attention");
});

test("B1: a value that cannot be read blocks the cutover, and the other keys go on", () => {
  const cut: LegacyEntry = {
    no: 99,
    key: "grades",
    position: "",
    kind: "grade",
    start: 0,
    end: 2,
    legacyId: null,
    data: undefined,
    defect: { code: "SOURCE_CORRUPT", offset: 2, message: "cut" },
  };
  const report = audited({ students: [{ id: "1", name: "A" }] }, [cut]);
  expect(report.health).toBe("blocked");
  expect(report.findings[0]).toMatchObject({ severity: "blocks", code: "SOURCE_CORRUPT", domain: "grades" });
  expect(report.domains.find((d) => d.domain === "grades")).toMatchObject({
    health: "blocked",
    parts: { quarantined: 1 },
  });
  expect(report.domains.find((d) => d.domain === "students")).toMatchObject({ health: "ok", records: 1 });
});

test("B13: a key that was never saved and one that was emptied are told apart; nothing at all is asked about", () => {
  const report = audited({ students: [] });
  const stored = (name: string) => report.domains.find((d) => d.domain === name)?.stored;
  expect(stored("students")).toBe("empty");
  expect(stored("teachers")).toBe("missing");
  expect(codes(report)).toContain("ask SOURCE_EMPTY");
});

test("the text says what blocks first, and writes no control characters of the data", () => {
  const text = auditText(audited({ students: [{ id: "\u001b[2J", name: "A", joinDate: "13/25/2024" }] }));
  expect(text).toContain("DATE_INVALID (students) x 1");
  expect(text).not.toContain("\u001b");
  expect(inventoryText([{ key: "k\n", characters: 3, shape: "list of 2", kind: "student" }])).toBe(
    "k?  3 characters  list of 2  student\n",
  );
});
