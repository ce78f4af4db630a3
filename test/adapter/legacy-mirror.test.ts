/** `mirrorLegacy`: the previous version of the app still starts, and what it writes is taken over. */
import { afterEach, beforeAll, expect, test } from "vitest";
import type { HybridDataAdapter } from "../../src/adapter/contract.ts";
import { createHybridDataAdapter } from "../../src/adapter/create-hybrid-data-adapter.ts";
import type { MirrorStatus } from "../../src/adapter/legacy-status.ts";
import type { HybridDataAdapterOptions } from "../../src/adapter/options.ts";
import type { Storage } from "../../src/local/storage.ts";
import type { OldStorage } from "../../src/platform/old-storage.ts";
import type { SchoolDomain } from "../../src/remote/api/school-domain.ts";
import { type Browser, type BrowserTab, browser } from "../support/browser.ts";
import { type OldBrowser, oldBrowser } from "../support/old-app.ts";

const ada = { id: "student-1", name: "Ada", email: "ada@example.org", phone: "", classId: "class-1", status: "active" };
const bo = {
  id: "1722770000000",
  name: "Bo",
  email: "",
  phone: "1",
  classId: "unassigned",
  status: "active",
  hobby: "go",
};
const english = {
  id: "class-1",
  name: "English",
  teacher: { id: "", name: "", subject: "" },
  studentIds: ["student-1"],
};
const grade = { id: "grade-1", assessmentId: "a-1", studentId: "student-1", studentName: "Ada", value: "90" };
const homework = { id: "a-1", classId: "class-1", className: "English", title: "Essay", type: "Homework" };

// Written as no program of ours would: whoever writes it again without a reason shows.
const spaced = (list: readonly unknown[]): string => `[ ${list.map((one) => JSON.stringify(one)).join(" ,\n")} ]`;
const lists = () => ({
  students: spaced([ada, bo]),
  classes: spaced([english]),
  assessments: [homework],
  grades: [grade],
  theme: "dark",
});

type Adapter = HybridDataAdapter<SchoolDomain>;

interface App {
  readonly adapter: Adapter;
  readonly tab: BrowserTab;
  /** From here on its operations are counted, or no more. */
  readonly arm: (on: boolean) => void;
  readonly mirror: () => MirrorStatus | null;
}
interface Dying {
  readonly at: number;
  readonly when: "before" | "after";
}
interface Machine {
  readonly browser: Browser;
  readonly old: OldBrowser;
  readonly saved: [name: string, text: string][];
  /** @param dies a tab that dies before or after so many operations on a disk, counted from `arm` on */
  open(dies?: Dying, store?: HybridDataAdapterOptions["store"]): Promise<App>;
  /** Time passes until the mirror has looked at everything that is there now. */
  mirrored(app: App): Promise<MirrorStatus>;
  close(app: App): Promise<void>;
}

const machines: { readonly apps: App[]; readonly machine: Machine }[] = [];
// It is loaded when it is first needed, which takes real time.
beforeAll(() => import("../../src/adapter/mirror/keep-mirror.ts"));
afterEach(async () => {
  for (const { apps, machine } of machines.splice(0))
    await Promise.all(apps.filter(({ tab }) => !tab.dead).map((app) => machine.close(app)));
});

function machine(values: Readonly<Record<string, unknown>> = lists(), mirrorLegacy = true, user = "office"): Machine {
  const own = browser();
  const old = oldBrowser(values);
  const saved: [string, string][] = [];
  const apps: App[] = [];
  const it: Machine = {
    browser: own,
    old,
    saved,
    async open(dies, store) {
      const tab = own.open();
      let operations = 0;
      const counted = (when: Dying["when"]): void => {
        if (when === "before" && armed) operations += 1;
        if (tab.dead || !armed || dies?.when !== when || operations !== dies.at) return;
        tab.kill();
      };
      let armed = false;
      const storage: Storage = {
        ...tab.storage,
        async commit(change) {
          counted("before");
          await tab.storage.commit(change);
          counted("after");
        },
      };
      const real = old.place();
      const place: OldStorage = {
        ...real,
        set(key, value) {
          counted("before");
          if (tab.dead) throw new Error("dead");
          real.set(key, value);
          counted("after");
        },
      };
      const saveFile = (name: string, text: string): void => void saved.push([name, text]);
      const adapter = await createHybridDataAdapter({
        school: "mirror school",
        user,
        storage,
        platform: tab.platform,
        ...(store ? { store } : {}),
        legacy: {
          shared: true,
          values: () => [{ name: "localStorage", values: [...old.values] }],
          ...(mirrorLegacy ? { mirrorLegacy: { place, saveFile } } : {}),
        },
      });
      const arm = (on: boolean): void => {
        armed = on;
      };
      const app = { adapter, tab, arm, mirror: () => adapter.status().legacy?.mirror ?? null };
      apps.push(app);
      return app;
    },
    async mirrored(app) {
      const from = own.clock;
      for (let tries = 0; tries < 200; tries++) {
        await own.advance(1_000);
        const status = app.mirror();
        if (status?.lookedAt && Date.parse(status.lookedAt) >= from + 1_000) return status;
        if (status?.state === "paused") return status;
      }
      throw new Error(`It never looked: ${JSON.stringify(app.mirror())}`);
    },
    async close({ adapter, tab }) {
      await adapter.close();
      tab.kill();
    },
  };
  machines.push({ apps, machine: it });
  return it;
}

