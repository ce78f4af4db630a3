/** What every adapter owes its caller, in whatever stage the school is, on a school that the old app has filled. */
import { afterEach, describe, expect, test } from "vitest";
import type { LegacyOptions } from "../../src/adapter/adopt-legacy.ts";
import type { Query } from "../../src/adapter/contract.ts";
import { canonicalText } from "../../src/domain/digest.ts";
import type { Stage } from "../../src/domain/stages.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import type { OpenSchool, School, SchoolDevice } from "../adapter/school-on.ts";
import { onPush, pushesOf } from "../support/pushes.ts";
import { uuid } from "../support/records.ts";
import { answersTo, chunkedOf, loggedOf } from "../support/stored.ts";

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

/** @param legacy what the office's browser holds from the old app */
export function adapterContract(openSchool: OpenSchool, legacy: LegacyOptions): void {
  describe.each(Object.entries(stages))("in stage %s", (name, expected) => {
    const stage = name as Stage;
    const schools: School[] = [];
    afterEach(async () => {
      for (const school of schools.splice(0)) await school.close();
    });

    /** The office adopted what the old app left while the school was in `off`, and went with the school to the stage. */
    async function open(): Promise<{ school: School; office: SchoolDevice }> {
      const school = await openSchool("off");
      schools.push(school);
      const office = await school.device("office", {}, { legacy });
      expect(office.adapter.parts.adopted[0]?.adopted).toBeGreaterThan(20);
      if (expected.reaches) await move(school, office, ["dualwrite", stage]);
      else await office.sync();
      return { school, office };
    }
    async function move(school: School, office: SchoolDevice, to: readonly Stage[]): Promise<void> {
      for (const next of new Set(to)) {
        await school.setStage(next);
        await office.sync();
      }
      await office.sync();
      expect(office.adapter.status()).toMatchObject({ stage: to.at(-1), outbox: { mutations: 0 } });
    }
    const rowsIf = (reached: boolean, rows: readonly object[]): readonly object[] => (reached ? rows : []);
    /** Those that the test itself made: the old app knew no such ids. */
    const ownRows = async (school: School, columns?: string[]): Promise<Record<string, unknown>[]> =>
      (await school.rows("students", columns)).filter((row) => isOwn(String(row.id)));

    test("L5: every record of the old app is shown as it was adopted, and stands on the server if it is asked", async () => {
      const { school, office } = await open();
      const { adapter, network, settled } = office;
      let shown = 0;
      for (const domain of schoolDomains) {
        const here = [...adapter.parts.store.all(domain.name)].map(({ record }) => canonicalText(domain, record));
        const asked = network.sent.length;
        const page = await settled(adapter.domain(domain.name).list({ limit: 1000 }));
        expect(page, domain.name).toMatchObject({ source: expected.reads, pending: 0, next: null });
        expect(page.items.map(({ record }) => canonicalText(domain, record))).toEqual(here.sort(byId));
        expect(readsSince(office, asked)).toEqual(
          expected.reads === "server" ? [`GET /api/${domain.name}`] : ([] as string[]),
        );
        expect(await school.rows(domain.name, ["version"]), domain.name).toHaveLength(
          expected.reaches ? here.length : 0,
        );
        const states = new Set(page.items.map(({ state }) => state));
        expect([...states]).toEqual(here.length === 0 ? [] : [expected.reaches ? "synced" : "local"]);
        shown += here.length;
      }
      expect(shown).toBe(adapter.parts.adopted[0]?.adopted);
    });

    test("L1: create, get, update and remove agree in the promise, the bytes on disk, the rows and the requests", async () => {
      const { school, office } = await open();
      const { students } = office.adapter;
      const id = uuid(1);
      /** The mutation was on disk once before it was sent once, and its answer is there when it was answered. */
      async function agree(kind: string, fields: object, rows: readonly object[]): Promise<void> {
        await office.sync();
        const stored = await office.stored();
        const logged = loggedOf(stored, id).filter((mutation) => mutation.kind === kind);
        expect(logged).toMatchObject([{ kind, fields }]);
        expect(logged.flatMap((mutation) => answersTo(stored, mutation))).toEqual(expected.reaches ? ["applied"] : []);
        expect(pushesOf(office.network, id, kind)).toEqual(expected.reaches ? [[logged[0]?.id, 200]] : []);
        expect(await ownRows(school)).toEqual(rowsIf(expected.reaches, rows));
      }
      const made = await office.settled(students.create({ id, name: "Ada", email: "ada@example.org" }));
      expect(made.acknowledged).toBe(expected.acknowledges);
      // Whoever acknowledged it: it is on disk before anybody was told.
      expect(loggedOf(await office.stored(), id)).toMatchObject([{ kind: "create", fields: { name: "Ada" } }]);
      let asked = office.network.sent.length;
      expect(await office.settled(students.get(id))).toMatchObject({
        record: { name: "Ada", email: "ada@example.org", phone: null },
        source: expected.reads,
      });
      expect(readsSince(office, asked)).toEqual(expected.reads === "server" ? [`GET /api/students/${id}`] : []);
      await agree("create", { name: "Ada", email: "ada@example.org" }, [{ id, name: "Ada" }]);

      const changed = await office.settled(students.update(id, { name: "Ada L." }));
      expect(changed).toMatchObject({ acknowledged: expected.acknowledges, item: { record: { name: "Ada L." } } });
      await agree("update", { name: "Ada L." }, [{ id, name: "Ada L." }]);

      const gone = await office.settled(students.remove(id));
      expect(gone).toEqual({ item: null, acknowledged: expected.acknowledges });
      asked = office.network.sent.length;
      expect(await office.settled(students.get(id))).toBeNull();
      expect(readsSince(office, asked)).toEqual(expected.reads === "server" ? [`GET /api/students/${id}`] : []);
      await agree("delete", {}, []);
      expect(await school.changes(id)).toBe(expected.reaches ? 3 : 0);
      expect(office.adapter.status()).toMatchObject({ stage, outbox: { mutations: 0 }, parked: [] });
    });

    test("L6: a record of the old app is changed on the version that the server has, and in off without one", async () => {
      const { school, office } = await open();
      const { teachers } = office.adapter;
      const [teacher] = (await office.settled(teachers.list({ limit: 1 }))).items;
      const id = teacher?.record.id ?? "";
      expect(teacher?.version).toBe(expected.reaches ? 1 : null);
      const written = await office.settled(teachers.update(id, { notes: "by the office" }));
      await office.sync();
      expect(written.item?.record).toEqual({ ...teacher?.record, notes: "by the office" });
      expect((await office.settled(teachers.get(id)))?.version).toBe(expected.reaches ? 2 : null);
      expect((await school.rows("teachers", ["notes", "version"])).filter((row) => row.id === id)).toEqual(
        rowsIf(expected.reaches, [{ id, notes: "by the office", version: 2 }]),
      );
      // Folded in, it stands so in the newest chunk.
      await office.settled(office.adapter.parts.store.sync.compact(new AbortController().signal));
      expect(chunkedOf(await office.stored(), id).at(-1)).toEqual([
        { ...teacher?.record, notes: "by the office" },
        expected.reaches ? 2 : null,
      ]);
    });

    test("a list is sorted, filtered and paged alike on both sides, and a cursor of one serves the other", async () => {
      const { school, office } = await open();
      // In `off` a server has something to compare with where the school was further on before, and went back (L9).
      if (!expected.reaches) await move(school, office, ["dualwrite", "draining", "off"]);
      for (const [i, student] of names.entries()) {
        await office.settled(office.adapter.students.create(both(i, student)));
        if (!expected.reaches) await school.post("students", both(i, student));
      }
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
        const asked = office.network.sent.length;
        const here = await pages(office, { ...query, limit: 5 });
        const there = await serverPages(school, { ...query, limit: 5 });
        expect({ query, ...here }).toEqual({ query, ...there });
        const requests = expected.reads === "server" ? here.cursors.length + 1 : 0;
        expect(readsSince(office, asked)).toEqual(Array(requests).fill("GET /api/students"));
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
      const page = await office.settled(office.adapter.students.list({ sort: "name", limit: 1000 }));
      const own = page.items.filter(({ record }) => isOwn(record.id));
      expect(own.map(({ record }) => [record.name, record.phone])).toEqual([
        ["Ada", "1"],
        ["Bo", null],
      ]);
      const stored = await office.stored();
      // All of it in one entry of the log, and of what was refused nothing.
      const entries = [1, 2].flatMap((n) => loggedOf(stored, uuid(n))).map(({ key }) => key);
      expect([entries.length, new Set(entries).size]).toEqual([3, 1]);
      expect(loggedOf(stored, uuid(3))).toEqual([]);
      expect(await ownRows(school, ["phone"])).toEqual(
        rowsIf(expected.reaches, [
          { id: uuid(1), phone: "1" },
          { id: uuid(2), phone: null },
        ]),
      );
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
      office.setOnline(false);
      const made = await office.settled(office.adapter.students.create({ id: uuid(1), name: "Ada" }));
      expect(made.acknowledged).toBe(expected.acknowledges === "local" ? "local" : "pending");
      expect(loggedOf(await office.stored(), uuid(1))).toMatchObject([{ kind: "create", fields: { name: "Ada" } }]);
      const page = await office.settled(office.adapter.students.list({ limit: 1000 }));
      expect(page).toMatchObject({ source: "local", pending: expected.reaches ? 1 : 0 });
      const own = page.items.filter(({ record }) => isOwn(record.id));
      expect(own.map(({ record, state }) => [record.name, state])).toEqual([
        ["Ada", expected.reaches ? "pending" : "local"],
      ]);
      await office.crash();
      expect((await office.settled(office.adapter.students.get(uuid(1))))?.record.name).toBe("Ada");
      expect(await ownRows(school)).toEqual([]);
      office.setOnline(true);
      await office.sync();
      await office.sync();
      expect(await ownRows(school)).toEqual(rowsIf(expected.reaches, [{ id: uuid(1), name: "Ada" }]));
      expect(await school.changes(uuid(1))).toBe(expected.reaches ? 1 : 0);
    });

    test.each(["dualwrite", "live", "draining"] as const)(
      "L8: made while the stage changes to %s, a write is kept once, wherever the line ends up",
      async (to) => {
        if (to === stage) return;
        const { school, office } = await open();
        const { adapter, network } = office;
        onPush(network, uuid(1), "hold");
        const writing = adapter.students.create({ id: uuid(1), name: "Ada" });
        // Where a server is asked, the request is out, and its answer comes after the change.
        if (expected.reaches) await office.until(() => pushesOf(network, uuid(1)).length > 0);
        else await office.settled(writing);
        await school.setStage(to);
        network.heal();
        network.release();
        const written = await office.settled(writing);
        expect(written.acknowledged).toBe(expected.acknowledges);
        await office.sync();
        await office.sync();
        expect(adapter.status()).toMatchObject({ stage: to, outbox: { mutations: 0 }, parked: [] });
        expect(await ownRows(school)).toEqual([{ id: uuid(1), name: "Ada" }]);
        expect(await school.changes(uuid(1))).toBe(1);
        expect(adapter.parts.store.get("students", uuid(1))).toMatchObject({ state: "synced", serverVersion: 1 });
      },
    );

    test("B5 B6 B11 S6 S12: what cannot be stored is refused with its place, and leaves nothing anywhere", async () => {
      const { school, office } = await open();
      const { adapter } = office;
      const before = [...(await office.stored()).keys()].filter((key) => key.startsWith("wal/"));
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
        const refused = adapter.domain("students").create({ id: uuid(1), ...draft });
        await expect(office.settled(refused), JSON.stringify(place)).rejects.toMatchObject({ code, place });
      }
      await office.sync();
      expect(await ownRows(school)).toEqual([]);
      expect(await office.settled(adapter.students.get(uuid(1)))).toBeNull();
      expect([...(await office.stored()).keys()].filter((key) => key.startsWith("wal/"))).toEqual(before);
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
      expect(readsSince(office, asked)).toEqual([]);
    });
  });

  const both = (i: number, name: string) => ({
    id: uuid(10 + i),
    name,
    status: i % 3 === 0 ? ("inactive" as const) : ("active" as const),
    joinDate: i % 4 === 0 ? null : `2024-0${1 + (i % 3)}-01`,
  });
}

