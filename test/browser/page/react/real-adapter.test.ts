/** The hooks over the real adapter in a page: IndexedDB, the live channel, and the real server behind a service worker. */
import { act, cleanup, render } from "@testing-library/react";
import { createElement, type ReactNode, StrictMode, useState } from "react";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { HybridDataAdapter } from "../../../../src/adapter/contract.ts";
import { HybridDataProvider } from "../../../../src/react/hybrid-data-provider.ts";
import { useDomainList } from "../../../../src/react/use-domain-list.ts";
import { useMutations } from "../../../../src/react/use-mutations.ts";
import { useRecord } from "../../../../src/react/use-record.ts";
import { useMigrationStage, useSyncStatus } from "../../../../src/react/use-status.ts";
import type { SchoolDomain } from "../../../../src/remote/api/school-domain.ts";
import { students } from "../../../../src/school/students.ts";
import { schoolInPage } from "../../../adapter/school-in-page.ts";
import type { More, School, SchoolDevice } from "../../../adapter/school-on.ts";
import { pageServer } from "../../../support/page-server.ts";
import { uuid } from "../../../support/records.ts";
import type { TestServer } from "../../../support/server-on.ts";

vi.setConfig({ testTimeout: 60_000 });

let server: TestServer;
const schools: School[] = [];
beforeAll(async () => {
  server = await pageServer();
}, 60_000);
afterEach(async () => {
  cleanup();
  for (const school of schools.splice(0)) await school.close();
});
afterAll(() => server.close());

const stages = ["dualwrite", "live"] as const;

async function open(
  stage: (typeof stages)[number],
  more: More = {},
): Promise<{ school: School; office: SchoolDevice; adapter: HybridDataAdapter<SchoolDomain> }> {
  const school = await schoolInPage(server, stage);
  schools.push(school);
  const office = await school.device("office", {}, more);
  await office.sync();
  return { school, office, adapter: office.adapter };
}

/** StrictMode mounts everything twice, as it does in an app that is being worked on. */
function drawn(adapter: HybridDataAdapter<SchoolDomain>, Probe: () => ReactNode) {
  const inside = createElement(HybridDataProvider, { adapter }, createElement(Probe));
  const { container, unmount } = render(createElement(StrictMode, null, inside));
  return {
    text: () => container.textContent ?? "",
    press: (label: string) => {
      const button = [...container.querySelectorAll("button")].find(({ textContent }) => textContent === label);
      if (!button) throw new Error(`There is no button ${label}.`);
      act(() => button.click());
    },
    unmount,
  };
}
const soon = { timeout: 30_000, interval: 10 } as const;
const button = (label: string, onClick: () => unknown): ReactNode =>
  createElement("button", { type: "button", onClick }, label);
const pupils = (...all: string[]) => all.map((name, n) => ({ id: uuid(n + 1), name }));

test.each(stages)("in %s an infinite list comes page by page, and follows what this device writes", async (stage) => {
  const { school, office, adapter } = await open(stage);
  for (const pupil of pupils("Ada", "Bo", "Cy", "Di", "Ed")) await school.post("students", pupil);
  await office.sync();
  const screen = drawn(adapter, () => {
    const { items, hasMore, loadMore, source, status } = useDomainList(students, { sort: "name", limit: 2 });
    const { create } = useMutations(students);
    return [
      `${status} from ${source}: ${items.map(({ record, state }) => `${record.name} ${state}`).join()}${hasMore ? " …" : ""} `,
      createElement("span", { key: "more" }, button("more", loadMore)),
      createElement(
        "span",
        { key: "new" },
        button("new", () => create({ id: uuid(9), name: "Bea" })),
      ),
    ];
  });
  const from = `ready from ${stage === "live" ? "server" : "local"}: `;
  const shows = (rows: string) => expect.poll(screen.text, soon).toBe(`${from}${rows} morenew`);
  await shows("Ada synced,Bo synced …");
  screen.press("more");
  await shows("Ada synced,Bo synced,Cy synced,Di synced …");
  screen.press("new");
  await shows("Ada synced,Bea synced,Bo synced,Cy synced …");
  screen.press("more");
  await shows("Ada synced,Bea synced,Bo synced,Cy synced,Di synced,Ed synced");
  expect(await school.rows("students")).toHaveLength(6);
});