const names = async ({ adapter }: App): Promise<unknown[]> =>
  (await adapter.students.list({ sort: "name" })).items.map(({ record }) => record.name);
const idOf = async ({ adapter }: App, name: string): Promise<string> =>
  (await adapter.students.list({ filter: { name } })).items[0]?.record.id ?? "";
const listOf = ({ values }: OldBrowser, key: string): Record<string, unknown>[] => JSON.parse(values.get(key) ?? "[]");

test("L5: where nothing changed nothing is written, at the first start nor at the next", async () => {
  const pc = machine();
  const before = new Map(pc.old.values);
  const app = await pc.open();
  expect(await pc.mirrored(app)).toMatchObject({ state: "current", untouched: [], unfit: [], takenOver: 0 });
  await pc.close(app);
  const again = await pc.open();
  expect(await pc.mirrored(again)).toMatchObject({ state: "current", takenOver: 0 });
  expect(pc.old.writes).toEqual([]);
  expect(pc.old.values).toEqual(before);
});

test("what is written here the previous version finds in its own layout; the rest stays to the character", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  await app.adapter.students.update(await idOf(app, "Bo"), { name: "Bob" });
  await app.adapter.students.create({ name: "Cy" });
  await pc.mirrored(app);
  const text = pc.old.values.get("students") ?? "";
  expect(text.startsWith(`[ ${JSON.stringify(ada)} ,\n`)).toBe(true);
  const [, second, third] = listOf(pc.old, "students");
  expect(second).toEqual({ ...bo, name: "Bob" });
  expect(third).toMatchObject({ id: await idOf(app, "Cy"), name: "Cy", classId: "unassigned", status: "active" });
  // One write a key, however many records of it changed; the other keys were not touched.
  expect(pc.old.writes).toEqual(["students"]);
  await app.adapter.students.remove(await idOf(app, "Bob"));
  await pc.mirrored(app);
  expect(listOf(pc.old, "students").map(({ name }) => name)).toEqual(["Ada", "Cy"]);
});

test("a write is acknowledged before the mirror has seen it, and does not wait for one that fails", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  pc.old.quota = 0;
  const { acknowledged } = await app.adapter.students.create({ name: "Cy" });
  expect(acknowledged).toBe("local");
  expect(pc.old.writes).toEqual([]);
  expect(await pc.mirrored(app)).toMatchObject({ state: "behind", unfit: ["students"] });
  expect(await names(app)).toEqual(["Ada", "Bo", "Cy"]);
});

test("what was written last before the app was closed is there for the previous version", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  await app.adapter.students.create({ name: "Cy" });
  await pc.close(app);
  expect(listOf(pc.old, "students").map(({ name }) => name)).toEqual(["Ada", "Bo", "Cy"]);
});

test("L6: what the old app creates, changes and deletes is taken over, while both run and while the new one is closed", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  page.state.students?.push({ ...ada, id: "1722770000001", name: "Di", classId: "class-1" });
  Object.assign(page.state.students?.[0] ?? {}, { phone: "070" });
  page.save("students");
  expect(await pc.mirrored(app)).toMatchObject({ state: "current", losses: 0 });
  expect(await names(app)).toEqual(["Ada", "Bo", "Di"]);
  expect((await app.adapter.students.list({ filter: { name: "Ada" } })).items[0]?.record).toMatchObject({
    phone: "070",
  });
  await pc.close(app);

  page.state.students = page.state.students?.filter(({ name }) => name !== "Bo") ?? [];
  page.save("students");
  const again = await pc.open();
  await pc.mirrored(again);
  expect(await names(again)).toEqual(["Ada", "Di"]);
  expect(pc.old.writes).toEqual([]);
});

test("both write the same student: other fields are merged, the same field keeps the loser", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  const id = await idOf(app, "Ada");
  await app.adapter.students.update(id, { email: "new@example.org", phone: "1" });
  Object.assign(page.state.students?.[0] ?? {}, { name: "Ada L.", phone: "2" });
  page.save("students");
  expect(await pc.mirrored(app)).toMatchObject({ losses: 1 });
  const item = await app.adapter.students.get(id);
  expect(item?.record).toMatchObject({ name: "Ada L.", email: "new@example.org", phone: "2" });
  expect(listOf(pc.old, "students")[0]).toMatchObject({ name: "Ada L.", email: "new@example.org", phone: "2" });

  // The loser is kept with its author, and can be put back.
  const { losses } = app.adapter.parts;
  const [loss] = await losses.list();
  expect(loss).toMatchObject({ kind: "UPDATE_UPDATE", recordId: id, by: "this app", loser: { phone: "1" } });
  await losses.settle(loss?.id ?? "", "restore");
  expect(await pc.mirrored(app)).toMatchObject({ losses: 0 });
  expect(listOf(pc.old, "students")[0]).toMatchObject({ phone: "1" });
});