const ownPrefix = uuid(0).slice(0, 24);
const isOwn = (id: string): boolean => id.startsWith(ownPrefix);

/** By the id, which stands first in a canonical text. */
const byId = (a: string, b: string): number => (a < b ? -1 : 1);

/** What was read from the server since: the requests that neither synchronise nor ask for the stage. */
const readsSince = ({ network }: SchoolDevice, from: number): string[] =>
  network.sent
    .slice(from)
    .filter(({ path }) => !/^\/api\/(sync|migration)\//.test(path))
    .map(({ method, path }) => `${method} ${path}`);

interface Pages {
  readonly ids: string[];
  readonly cursors: string[];
}

async function pages({ adapter, settled }: SchoolDevice, query: Query): Promise<Pages> {
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
async function serverPages({ ask }: School, query: Query): Promise<Pages> {
  const found: Pages = { ids: [], cursors: [] };
  let cursor: string | undefined;
  do {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(query.filter ?? {})) {
      for (const one of [value].flat()) params.append(name, String(one));
    }
    for (const name of ["sort", "order", "limit"] as const) if (query[name]) params.set(name, String(query[name]));
    if (cursor !== undefined) params.set("cursor", cursor);
    const body = await ask(`/api/students?${params}`);
    found.ids.push(...(body.items as { record: { id: string } }[]).map(({ record }) => record.id));
    if (body.next !== null) found.cursors.push(String(body.next));
    cursor = body.next === null ? undefined : String(body.next);
  } while (cursor !== undefined);
  return found;
}