test.each(stages)("in %s a change of another device comes in by itself, to a list and to a record", async (stage) => {
  const { school, office, adapter } = await open(stage, {
    server: {
      baseUrl: location.origin,
      token: () => server.token({ user: "office", school: schools.at(-1)?.school ?? "" }),
    },
  });
  await school.post("students", { id: uuid(1), name: "Ada" });
  await office.sync();
  const screen = drawn(adapter, () => {
    const { items } = useDomainList(students, { sort: "name" });
    const { status, found } = useRecord(students, uuid(1));
    return `${items.map(({ record }) => record.name).join()} / ${status} ${found?.record.name ?? "nobody"}`;
  });
  await expect.poll(screen.text, soon).toBe("Ada / ready Ada");
  await school.post("students", { id: uuid(2), name: "Bo" });
  await expect.poll(screen.text, soon).toBe("Ada,Bo / ready Ada");
  const changed = await server.call("PATCH", `/api/students/${uuid(1)}`, {
    school: school.school,
    headers: { "if-match": '"1"' },
    body: { name: "Ada L." },
  });
  expect(changed.status).toBe(200);
  await expect.poll(screen.text, soon).toBe("Ada L.,Bo / ready Ada L.");
  const removed = await server.call("DELETE", `/api/students/${uuid(1)}`, {
    school: school.school,
    headers: { "if-match": '"2"' },
  });
  expect(removed.status).toBeLessThan(300);
  await expect.poll(screen.text, soon).toBe("Bo / ready nobody");
});

test("L11: a write that the server refuses in live is on the screen until the next is taken", async () => {
  const { adapter } = await open("live");
  const screen = drawn(adapter, () => {
    const { create, saving, error } = useMutations(students);
    const { outbox } = useSyncStatus();
    return [
      `saving ${saving}, waiting ${outbox.mutations}, ${error?.code ?? "fine"} `,
      createElement(
        "span",
        { key: "bad" },
        button("bad", () => create({ name: "" }).catch(() => undefined)),
      ),
      createElement(
        "span",
        { key: "good" },
        button("good", () => create({ name: "Ada" })),
      ),
    ];
  });
  screen.press("bad");
  await expect.poll(screen.text, soon).toContain("saving 0, waiting 0, RECORD_INVALID");
  screen.press("good");
  await expect.poll(screen.text, soon).toContain("saving 0, waiting 0, fine");
});

test("what is unmounted in the middle of a read and of a write draws nothing any more; the write is kept", async () => {
  const { school, office, adapter } = await open("live");
  const errors = vi.spyOn(console, "error");
  let drawings = 0;
  office.network.always("wait");
  const screen = drawn(adapter, () => {
    drawings += 1;
    const { status } = useDomainList(students, { sort: "name" });
    const { create, saving } = useMutations(students);
    return [
      `${status} ${saving} `,
      createElement(
        "span",
        { key: "new" },
        button("new", () => create(pupils("Ada")[0] ?? {})),
      ),
    ];
  });
  screen.press("new");
  await expect.poll(screen.text, soon).toContain("loading 1");
  await office.until(() => office.network.sent.some(({ path }) => path === "/api/students"));
  screen.unmount();
  const before = drawings;
  office.network.heal();
  office.network.release();
  await office.sync();
  await expect.poll(() => adapter.status().outbox.mutations, soon).toBe(0);
  expect(await school.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
  expect(drawings).toBe(before);
  expect(errors.mock.calls).toEqual([]);
  errors.mockRestore();
  // What is mounted later shows it.
  const again = drawn(adapter, () => {
    const { items, status } = useDomainList(students, { sort: "name" });
    return `${status} ${items.map(({ record }) => record.name).join()}`;
  });
  await expect.poll(again.text, soon).toBe("ready Ada");
});

test("stage and engine follow the school, also when another device moved it; a failed change of it is told", async () => {
  const { school, office, adapter } = await open("dualwrite");
  const screen = drawn(adapter, () => {
    const { stage, mode, epoch, setStage, setMode } = useMigrationStage();
    const { sync, parked, readOnly } = useSyncStatus();
    const [failure, fail] = useState("");
    const failed = ({ code }: { readonly code: string }): void => fail(code);
    return [
      `${stage} ${mode} ${epoch}, ${sync.paused.join() || "not paused"}, ${parked.length} parked, ${readOnly ?? "writes"} ${failure}`,
      createElement(
        "span",
        { key: "live" },
        button("live", () => setStage("live")),
      ),
      createElement(
        "span",
        { key: "api" },
        button("api", () => setMode("api").catch(failed)),
      ),
    ];
  });
  await expect.poll(screen.text, soon).toContain("dualwrite hybrid 1, not paused, 0 parked, writes");
  screen.press("live");
  await expect.poll(screen.text, soon).toContain("live hybrid 2");
  await school.setStage("shadow");
  screen.press("api");
  await expect.poll(screen.text, soon).toContain("EPOCH_STALE");
  await office.sync();
  await expect.poll(screen.text, soon).toContain("shadow hybrid 3");
  screen.press("api");
  await expect.poll(screen.text, soon).toContain("rampdown api 4");
});