test("L6: a grade that both wrote is decided by nobody: what stands stays, and the old app's is shown", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  const [item] = (await app.adapter.grades.list()).items;
  await app.adapter.grades.update(item?.record.id ?? "", { score: "95" });
  Object.assign(page.state.grades?.[0] ?? {}, { value: "70" });
  page.save("grades");
  expect(await pc.mirrored(app)).toMatchObject({ losses: 1 });
  expect((await app.adapter.grades.list()).items[0]?.record).toMatchObject({ score: "95" });
  expect(await app.adapter.parts.losses.list()).toMatchObject([{ by: "old app", loser: { score: "70" } }]);
  expect(listOf(pc.old, "grades")).toMatchObject([{ value: "95" }]);
});

test("L7: the old app deletes what was changed here: the change stays and the deletion is shown; unchanged, it goes", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  await app.adapter.students.update(await idOf(app, "Bo"), { phone: "2" });
  page.state.students = page.state.students?.slice(0, 1) ?? [];
  page.save("students");
  expect(await pc.mirrored(app)).toMatchObject({ losses: 1 });
  expect(await names(app)).toEqual(["Ada", "Bo"]);
  expect(await app.adapter.parts.losses.list()).toMatchObject([
    { kind: "UPDATE_DELETE", loser: "deleted", by: "old app" },
  ]);
  expect(listOf(pc.old, "students").map(({ name }) => name)).toEqual(["Ada", "Bo"]);
});

test("L7: an old tab that saves what it once read brings nothing back and takes nothing away", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  await app.adapter.students.update(await idOf(app, "Ada"), { phone: "12" });
  await app.adapter.students.create({ name: "Cy" });
  await app.adapter.students.remove(await idOf(app, "Bo"));
  await pc.mirrored(app);
  // It still holds Ada without the phone, Bo, and no Cy.
  page.state.students?.push({ ...bo, id: "1722770000002", name: "Di" });
  page.save("students");
  expect(await pc.mirrored(app)).toMatchObject({ stale: ["students"], takenOver: 1, losses: 0 });
  expect(await names(app)).toEqual(["Ada", "Cy", "Di"]);
  expect(listOf(pc.old, "students").map(({ name, phone }) => [name, phone])).toEqual([
    ["Ada", "12"],
    ["Di", "1"],
    ["Cy", ""],
  ]);
});

test("L5 F2: a page that was open for fifty writes, and a browser that lost its last ones, undo nothing", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  const first = pc.old.values.get("students") ?? "";
  const id = await idOf(app, "Ada");
  for (let i = 0; i < 50; i++) {
    await app.adapter.students.update(id, { phone: String(i) });
    if (i % 10 === 0) await app.adapter.students.create({ name: `New ${i}` });
    await pc.mirrored(app);
  }
  Object.assign(page.state.students?.[1] ?? {}, { phone: "77" });
  page.save("students");
  expect(await pc.mirrored(app)).toMatchObject({ takenOver: 1, losses: 0, stale: ["students"] });
  expect(listOf(pc.old, "students").map(({ phone }) => phone)).toEqual(["49", "77", "", "", "", "", ""]);
  await pc.close(app);

  // After a power cut the browser has the text of long ago.
  page.put("students", first);
  const again = await pc.open();
  expect(await pc.mirrored(again)).toMatchObject({ takenOver: 0, losses: 0 });
  expect(await names(again)).toHaveLength(7);
  expect(listOf(pc.old, "students").map(({ phone }) => phone)).toEqual(["49", "77", "", "", "", "", ""]);
});

test("B1: a key that is cut is never touched, deletes nothing, and the other keys go on until it can be read", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  const cut = (pc.old.values.get("students") ?? "").slice(0, 60);
  page.put("students", cut);
  await app.adapter.students.create({ name: "Cy" });
  await app.adapter.students.update(await idOf(app, "Ada"), { phone: "9" });
  const [item] = (await app.adapter.grades.list()).items;
  await app.adapter.grades.update(item?.record.id ?? "", { score: "95" });
  expect(await pc.mirrored(app)).toMatchObject({ state: "behind", untouched: ["students"] });
  expect(pc.old.values.get("students")).toBe(cut);
  expect(listOf(pc.old, "grades")).toMatchObject([{ value: "95" }]);
  expect(await names(app)).toEqual(["Ada", "Bo", "Cy"]);
  expect(app.adapter.status().legacy?.warnings.join()).toContain("students");
  await pc.close(app);

  const again = await pc.open();
  await pc.mirrored(again);
  expect(pc.old.values.get("students")).toBe(cut);
  page.save("students");
  expect(await pc.mirrored(again)).toMatchObject({ state: "current", untouched: [], losses: 0 });
  expect(listOf(pc.old, "students").map(({ name, phone }) => [name, phone])).toEqual([
    ["Ada", "9"],
    ["Bo", "1"],
    ["Cy", ""],
  ]);
});

