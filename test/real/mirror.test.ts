/** The origin app's own data, mirrored: nothing is written where nothing changed, and one edit changes one element. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createHybridDataAdapter } from "../../src/adapter/create-hybrid-data-adapter.ts";
import { browser } from "../support/browser.ts";
import { oldBrowser } from "../support/old-app.ts";

const file = join(import.meta.dirname, "../../../shared/data/origin/localStorage.first-load.json");

// It is loaded when it is first needed, which takes real time.
beforeAll(() => import("../../src/adapter/mirror/keep-mirror.ts"));

test("L5: the origin app's localStorage stays byte for byte, but for what is written here", async () => {
  const values = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  const [pc, old] = [browser(), oldBrowser(values)];
  const open = () => {
    const { storage, platform } = pc.open();
    return createHybridDataAdapter({
      school: "origin",
      user: "office",
      storage,
      platform,
      legacy: {
        shared: true,
        values: () => [{ name: "localStorage", values: [...old.values] }],
        mirrorLegacy: { place: old.place(), saveFile: () => undefined },
      },
    });
  };
  const app = await open();
  await pc.advance(3_000);
  expect(app.status().legacy).toMatchObject({ warnings: [], mirror: { state: "current", unplaced: 0 } });
  expect(old.writes).toEqual([]);

  const [item] = (await app.students.list({ sort: "name" })).items;
  await app.students.update(item?.record.id ?? "", { phone: "+389 70 000 000" });
  await pc.advance(3_000);
  expect(old.writes).toEqual(["students"]);
  const [before, after] = [values.students ?? "", old.values.get("students") ?? ""].map((text) => JSON.parse(text));
  const differing = before.filter((one: unknown, at: number) => JSON.stringify(one) !== JSON.stringify(after[at]));
  expect(differing).toHaveLength(1);
  await app.close();

  const again = await open();
  await pc.advance(3_000);
  expect(again.status().legacy?.mirror).toMatchObject({ state: "current", takenOver: 0 });
  expect(old.writes).toEqual(["students"]);
  await again.close();
});
