/** What every adapter owes its caller, in whatever stage the school is. */
import { afterEach, describe, expect, test } from "vitest";
import type { Query } from "../../src/adapter/contract.ts";
import type { Stage } from "../../src/domain/stages.ts";
import { type AdapterDevice, type AdapterSchool, adapterSchool } from "../adapter/adapter-school.ts";
import { uuid } from "../support/records.ts";
import type { TestServer } from "../support/server.ts";

interface Expected {
  readonly reads: "local" | "server";
  readonly acknowledges: "local" | "server";
  /** The server has the write once everything is pushed. */
  readonly reaches: boolean;
}

const atHome = { reads: "local", acknowledges: "local", reaches: true } as const;
const away = { reads: "server", acknowledges: "server", reaches: true } as const;

const stages: Readonly<Record<Stage, Expected>> = {
  off: { ...atHome, reaches: false },
  dualwrite: atHome,
  shadow: atHome,
  live: away,
  rampdown: away,
  complete: away,
  draining: atHome,
};

/** Names that a computer sorts in an order of its own if nobody tells it otherwise. */
const names = ["Zoë", "ada", "Ärne", "Ada", "𝒳enia", "Özlem", "\uFB01nn", "bo", "Żak", "ada"];

export function adapterContract(server: () => TestServer): void {
  describe.each(Object.entries(stages))("in stage %s", (name, expected) => {
    const stage = name as Stage;
    const schools: AdapterSchool[] = [];
    afterEach(async () => {
      for (const school of schools.splice(0)) await school.close();
    });

    async function open(): Promise<{ school: AdapterSchool; office: AdapterDevice }> {
      const school = await adapterSchool(server(), stage);
      schools.push(school);
      const office = await school.device("office");
      await office.sync();
      return { school, office };
    }
    const rowsIf = (reached: boolean, rows: readonly object[]): readonly object[] => (reached ? rows : []);

    test("L1: create, get, update and remove agree in the promise, the store and the server", async () => {
      const { school, office } = await open();
      const { students } = office.adapter;
      const made = await office.settled(students.create({ name: "Ada", email: "ada@example.org" }));
      expect(made.acknowledged).toBe(expected.acknowledges);
      const id = made.item?.record.id ?? "";
      expect(await office.settled(students.get(id))).toMatchObject({
        record: { name: "Ada", email: "ada@example.org", phone: null },
        source: expected.reads,
      });
      await office.sync();
      expect(await school.rows("students")).toEqual(rowsIf(expected.reaches, [{ id, name: "Ada" }]));

      const changed = await office.settled(students.update(id, { name: "Ada L." }));
      expect(changed).toMatchObject({ acknowledged: expected.acknowledges, item: { record: { name: "Ada L." } } });
      await office.sync();
      expect(await school.rows("students")).toEqual(rowsIf(expected.reaches, [{ id, name: "Ada L." }]));

      const gone = await office.settled(students.remove(id));
      expect(gone).toEqual({ item: null, acknowledged: expected.acknowledges });
      expect(await office.settled(students.get(id))).toBeNull();
      await office.sync();
      expect(await school.rows("students")).toEqual([]);
      expect(office.adapter.status()).toMatchObject({ stage, outbox: { mutations: 0 }, parked: [] });
    });

    test("a list is sorted, filtered and paged alike on both sides, and a cursor of one serves the other", async () => {
      const { school, office } = await open();
      for (const [i, student] of names.entries()) {
        const status = i % 3 === 0 ? "inactive" : "active";
        const joinDate = i % 4 === 0 ? null : `2024-0${1 + (i % 3)}-01`;
        await office.settled(office.adapter.students.create({ id: id(i), name: student, status, joinDate }));
      }
      if (!expected.reaches)
        for (const [i, student] of names.entries()) await school.post("students", both(i, student));
      await office.sync();
      const orders: Query[] = [
        {},
        { order: "desc" },
        { sort: "name" },
        { sort: "name", order: "desc" },
        { sort: "joined" },
        { sort: "joined", order: "desc", filter: { status: "active" } },
        { sort: "joined", filter: { status: ["active", "inactive"] } },
      ];
      for (const query of orders) {
        const here = await pages(office, { ...query, limit: 3 });
        const there = await serverPages(school, { ...query, limit: 3 });
        expect({ query, ...here }).toEqual({ query, ...there });
      }
    });

    test("L3: a batch is written whole, and refused whole", async () => {
      const { school, office } = await open();
      const written = await office.settled(
        office.adapter.batch([
          { kind: "create", domain: "students", draft: { id: uuid(1), name: "Ada" } },
          { kind: "create", domain: "students", draft: { id: uuid(2), name: "Bo" } },
          { kind: "update", domain: "students", id: uuid(1), changes: { phone: "1" } },
        ]),
      );
      expect(written.map(({ acknowledged }) => acknowledged)).toEqual(Array(3).fill(expected.acknowledges));
      const refused = office.adapter.batch([
        { kind: "remove", domain: "students", id: uuid(1) },
        { kind: "create", domain: "students", draft: { id: uuid(3), name: "" } },
      ]);
      await expect(office.settled(refused)).rejects.toMatchObject({ code: "RECORD_INVALID", place: "/name" });
      await office.sync();
      const page = await office.settled(office.adapter.students.list({ sort: "name" }));
      expect(page.items.map(({ record }) => [record.name, record.phone])).toEqual([
        ["Ada", "1"],
        ["Bo", null],
      ]);
      expect(await school.rows("students")).toHaveLength(expected.reaches ? 2 : 0);
    });

    test("subscribers hear of this device's writes and of others'", async () => {
      const { school, office } = await open();
      const heard: string[] = [];
      const end = office.adapter.students.subscribe(({ ids }) => heard.push(...ids));
      await office.settled(office.adapter.students.create({ id: uuid(1), name: "Ada" }));
      expect(heard).toContain(uuid(1));
      if (expected.reaches) {
        await school.post("students", { id: uuid(2), name: "Bo" });
        await office.sync();
        expect(heard).toContain(uuid(2));
      }
      end();
      const before = heard.length;
      await office.settled(office.adapter.students.create({ id: uuid(3), name: "Cy" }));
      expect(heard).toHaveLength(before);
    });

    test("L1 F16: made offline, a write is kept on this disk, shown, and sent when the network is back", async () => {
      const { school, office } = await open();
      office.network.always("drop");
      office.browser.online = false;
      const made = await office.settled(office.adapter.students.create({ id: uuid(1), name: "Ada" }));
      expect(made.acknowledged).toBe(expected.acknowledges === "local" ? "local" : "pending");
      const page = await office.settled(office.adapter.students.list());
      expect(page).toMatchObject({ source: "local", pending: expected.reaches ? 1 : 0 });
      expect(page.items.map(({ record, state }) => [record.name, state])).toEqual([
        ["Ada", expected.reaches ? "pending" : "local"],
      ]);
      await office.crash();
      expect((await office.settled(office.adapter.students.get(uuid(1))))?.record.name).toBe("Ada");
      office.network.heal();
      office.browser.online = true;
      await office.sync();
      await office.sync();
      expect(await school.rows("students")).toEqual(rowsIf(expected.reaches, [{ id: uuid(1), name: "Ada" }]));
      expect(await school.changes()).toBe(expected.reaches ? 1 : 0);
    });

    test("L8: made while the stage changes, a write is kept once, wherever the line ends up", async () => {
      for (const to of ["dualwrite", "live", "draining"] as const) {
        if (to === stage) continue;
        const { school, office } = await open();
        office.network.next("hold");
        const writing = office.adapter.students.create({ id: uuid(1), name: "Ada" });
        await school.setStage(to);
        office.network.release();
        const written = await office.settled(writing);
        expect(["local", "server", "pending"]).toContain(written.acknowledged);
        office.network.release();
        await office.sync();
        await office.sync();
        expect(office.adapter.status()).toMatchObject({ stage: to, outbox: { mutations: 0 }, parked: [] });
        expect(await school.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
        expect(await school.changes()).toBe(1);
        expect(office.adapter.parts.store.get("students", uuid(1))).toMatchObject({
          state: "synced",
          serverVersion: 1,
        });
      }
    });

    test("B5 B6 B11 S6 S12: what cannot be stored is refused with its place, and leaves nothing anywhere", async () => {
      const { school, office } = await open();
      const { adapter } = office;
      const hostile = JSON.parse('{"name":"x","__proto__":{"admin":true}}') as Record<string, unknown>;
      const cases: readonly (readonly [object, string, string])[] = [
        [{ name: "a\u0000b" }, "TEXT_UNSUPPORTED", "/name"],
        [{ name: "a\uD800" }, "TEXT_UNSUPPORTED", "/name"],
        [{ name: "x", dateOfBirth: "2024-02-30" }, "DATE_INVALID", "/dateOfBirth"],
        [{ name: "x", dateOfBirth: "13/25/2024" }, "DATE_INVALID", "/dateOfBirth"],
        [{ name: "x", extra: { a: Number.NaN } }, "UNSERIALIZABLE", "/extra/a"],
        [{ name: "x", extra: { a: [1n] } }, "UNSERIALIZABLE", "/extra/a/0"],
        [{ name: "x", extra: { a: new Date(0) } }, "UNSERIALIZABLE", "/extra/a"],
        [{ name: "x", extra: { a: undefined } }, "UNSERIALIZABLE", "/extra/a"],
        [{ name: "x", schoolId: uuid(9) }, "RECORD_INVALID", "/"],
        [{ name: "x", version: 7 }, "RECORD_INVALID", "/"],
        [hostile, "BAD_REQUEST", "/"],
      ];
      for (const [draft, code, place] of cases) {
        const refused = adapter.domain("students").create(draft);
        await expect(office.settled(refused), JSON.stringify(place)).rejects.toMatchObject({ code, place });
      }
      await office.sync();
      expect(await school.rows("students")).toEqual([]);
      expect((await office.settled(adapter.students.list())).items).toEqual([]);
      expect(Object.hasOwn({}, "admin")).toBe(false);
    });

    test("S11: a sort or filter that the domain does not have is refused, and asks nobody", async () => {
      const { office } = await open();
      const asked = office.network.sent.length;
      const hostile: readonly Query[] = [
        { sort: 'name"; drop table students' },
        { sort: "__proto__" },
        { filter: { school_id: uuid(1) } },
        { filter: { constructor: "x" } },
        { filter: { emergencyContact: {} } },
        { filter: { joinDate: "2024-02-30" } },
        { limit: 0 },
        { limit: 1e9 },
        { cursor: "AAAA" },
      ];
      for (const query of hostile) {
        const refused = office.settled(office.adapter.students.list(query));
        await expect(refused, JSON.stringify(query)).rejects.toMatchObject({ code: "BAD_REQUEST" });
      }
      expect(office.network.sent.length).toBe(asked);
    });
  });

  const id = (i: number): string => uuid(10 + i);
  const both = (i: number, name: string) => ({
    id: id(i),
    name,
    status: i % 3 === 0 ? "inactive" : "active",
    joinDate: i % 4 === 0 ? null : `2024-0${1 + (i % 3)}-01`,
  });
}

interface Pages {
  readonly ids: string[];
  readonly cursors: string[];
}

async function pages({ adapter, settled }: AdapterDevice, query: Query): Promise<Pages> {
  const found: Pages = { ids: [], cursors: [] };
  let cursor: string | undefined;
  do {
    const page = await settled(adapter.students.list({ ...query, ...(cursor === undefined ? {} : { cursor }) }));
    found.ids.push(...page.items.map(({ record }) => record.id));
    if (page.next !== null) found.cursors.push(page.next);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
}

/** The same list, asked of the server by REST. */
async function serverPages({ server, school }: AdapterSchool, query: Query): Promise<Pages> {
  const found: Pages = { ids: [], cursors: [] };
  let cursor: string | undefined;
  do {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(query.filter ?? {})) {
      for (const one of [value].flat()) params.append(name, String(one));
    }
    for (const name of ["sort", "order", "limit"] as const) if (query[name]) params.set(name, String(query[name]));
    if (cursor !== undefined) params.set("cursor", cursor);
    const { body } = await server.call("GET", `/api/students?${params}`, { school });
    found.ids.push(...(body.items as { record: { id: string } }[]).map(({ record }) => record.id));
    if (body.next !== null) found.cursors.push(String(body.next));
    cursor = body.next === null ? undefined : String(body.next);
  } while (cursor !== undefined);
  return found;
}