test("B1 B8: a key that could not be read at the first start, too, is left as it is", async () => {
  for (const broken of ['[{"id":"grade-1","value":"9', "\ufeff[1,", '{"a":1} x']) {
    const pc = machine({ ...lists(), grades: broken });
    const app = await pc.open();
    await pc.mirrored(app);
    const student = await idOf(app, "Ada");
    await app.adapter.grades.create({ studentId: student, score: "80" });
    await app.adapter.students.update(student, { phone: "5" });
    expect(await pc.mirrored(app)).toMatchObject({ state: "behind", untouched: ["grades"] });
    expect(pc.old.values.get("grades")).toBe(broken);
    expect(listOf(pc.old, "students")[0]).toMatchObject({ phone: "5" });
  }
});

test("B3 B8: an element that cannot be read is no deletion, and stays in the old layout as it stands", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  // Two of one id, and a key that stands twice: nobody can say who Bo is now.
  const twice = '{"id":"9","id":"8"}';
  page.put(
    "students",
    JSON.stringify([ada, { ...bo, name: "One" }, { ...bo, name: "Other" }, 7]).replace("7]", `${twice}]`),
  );
  await pc.mirrored(app);
  expect(await names(app)).toEqual(["Ada", "Bo"]);
  await app.adapter.students.update(await idOf(app, "Ada"), { phone: "5" });
  await pc.mirrored(app);
  const left = [{ ...ada, phone: "5" }, { ...bo, name: "One" }, { ...bo, name: "Other" }, 7];
  expect(pc.old.values.get("students")).toBe(JSON.stringify(left).replace("7]", `${twice}]`));
});

test("B8: an element that nobody can read may be whoever is missing: nobody is deleted, or written twice; new ones are", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const twice = '{"id":"9","id":"8"}';
  pc.old.oldPage().put("students", `[${JSON.stringify(ada)},${twice}]`);
  await app.adapter.students.create({ name: "Cy" });
  await pc.mirrored(app);
  expect(await names(app)).toEqual(["Ada", "Bo", "Cy"]);
  const text = pc.old.values.get("students") ?? "";
  expect(text.startsWith(`[${JSON.stringify(ada)},${twice},`)).toBe(true);
  expect(text).toContain('"Cy"');
  expect(text).not.toContain('"Bo"');
});

test("B13: a key that is gone, and a list that is emptied at once, delete nothing and are written anew", async () => {
  for (const text of [null, "[]", "null"]) {
    const pc = machine();
    const app = await pc.open();
    await pc.mirrored(app);
    const before = pc.old.values.get("students");
    pc.old.oldPage().put("students", text);
    expect(await pc.mirrored(app)).toMatchObject({ kept: ["students"] });
    expect(await names(app)).toEqual(["Ada", "Bo"]);
    expect(pc.old.values.get("students")).toBe(before);
    expect(app.adapter.status().legacy?.warnings.join()).toContain("students");
  }
});

test("what holds no records is the old app's own business", async () => {
  const pc = machine({ ...lists(), recent: [1, 2], sizes: [3, 4] });
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  page.put("theme", null);
  page.put("token", "[abc");
  page.put("recent", null);
  page.put("sizes", "[1,");
  expect(await pc.mirrored(app)).toMatchObject({ state: "current", untouched: [], kept: [] });
  page.put("token", "abc");
  await app.adapter.students.update(await idOf(app, "Ada"), { phone: "5" });
  await pc.mirrored(app);
  const left = ["theme", "token", "recent", "sizes"].map((key) => pc.old.values.get(key));
  expect(left).toEqual([undefined, "abc", undefined, "[1,"]);
  expect(pc.old.writes).toEqual(["students"]);
});

