/** The mirror while the school moves to the server and back: what either app writes reaches all three sides. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../src/domain/stages.ts";
import { type OldBrowser, oldBrowser } from "../support/old-app.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { adapterSchool } from "./adapter-school.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const ada = { id: "student-1", name: "Ada", email: "", phone: "", classId: "unassigned", status: "active" };
const namesIn = ({ values }: OldBrowser): unknown[] =>
  (JSON.parse(values.get("students") ?? "[]") as { name: string }[]).map(({ name }) => name);

test("L5: a device that works with the server already mirrors nothing: what it has not adopted is not deleted", async () => {
  const old = oldBrowser({ students: [ada] });
  const before = new Map(old.values);
  const school = await adapterSchool(server, "dualwrite");
  const office = await school.device("office");
  await office.sync();
  await office.reopen({
    legacy: {
      shared: true,
      values: () => [{ name: "localStorage", values: [...old.values] }],
      mirrorLegacy: { place: old.place() },
    },
  });
  await office.until(() => office.adapter.status().legacy?.mirror?.why === "NOT_ADOPTED");
  await office.settled(office.adapter.students.create({ name: "Bo" }));
  await office.browser.advance(5_000);
  expect(old.values).toEqual(before);
  await school.close();
});

test("L7 L9: off, dualwrite, live, draining and off: the previous version always starts with what there is", async () => {
  const old = oldBrowser({ students: [ada] });
  const school = await adapterSchool(server, "off");
  const office = await school.device(
    "office",
    {},
    {
      legacy: {
        shared: true,
        values: () => [{ name: "localStorage", values: [...old.values] }],
        mirrorLegacy: { place: old.place(), saveFile: () => undefined },
      },
    },
  );
  const { adapter } = office;
  const until = (check: () => boolean) => office.until(check);
  const onServer = async (): Promise<unknown[]> => (await school.rows("students")).map(({ name }) => name).sort();
  const moveTo = async (stage: Stage): Promise<void> => {
    await office.settled(adapter.setStage(stage));
    await office.sync();
  };
  const inOldApp = (change: (list: Record<string, unknown>[]) => Record<string, unknown>[]): void => {
    const page = old.oldPage();
    page.state.students = change(page.state.students ?? []);
    page.save("students");
  };
  await office.sync();
  await until(() => adapter.status().legacy?.mirror?.state === "current");

  await moveTo("dualwrite");
  // From another device by the server; from the old app to the server.
  await school.post("students", { name: "Bo" });
  await office.sync();
  await until(() => namesIn(old).length === 2);
  inOldApp((list) => [...list.map((one) => ({ ...one, phone: "070" })), { ...ada, id: "1722770000001", name: "Cy" }]);
  await until(() => adapter.status().legacy?.mirror?.takenOver === 3);
  await office.sync();
  expect(await onServer()).toEqual(["Ada", "Bo", "Cy"]);
  expect((await school.rows("students", ["phone"])).map(({ phone }) => phone)).toContain("070");
  const authors = await server.sql(
    `select op, author, count(*)::int as n from history where school_id = '${school.school}' group by op, author order by 1, 2`,
  );
  // The history tells the previous version's writes from this one's.
  expect(authors.filter(({ author }) => author === "office (old app)")).toEqual([
    { op: "create", author: "office (old app)", n: 1 },
    { op: "update", author: "office (old app)", n: 2 },
  ]);

  await moveTo("live");
  await office.settled(adapter.students.create({ name: "Di" }));
  await until(() => namesIn(old).includes("Di"));

  await moveTo("draining");
  await moveTo("off");
  await office.settled(adapter.students.create({ name: "Ed" }));
  inOldApp((list) => list.filter(({ name }) => name !== "Bo"));
  await until(() => namesIn(old).includes("Ed") && !namesIn(old).includes("Bo"));
  expect(namesIn(old)).toEqual(["Ada", "Cy", "Di", "Ed"]);
  expect((await office.settled(adapter.students.list())).items).toHaveLength(4);

  // And once more: the deletion that the old app made goes to the server.
  await moveTo("dualwrite");
  expect(await onServer()).toEqual(["Ada", "Cy", "Di", "Ed"]);

  for (const stage of ["shadow", "rampdown", "complete"] as const) await moveTo(stage);
  await until(() => adapter.status().legacy?.mirror?.state === "stopped");
  const before = new Map(old.values);
  await office.settled(adapter.students.create({ name: "Fe" }));
  await office.browser.advance(5_000);
  expect(old.values).toEqual(before);
  await school.close();
});
