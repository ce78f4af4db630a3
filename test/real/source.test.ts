import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openSource } from "../../src/migration/source/open-source.ts";
import { readEntries } from "../../src/migration/source/read-entries.ts";
import { knownLayout } from "../../src/school/legacy/known-layout.ts";

const data = new URL("../../../shared/data/", import.meta.url);
const open = (path: string, domain?: string) => openSource(readFileSync(new URL(path, data)), { name: path, domain });

async function kindsOf(path: string, domain?: string) {
  const { entries, findings } = readEntries(await open(path, domain), knownLayout);
  const counts: Record<string, number> = {};
  for (const { kind } of entries) counts[kind] = (counts[kind] ?? 0) + 1;
  return { counts, findings, defects: entries.filter((entry) => entry.defect).length };
}

const origin = { student: 5, teacher: 6, class: 5, classroom: 5, obligation: 12, payment: 5 };

describe("the origin app", () => {
  test.each(["origin/localStorage.first-load.json", "origin/exportData-backup.json"])(
    "%s holds 38 entries",
    async (path) => {
      expect(await kindsOf(path)).toEqual({ counts: origin, findings: [], defects: 0 });
    },
  );

  test("an older wrapper of students", async () => {
    expect(await kindsOf("origin/students.v1-2025-06-16.json")).toMatchObject({ counts: { student: 5 }, findings: [] });
  });

  test("bare lists of June 2025: the guess is asked for", async () => {
    const guesses: Record<string, unknown> = {};
    for (const file of readdirSync(new URL("origin/history-2025-06-12/", data)))
      await open(`origin/history-2025-06-12/${file}`).catch((error) => {
        guesses[file] = [error.code, error.facts.guess];
      });
    expect(guesses).toEqual({
      "ClassForm.demoClassrooms.json": ["SOURCE_UNKNOWN", "classrooms"],
      "Scheduling.mockScheduledClasses.json": ["SOURCE_UNKNOWN", "privateLessons"],
      "Teachers.mockTeachers.json": ["SOURCE_UNKNOWN", "teachers"],
      "classService.returned.json": ["SOURCE_UNKNOWN", "classes"],
      "classroomService.returned.json": ["SOURCE_UNKNOWN", "classrooms"],
      "studentService.returned.json": ["SOURCE_UNKNOWN", "students"],
    });
    expect((await kindsOf("origin/history-2025-06-12/Teachers.mockTeachers.json", "teachers")).defects).toBe(0);
  });
});

test("a school year of 17 MB is opened and read", async () => {
  const path = "luminosity-2016-2017/localStorage.json.gz";
  const { counts, findings, defects } = await kindsOf(path);
  expect({ counts, findings, defects }).toEqual({
    counts: { student: 505, teacher: 62, classroom: 19, class: 75, assessment: 1479, grade: 57_346, session: 2340 },
    findings: [],
    defects: 0,
  });
});