test("F5: localStorage is full in the middle: what fits is written, the rest is saved as a file, and goes in later", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const id = await idOf(app, "Ada");
  await app.adapter.students.update(id, { notes: "x".repeat(300) });
  const [item] = (await app.adapter.grades.list()).items;
  await app.adapter.grades.update(item?.record.id ?? "", { score: "95" });
  const before = pc.old.values.get("students");
  pc.old.quota = [...pc.old.values].join().length + 100;
  expect(await pc.mirrored(app)).toMatchObject({ state: "behind", unfit: ["students"] });
  expect(listOf(pc.old, "grades")).toMatchObject([{ value: "95" }]);
  expect(pc.old.values.get("students")).toBe(before);
  // All of it, as a dump that can be put back or migrated.
  expect(pc.saved).toHaveLength(1);
  const [name, text] = pc.saved[0] ?? ["", ""];
  const dump: Record<string, string> = JSON.parse(text);
  expect(JSON.parse(dump.students ?? "")[0]).toMatchObject({ name: "Ada" });
  expect(dump.students).toContain("x".repeat(300));
  expect(app.adapter.status().legacy?.warnings.join()).toContain(name);

  await app.adapter.students.update(id, { phone: "9" });
  await pc.mirrored(app);
  expect(pc.saved).toHaveLength(1);
  pc.old.quota = 5_000_000;
  await app.adapter.students.update(id, { phone: "10" });
  expect(await pc.mirrored(app)).toMatchObject({ state: "current", unfit: [], savedAs: null });
  expect(listOf(pc.old, "students")[0]).toMatchObject({ phone: "10" });
});

test("L1 F1: a tab that dies between the note and the write, or after it, is no writing of the old app", async () => {
  for (const isWritten of [false, true]) {
    const pc = machine();
    const app = await pc.open();
    await pc.mirrored(app);
    const page = pc.old.oldPage();
    await app.adapter.students.update(await idOf(app, "Ada"), { phone: "5" });
    await app.adapter.students.create({ name: "Cy" });
    const dies = new Promise<void>((resolve) => {
      pc.old.beforeWrite = (key) => {
        pc.old.beforeWrite = () => undefined;
        app.tab.kill();
        resolve();
        // The process ends within the call, or as soon as the browser has taken the value.
        if (!isWritten) throw new Error(`killed before ${key}`);
      };
    });
    await pc.browser.advance(5_000);
    await dies;
    await pc.browser.advance(100);
    expect(listOf(pc.old, "students").map(({ name }) => name)).toEqual(isWritten ? ["Ada", "Bo", "Cy"] : ["Ada", "Bo"]);
    // Meanwhile the old page, which had read all before, saves a change of its own.
    Object.assign(page.state.students?.[1] ?? {}, { phone: "77" });
    page.save("students");

    const again = await pc.open();
    expect(await pc.mirrored(again)).toMatchObject({ losses: 0 });
    expect(listOf(pc.old, "students").map(({ name, phone }) => [name, phone])).toEqual([
      ["Ada", "5"],
      ["Bo", "77"],
      ["Cy", ""],
    ]);
    expect(await names(again)).toEqual(["Ada", "Bo", "Cy"]);
  }
});

test("L6 L7 F1: what a tab had written when it died is known to be its own: what is written here before the next look stands", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  await app.adapter.students.update(await idOf(app, "Ada"), { phone: "5" });
  await app.adapter.students.create({ name: "Cy" });
  // The browser takes the value; the tab does not live to note it.
  pc.old.beforeWrite = () => app.tab.kill();
  await pc.browser.advance(5_000);
  expect(app.tab.dead).toBe(true);
  expect(listOf(pc.old, "students").map(({ name }) => name)).toEqual(["Ada", "Bo", "Cy"]);
  const again = await pc.open();
  await again.adapter.students.update(await idOf(again, "Ada"), { phone: "6" });
  await again.adapter.students.remove(await idOf(again, "Cy"));
  expect(await pc.mirrored(again)).toMatchObject({ losses: 0, takenOver: 0 });
  expect(await names(again)).toEqual(["Ada", "Bo"]);
  expect(listOf(pc.old, "students").map(({ name, phone }) => [name, phone])).toEqual([
    ["Ada", "6"],
    ["Bo", "1"],
  ]);
});

test("L6 F1: a page that read what a tab had written when it died, and deletes some of it, is believed", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  await app.adapter.students.update(await idOf(app, "Ada"), { phone: "5" });
  await app.adapter.students.create({ name: "Cy" });
  // The browser takes the value; the tab does not live to note it.
  pc.old.beforeWrite = () => app.tab.kill();
  await pc.browser.advance(5_000);
  const page = pc.old.oldPage();
  page.state.students = page.state.students?.filter(({ name }) => name !== "Cy") ?? [];
  page.save("students");
  const again = await pc.open();
  expect(await pc.mirrored(again)).toMatchObject({ takenOver: 1, losses: 0 });
  expect(await names(again)).toEqual(["Ada", "Bo"]);
});

test("L5 L6: what this store refuses of the old app's writing stays in the old layout, and is shown", async () => {
  const pc = machine();
  const before = await pc.open();
  await pc.mirrored(before);
  await pc.close(before);
  // Not one more.
  const app = await pc.open(undefined, { limits: { maxRecords: 0 } });
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  page.state.students?.push({ ...bo, id: "1722770000001", name: "Di" }, { ...bo, id: "1722770000002", name: "Ed" });
  Object.assign(page.state.students?.[0] ?? {}, { phone: "5" });
  page.save("students");
  expect(await pc.mirrored(app)).toMatchObject({ takenOver: 1, losses: 2 });
  expect(await names(app)).toEqual(["Ada", "Bo"]);
  const shown = (await app.adapter.parts.losses.list()).map(({ by, loser }) => [by, Object(loser).name]);
  expect(shown.sort()).toEqual([
    ["old app", "Di"],
    ["old app", "Ed"],
  ]);
  expect((await app.adapter.students.list({ filter: { name: "Ada" } })).items[0]?.record.phone).toBe("5");
  await app.adapter.students.update(await idOf(app, "Bo"), { phone: "6" });
  await pc.mirrored(app);
  expect(listOf(pc.old, "students").map(({ name }) => name)).toEqual(["Ada", "Bo", "Di", "Ed"]);
  await pc.close(app);

  // With room they come in, or are given up: then the old layout follows.
  const again = await pc.open();
  await pc.mirrored(again);
  expect(listOf(pc.old, "students")).toHaveLength(4);
  const { losses } = again.adapter.parts;
  for (const { id, loser } of await losses.list())
    await losses.settle(id, Object(loser).name === "Di" ? "restore" : "keep");
  expect(await pc.mirrored(again)).toMatchObject({ losses: 0 });
  expect(await names(again)).toEqual(["Ada", "Bo", "Di"]);
  expect(listOf(pc.old, "students").map(({ name }) => name)).toEqual(["Ada", "Bo", "Di"]);
});

test("B1: a value that is JSON and no list deletes neither what stood there nor what is tied to it", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  page.put("students", "5");
  page.put("classes", JSON.stringify([{ ...english, name: "French" }]));
  expect(await pc.mirrored(app)).toMatchObject({ untouched: ["students"] });
  expect(await names(app)).toEqual(["Ada", "Bo"]);
  expect((await app.adapter.enrollments.list()).items).toHaveLength(1);
  expect((await app.adapter.classes.list()).items.map(({ record }) => record.name)).toEqual(["French"]);
  expect(pc.old.values.get("students")).toBe("5");
});

test("L1 L2 L6 F1: a tab that dies at any operation of a round, and again in the next: nothing is lost, doubled or undone", async () => {
  const bothWrite = async (pc: Machine, app: App): Promise<void> => {
    await pc.mirrored(app);
    const page = pc.old.oldPage();
    await app.adapter.students.update(await idOf(app, "Ada"), { email: "new@example.org", phone: "5" });
    await app.adapter.students.create({ name: "Cy" });
    const [item] = (await app.adapter.grades.list()).items;
    await app.adapter.grades.update(item?.record.id ?? "", { score: "95" });
    app.arm(true);
    Object.assign(page.state.students?.[0] ?? {}, { phone: "6" });
    page.state.students?.splice(1, 1, { ...bo, id: "1722770000001", name: "Di" });
    page.save("students");
    Object.assign(page.state.grades?.[0] ?? {}, { value: "70" });
    page.save("grades");
  };
  /** False: it came to its end without dying. */
  const died = async (pc: Machine, app: App): Promise<boolean> => {
    for (let i = 0; i < 4 && !app.tab.dead; i++) await pc.browser.advance(1_000);
    return app.tab.dead;
  };
  let runs = 0;
  for (const when of ["before", "after"] as const) {
    for (let first = 1; ; first++) {
      let isOver = false;
      for (let second = 1; ; second++) {
        const pc = machine();
        const app = await pc.open({ at: first, when });
        await bothWrite(pc, app);
        if (!(await died(pc, app))) {
          isOver = true;
          break;
        }
        const next = await pc.open({ at: second, when });
        next.arm(true);
        const again = await died(pc, next);
        next.arm(false);
        const last = again ? await pc.open() : next;
        await pc.mirrored(last);
        runs += 1;
        const told = `${when} ${first}, then ${second}`;
        expect(await names(last), told).toEqual(["Ada", "Cy", "Di"]);
        const rows = listOf(pc.old, "students").map(({ name, email, phone }) => [name, email, phone]);
        expect(rows, told).toEqual([
          ["Ada", "new@example.org", "6"],
          ["Di", "", "1"],
          ["Cy", "", ""],
        ]);
        expect(listOf(pc.old, "grades"), told).toMatchObject([{ value: "95" }]);
        expect(await last.adapter.parts.losses.list(), told).toHaveLength(2);
        if (!again) break;
      }
      if (isOver) break;
    }
  }
  expect(runs).toBeGreaterThan(20);
});

test("what the old app writes between the look and the write is taken over first", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const page = pc.old.oldPage();
  await app.adapter.students.update(await idOf(app, "Ada"), { phone: "5" });
  await app.adapter.classes.update((await app.adapter.classes.list()).items[0]?.record.id ?? "", { name: "French" });
  pc.old.beforeWrite = () => {
    pc.old.beforeWrite = () => undefined;
    Object.assign(page.state.students?.[1] ?? {}, { phone: "77" });
    page.save("students");
    Object.assign(page.state.grades?.[0] ?? {}, { value: "70" });
    page.save("grades");
  };
  await pc.mirrored(app);
  await pc.mirrored(app);
  expect(listOf(pc.old, "students").map(({ phone }) => phone)).toEqual(["5", "77"]);
  expect((await app.adapter.students.list({ filter: { name: "Bo" } })).items[0]?.record.phone).toBe("77");
  expect((await app.adapter.grades.list()).items[0]?.record.score).toBe("70");
});

test("of several tabs one mirrors, and when it dies the next one goes on", async () => {
  const pc = machine();
  const first = await pc.open();
  await pc.mirrored(first);
  const second = await pc.open();
  await second.adapter.students.create({ name: "Cy" });
  await pc.mirrored(first);
  expect(pc.old.writes).toEqual(["students"]);
  expect(second.mirror()).toMatchObject({ state: "waiting" });
  first.tab.kill();
  await second.adapter.students.create({ name: "Di" });
  await pc.mirrored(second);
  expect(listOf(pc.old, "students").map(({ name }) => name)).toEqual(["Ada", "Bo", "Cy", "Di"]);
});

test("F12: without locks two tabs mirror; the one that lost the lead stops, and nothing is written twice", async () => {
  const pc = machine();
  const first = await pc.open();
  await pc.mirrored(first);
  const second = await pc.open();
  await pc.browser.advance(2_000);
  // The lock is taken from the first: it never learns.
  pc.browser.stealLock();
  await second.adapter.students.create({ name: "Cy" });
  await pc.browser.advance(5_000);
  await first.adapter.students.create({ name: "Di" });
  await pc.browser.advance(130_000);
  expect(listOf(pc.old, "students").map(({ name }) => name)).toEqual(["Ada", "Bo", "Cy", "Di"]);
  expect(await names(first)).toEqual(["Ada", "Bo", "Cy", "Di"]);
});

test("L10: of two users of one browser one mirrors; the other one's store is not taken for the old app's writing", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  await pc.close(app);
  pc.old.place().own("somebody else");
  const again = await pc.open();
  expect(await pc.mirrored(again)).toMatchObject({ state: "paused", why: "MIRRORED_BY_ANOTHER_USER" });
  await again.adapter.students.create({ name: "Cy" });
  await pc.browser.advance(5_000);
  expect(pc.old.writes).toEqual([]);
});

test("L5: a store that could not be read whole writes nothing there: what is missing here was not deleted", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const before = new Map(pc.old.values);
  app.tab.kill();
  const torn = [...pc.browser.disk.values.keys()].find((key) => key.startsWith("wal/"));
  pc.browser.disk.values.set(torn ?? "", "torn");
  const again = await pc.open();
  expect(await pc.mirrored(again)).toMatchObject({ state: "paused", why: "STORE_CORRUPT" });
  await again.adapter.students.create({ name: "Cy" });
  await pc.browser.advance(70_000);
  expect(pc.old.values).toEqual(before);
});

test("B13: a list that was emptied here at once is not emptied there; record by record it is", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  const [first, second] = [await idOf(app, "Ada"), await idOf(app, "Bo")];
  await app.adapter.batch([
    { kind: "remove", domain: "students", id: first },
    { kind: "remove", domain: "students", id: second },
  ]);
  expect(await pc.mirrored(app)).toMatchObject({ state: "behind", kept: ["students"] });
  expect(listOf(pc.old, "students")).toHaveLength(2);
});

test("B13: where the old app had kept nothing the mirror begins with nothing, and goes on at the next start", async () => {
  const pc = machine({});
  const app = await pc.open();
  await pc.mirrored(app);
  expect(pc.old.writes).toEqual([]);
  await app.adapter.students.create({ name: "Cy" });
  await pc.mirrored(app);
  expect(listOf(pc.old, "students")).toMatchObject([{ name: "Cy" }]);
  await pc.close(app);
  const page = pc.old.oldPage();
  page.state.students?.push(bo);
  page.save("students");
  const again = await pc.open();
  expect(await pc.mirrored(again)).toMatchObject({ state: "current", takenOver: 1 });
  expect(await names(again)).toEqual(["Bo", "Cy"]);
});

test("what the old app kept in IndexedDB is only read: nothing is mirrored, and it is told", async () => {
  const pc = machine({});
  const tab = pc.browser.open();
  const adapter = await createHybridDataAdapter({
    school: "mirror school",
    user: "office",
    storage: tab.storage,
    platform: tab.platform,
    legacy: {
      shared: true,
      values: () => [{ name: "IndexedDB app", values: [["students", JSON.stringify([bo])]], json: true }],
      mirrorLegacy: { place: pc.old.place() },
    },
  });
  expect(adapter.parts.adopted).toMatchObject([{ adopted: 1, quarantined: [] }]);
  await adapter.students.create({ name: "Cy" });
  await pc.browser.advance(5_000);
  expect(adapter.status().legacy).toMatchObject({ mirror: { state: "paused", why: "KEPT_ELSEWHERE" } });
  expect(adapter.status().legacy?.warnings).toHaveLength(1);
  expect(pc.old.values.size).toBe(0);
  await adapter.close();
});

test("a place that is shut off is told, and takes nothing from the app", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  pc.old.beforeWrite = () => {
    throw new DOMException("denied", "SecurityError");
  };
  await app.adapter.students.create({ name: "Cy" });
  expect(await pc.mirrored(app)).toMatchObject({ state: "behind", unfit: ["students"] });
  expect(await names(app)).toEqual(["Ada", "Bo", "Cy"]);
});

test("B18: a time to gather writes that is none is refused before anything is opened", async () => {
  for (const afterMs of [Number.NaN, -1, 2 ** 31]) {
    const legacy = { shared: true, mirrorLegacy: { afterMs } };
    await expect(createHybridDataAdapter({ school: "s", user: "u", legacy })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      place: "legacy/mirrorLegacy/afterMs",
    });
  }
});

test("L7: a mirror that was switched off leaves what it wrote for no other start to adopt", async () => {
  const pc = machine();
  const app = await pc.open();
  await pc.mirrored(app);
  await app.adapter.students.create({ name: "Cy" });
  await pc.mirrored(app);
  await pc.close(app);
  const tab = pc.browser.open();
  const plain = await createHybridDataAdapter({
    school: "mirror school",
    user: "office",
    storage: tab.storage,
    platform: tab.platform,
    legacy: { shared: true, values: () => [{ name: "localStorage", values: [...pc.old.values] }] },
  });
  expect(plain.parts.adopted).toMatchObject([{ adopted: 0 }]);
  expect((await plain.students.list()).items).toHaveLength(3);
  await plain.close();
});

test("a register, an enrolment and a payment made here go into the old app's own places, and stay who they are", async () => {
  const pc = machine({
    ...lists(),
    "attendance-records": [
      {
        id: "attendance-1",
        classId: "class-1",
        className: "English",
        teacherId: "",
        teacherName: "Unknown Teacher",
        sessionDate: "2024-09-01",
        studentRecords: [{ studentId: "student-1", studentName: "Ada", status: "present" }],
      },
    ],
  });
  const app = await pc.open();
  await pc.mirrored(app);
  const { adapter } = app;
  const [student, group] = [await idOf(app, "Bo"), (await adapter.classes.list()).items[0]?.record.id ?? ""];
  const [mark] = (await adapter.attendance.list()).items;
  await adapter.enrollments.create({ studentId: student, classId: group, oneSided: false });
  await adapter.attendance.create({
    sessionId: mark?.record.sessionId,
    studentId: student,
    classId: group,
    date: "2024-09-01",
    status: "late",
  });
  const cy = (await adapter.students.create({ name: "Cy" })).item?.record.id ?? "";
  await adapter.enrollments.create({ studentId: cy, classId: group, oneSided: false });
  await pc.mirrored(app);
  expect(listOf(pc.old, "classes")[0]?.studentIds).toEqual(["student-1", bo.id, cy]);
  expect(listOf(pc.old, "attendance-records")[0]?.studentRecords).toHaveLength(2);
  const counts = async (): Promise<number[]> => {
    const all = [adapter.students, adapter.enrollments, adapter.attendance];
    return Promise.all(all.map(async (one) => (await one.list()).items.length));
  };
  expect(await counts()).toEqual([3, 3, 2]);

  pc.old.writes.splice(0);
  // A fresh page of the old app changes what was made here: no second record comes of it.
  const page = pc.old.oldPage();
  const marks = page.state["attendance-records"]?.[0]?.studentRecords as Record<string, unknown>[];
  Object.assign(marks[1] ?? {}, { status: "absent" });
  page.save("attendance-records");
  Object.assign(page.state.students?.find(({ id }) => id === cy) ?? {}, { phone: "3" });
  page.save("students");
  Object.assign(page.state.classes?.[0] ?? {}, { name: "French" });
  page.save("classes");
  expect(await pc.mirrored(app)).toMatchObject({ losses: 0 });
  expect(await counts()).toEqual([3, 3, 2]);
  expect((await adapter.students.get(cy))?.record).toMatchObject({ phone: "3", externalId: null });
  expect((await adapter.attendance.list({ filter: { studentId: student } })).items[0]?.record.status).toBe("absent");

  // What the old app's components insist on is still there: nothing was written over its own writing.
  expect(listOf(pc.old, "students").find(({ id }) => id === cy)).toMatchObject({ status: "active", parentContact: "" });
  expect(pc.old.writes).toEqual([]);

  // And the next start writes nothing.
  await pc.close(app);
  const again = await pc.open();
  expect(await pc.mirrored(again)).toMatchObject({ state: "current", takenOver: 0 });
  expect(pc.old.writes).toEqual([]);
});
