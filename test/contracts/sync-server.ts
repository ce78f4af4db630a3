/** What whoever answers `/api/sync` owes: one suite for the real server and for the model that the simulator runs on. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Domain } from "../../src/domain/define-domain.ts";
import { byText, defineDomain } from "../../src/domain/define-domain.ts";
import { id, nullable, text } from "../../src/domain/fields.ts";
import { formatHlc } from "../../src/domain/hlc.ts";
import type { Mutation } from "../../src/domain/sync-wire.ts";

export interface SyncServer {
  call(
    method: string,
    path: string,
    options?: { readonly body?: unknown; readonly user?: string; readonly role?: "admin" | "teacher" },
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  /** Keeps what is there; the answer puts it back. */
  backup(): Promise<() => Promise<void>>;
  /** Time passes, and then the server forgets what it may. */
  purgeAfter(days: number): Promise<void>;
  close(): Promise<void>;
}

const rights = { admin: "write", teacher: "write", student: "none", viewer: "none" } as const;
const words = { a: nullable(text()), b: nullable(text()) };
const rule = (name: string, conflict: Domain["conflict"]): Domain =>
  defineDomain({
    name,
    fields: { ...words, parentId: nullable(id()) },
    references: { parentId: { to: "roots", onDelete: "detach" } },
    sortKeys: { a: byText("a") },
    conflict,
    rights,
    migrations: [],
  });

/** The domains on which the suite runs. */
export const contractDomains: readonly Domain[] = [
  defineDomain({
    name: "roots",
    fields: words,
    references: {},
    sortKeys: { a: byText("a") },
    conflict: "mergeFields",
    rights,
    migrations: [],
  }),
  rule("merging", "mergeFields"),
  rule("latest", "lastWriteWins"),
  rule("firm", "serverWins"),
  rule("asking", "userDecision"),
];

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const clientA = uuid(901);
const clientB = uuid(902);
/** Within the minute that the server believes, whatever its clock says. */
const at = "2026-01-05T08:00:00.000Z";

type Part = Partial<Mutation> & Pick<Mutation, "kind" | "domain" | "recordId">;

/** The time of the server's clock at the beginning. */
export const contractStart = new Date("2026-01-05T09:00:00.000Z");

export function syncServerContract(name: string, make: () => Promise<SyncServer>): void {
  describe(name, () => {
    let server: SyncServer;
    let made = 0;
    beforeEach(async () => {
      server = await make();
      made = 0;
    });
    afterEach(() => server.close());

    const mutation = (id: number, part: Part): Mutation => {
      made += 1;
      const hlc = formatHlc({ ms: Date.parse(at) + made, counter: 0, node: "0a0a0a0a" });
      return { id, base: null, fields: {}, at, hlc, ...part };
    };
    const create = (id: number, domain: string, recordId: string, fields: object = {}): Mutation => {
      const whole = {
        externalId: null,
        extra: {},
        a: null,
        b: null,
        ...(domain === "roots" ? {} : { parentId: null }),
      };
      return mutation(id, { kind: "create", domain, recordId, fields: { ...whole, ...fields } });
    };
    const patch = async (clientId: string, mutations: readonly Mutation[], more: object = {}, user = "ada") => {
      const body = { clientId, epoch: 0, mutations, cursor: null, ...more };
      return server.call("POST", "/api/sync/patch", { body, user });
    };
    const ok = async (clientId: string, mutations: readonly Mutation[], more: object = {}, user = "ada") => {
      const answer = await patch(clientId, mutations, more, user);
      expect(answer).toMatchObject({ status: 200 });
      return answer.body as {
        results: { id: number; status: string; client?: string; version?: number; stands?: string; code?: string }[];
        changes: { domain: string; id: string; record: Record<string, unknown> | null; version: number | null }[];
        cursor: string;
        more: boolean;
        seq: number;
        last: Record<string, number>;
        epoch: number;
        stage: string;
      };
    };
    const statuses = ({ results }: { results: readonly { status: string }[] }) => results.map((r) => r.status);

    test("L2 F16: a mutation that is sent twice is applied once, and answered as the first time", async () => {
      const first = create(1, "roots", uuid(1), { a: "x" });
      expect(statuses(await ok(clientA, [first]))).toEqual(["applied"]);
      const again = await ok(clientA, [first, create(2, "roots", uuid(2))]);
      expect(again.results).toMatchObject([
        { id: 1, status: "duplicate", earlier: "applied", version: 1 },
        { id: 2, status: "applied" },
      ]);
      expect(again).toMatchObject({ seq: 2, last: { [clientA]: 2 } });
    });

    test("L2 B15 F11: the same id with another body is refused and nothing of the request is applied", async () => {
      await ok(clientA, [create(1, "roots", uuid(1), { a: "x" })]);
      const forked = await patch(clientA, [create(1, "roots", uuid(1), { a: "y" }), create(2, "roots", uuid(2))]);
      expect(forked).toMatchObject({ status: 409, body: { code: "CLIENT_FORKED", facts: { client: clientA, id: 1 } } });
      expect(await ok(clientA, [])).toMatchObject({ seq: 1, last: { [clientA]: 1 } });
    });

    test("L3 B15: a gap is refused and names what is missing", async () => {
      await ok(clientA, [create(1, "roots", uuid(1))]);
      const gap = await patch(clientA, [create(3, "roots", uuid(3))]);
      expect(gap).toMatchObject({
        status: 409,
        body: { code: "MUTATION_GAP", facts: { client: clientA, expected: 2 } },
      });
    });

    test("L2: a client that goes on under another name takes nothing new, and what it has is answered again", async () => {
      const late = [create(1, "roots", uuid(1)), create(2, "roots", uuid(2))];
      await ok(clientA, late.slice(0, 1));
      const renamed = { ...create(1, "roots", uuid(2)), client: clientB };
      await ok(clientA, [renamed], { retired: [clientA] });
      const refused = { status: 409, body: { code: "CLIENT_FORKED", facts: { client: clientA, id: 2 } } };
      expect(await patch(clientA, late)).toMatchObject(refused);
      expect((await ok(clientA, late.slice(0, 1))).results).toMatchObject([{ id: 1, status: "duplicate" }]);
      expect(await ok(clientA, [], { clients: [clientB] })).toMatchObject({
        last: { [clientA]: 1, [clientB]: 1 },
        seq: 2,
      });
    });

    test("L2: one of which the server knows nothing is retired as well; another user's is not", async () => {
      await ok(clientA, [create(1, "roots", uuid(1))], { retired: [clientB] });
      expect(await patch(clientB, [create(1, "roots", uuid(2))])).toMatchObject({ status: 409 });
      const foreign = await patch(uuid(77), [create(1, "roots", uuid(3))], { retired: [clientA] }, "eve");
      expect(foreign).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
      await ok(clientA, [create(2, "roots", uuid(2))]);
    });

    test("L3: several logs in one request are judged each on its own and applied in the order of the request", async () => {
      const mine = create(1, "roots", uuid(1), { a: "x" });
      const other = mutation(1, {
        client: clientB,
        kind: "update",
        domain: "roots",
        recordId: uuid(1),
        base: { mutation: 1, client: clientA },
        fields: { b: "y" },
      });
      const answer = await ok(clientA, [mine, other]);
      expect(answer.results).toMatchObject([
        { id: 1, status: "applied" },
        { id: 1, client: clientB, status: "applied", version: 2 },
      ]);
      expect(answer.last).toEqual({ [clientA]: 1, [clientB]: 1 });
      // The same mutation under the other client's name is the same mutation.
      const { client: _, ...own } = other;
      expect((await ok(clientB, [own])).results).toMatchObject([{ id: 1, status: "duplicate" }]);
    });

    test("S7: another user's client is refused", async () => {
      await ok(clientA, [create(1, "roots", uuid(1))]);
      expect(await patch(clientA, [create(2, "roots", uuid(2))], {}, "eve")).toMatchObject({
        status: 403,
        body: { code: "FORBIDDEN" },
      });
    });

    test("L8: a push under an old epoch is refused, and accepted under the new one with the same ids", async () => {
      const epoch = { stage: "dualwrite", epoch: 0 };
      const changed = await server.call("PUT", "/api/migration/stage", { body: epoch, user: "root", role: "admin" });
      expect(changed).toMatchObject({ status: 200, body: { stage: "dualwrite", epoch: 1, stages: {} } });
      const late = create(1, "roots", uuid(1));
      expect(await patch(clientA, [late])).toMatchObject({
        status: 409,
        body: { code: "EPOCH_STALE", facts: { epoch: 1 } },
      });
      expect(await ok(clientA, [late], { epoch: 1 })).toMatchObject({ epoch: 1, stage: "dualwrite", seq: 1 });
      expect(await server.call("PUT", "/api/migration/stage", { body: epoch, user: "root" })).toMatchObject({
        status: 409,
        body: { code: "EPOCH_STALE" },
      });
    });

    test("who only pulls is told the epoch, whatever it believed", async () => {
      await server.call("PUT", "/api/migration/stage", { body: { stage: "live", epoch: 0 }, user: "root" });
      expect(await ok(clientA, [], { epoch: 7 })).toMatchObject({ epoch: 1, stage: "live" });
    });

    test("a domain may be in another stage; a batch across both is refused as one", async () => {
      await server.call("PUT", "/api/migration/stage", {
        body: { stage: "shadow", epoch: 0, domain: "firm" },
        user: "root",
      });
      const told = await server.call("GET", "/api/migration/stage", { user: "ada" });
      expect(told.body).toMatchObject({ stage: "off", epoch: 1, stages: { firm: "shadow" } });
      const group = { group: 1, groupSize: 2 };
      const mixed = [
        { ...create(1, "roots", uuid(1)), ...group },
        { ...create(2, "firm", uuid(2)), ...group },
      ];
      const answer = await ok(clientA, mixed, { epoch: 1 });
      expect(answer.results.map((r) => r.code)).toContain("STAGE_MIXED");
      expect(statuses(answer)).toEqual(["rejected", "rejected"]);
      expect(answer.seq).toBe(0);
    });

    test("B16: a cursor that is not of this history is never 'up to date'", async () => {
      await ok(clientA, [create(1, "roots", uuid(1))]);
      for (const cursor of ["-1.0000000000000000", "99.0123456789abcdef", "1.0123456789abcdef", "garbage"]) {
        expect(await patch(clientA, [], { cursor })).toMatchObject({
          status: 409,
          body: { code: "RESYNC_REQUIRED", facts: { seq: 1 } },
        });
      }
    });

    test("L4: pages of a pull skip nothing and say whether there is more", async () => {
      await ok(
        clientA,
        [1, 2, 3, 4, 5].map((n) => create(n, "roots", uuid(n), { a: `r${n}` })),
      );
      const seen: string[] = [];
      let cursor: string | null = null;
      for (let more = true; more; ) {
        const page = await ok(clientB, [], { cursor, limit: 2 }, "bob");
        seen.push(...page.changes.map((change) => change.id));
        ({ cursor, more } = page);
      }
      expect(seen.sort()).toEqual([1, 2, 3, 4, 5].map(uuid));
    });

    test("L4: a pull has the push of its own request in it, parents before children", async () => {
      const answer = await ok(clientA, [
        create(1, "roots", uuid(1)),
        create(2, "merging", uuid(2), { parentId: uuid(1) }),
      ]);
      expect(answer.changes.map(({ domain, version }) => [domain, version])).toEqual([
        ["roots", 1],
        ["merging", 1],
      ]);
    });

    test("L7: a deletion comes down as a tombstone, and detaches what named it", async () => {
      const { cursor } = await ok(clientA, [
        create(1, "roots", uuid(1)),
        create(2, "merging", uuid(2), { parentId: uuid(1) }),
      ]);
      await ok(clientA, [mutation(3, { kind: "delete", domain: "roots", recordId: uuid(1), base: { mutation: 1 } })]);
      const { changes } = await ok(clientB, [], { cursor }, "bob");
      expect(changes).toMatchObject([
        { domain: "roots", id: uuid(1), record: null, version: null },
        { domain: "merging", id: uuid(2), record: { parentId: null }, version: 2 },
      ]);
    });

    test("a snapshot is of one seq on every page, however much is written meanwhile", async () => {
      await ok(
        clientA,
        [1, 2, 3].map((n) => create(n, "roots", uuid(n), { a: "old" })),
      );
      const ask = async (token?: string) => {
        const body = { limit: 2, ...(token === undefined ? {} : { token }) };
        return (await server.call("POST", "/api/sync/full", { body, user: "bob" })).body as {
          records: { id: string; record: { a: string }; version: number }[];
          cursor: string;
          token: string | null;
        };
      };
      const first = await ask();
      await ok(clientA, [
        mutation(4, {
          kind: "update",
          domain: "roots",
          recordId: uuid(3),
          base: { mutation: 3 },
          fields: { a: "new" },
        }),
        create(5, "roots", uuid(4)),
        mutation(6, { kind: "delete", domain: "roots", recordId: uuid(1), base: { mutation: 1 } }),
      ]);
      const second = await ask(first.token ?? undefined);
      expect([...first.records, ...second.records].map((r) => [r.id, r.record.a, r.version])).toEqual([
        [uuid(1), "old", 1],
        [uuid(2), "old", 1],
        [uuid(3), "old", 1],
      ]);
      expect([second.cursor, second.token]).toEqual([first.cursor, null]);
      const { changes } = await ok(clientB, [], { cursor: first.cursor }, "bob");
      expect(changes.map(({ id, version }) => [id, version]).sort()).toEqual([
        [uuid(1), null],
        [uuid(3), 2],
        [uuid(4), 1],
      ]);
    });

    test("fields that nobody else changed are merged", async () => {
      await ok(clientA, [create(1, "merging", uuid(1))]);
      const on = { kind: "update", domain: "merging", recordId: uuid(1), base: { version: 1 } } as const;
      await ok(clientA, [mutation(2, { ...on, fields: { a: "A" } })]);
      const { results, changes } = await ok(clientB, [mutation(1, { ...on, fields: { b: "B" } })], {}, "bob");
      expect(results).toMatchObject([{ status: "merged", version: 3 }]);
      expect(changes).toMatchObject([{ record: { a: "A", b: "B" } }]);
    });

    test.each([
      ["merging", "client", "B"],
      ["latest", "client", "B"],
      ["firm", "server", "A"],
      ["asking", "server", "A"],
    ] as const)(
      "L6: two values for one field of %s: the %s's stands, and it is told as a conflict",
      async (domain, stands, value) => {
        await ok(clientA, [create(1, domain, uuid(1))]);
        const on = { kind: "update", domain, recordId: uuid(1), base: { version: 1 } } as const;
        await ok(clientA, [mutation(2, { ...on, fields: { a: "A" } })]);
        const { results, changes } = await ok(clientB, [mutation(1, { ...on, fields: { a: "B" } })], {}, "bob");
        expect(results).toMatchObject([{ status: "conflict", conflict: "UPDATE_UPDATE", stands }]);
        expect(changes).toMatchObject([{ record: { a: value } }]);
      },
    );

    test("lastWriteWins goes by the stamps, and a stamp that is far ahead is not believed", async () => {
      await ok(clientA, [create(1, "latest", uuid(1))]);
      const on = { kind: "update", domain: "latest", recordId: uuid(1), base: { version: 1 } } as const;
      const stamp = (ms: number) => formatHlc({ ms: contractStart.getTime() + ms, counter: 0, node: "0b0b0b0b" });
      await ok(clientA, [mutation(2, { ...on, fields: { a: "A" }, hlc: stamp(30_000) })]);
      const early = await ok(clientB, [mutation(1, { ...on, fields: { a: "B" }, hlc: stamp(-1000) })], {}, "bob");
      expect(early.results).toMatchObject([{ status: "conflict", stands: "server" }]);
      // A year ahead counts as now, which is before thirty seconds ahead.
      const liar = await ok(clientB, [mutation(2, { ...on, fields: { a: "C" }, hlc: stamp(3e10) })], {}, "bob");
      expect(liar.results).toMatchObject([{ status: "conflict", stands: "server" }]);
    });

    test("L7: an update of what was deleted keeps the update and shows it; a late delete gives way to an update", async () => {
      await ok(clientA, [create(1, "merging", uuid(1)), create(2, "merging", uuid(2))]);
      const one = { domain: "merging", recordId: uuid(1), base: { version: 1 } } as const;
      await ok(clientA, [mutation(3, { kind: "delete", ...one })]);
      const late = await ok(clientB, [mutation(1, { kind: "update", ...one, fields: { a: "B" } })], {}, "bob");
      expect(late.results).toMatchObject([{ status: "conflict", conflict: "UPDATE_DELETE", stands: "client" }]);
      const two = { domain: "merging", recordId: uuid(2), base: { version: 1 } } as const;
      await ok(clientA, [mutation(4, { kind: "update", ...two, fields: { a: "A" } })]);
      const gone = await ok(clientB, [mutation(2, { kind: "delete", ...two })], {}, "bob");
      expect(gone.results).toMatchObject([{ status: "conflict", conflict: "UPDATE_DELETE", stands: "server" }]);
    });

    test("both inserted the same: equal is merged, different is a conflict", async () => {
      await ok(clientA, [create(1, "merging", uuid(1), { a: "x" })]);
      const other = await ok(
        clientB,
        [create(1, "merging", uuid(1), { a: "x" }), create(2, "merging", uuid(1), { a: "y" })],
        {},
        "bob",
      );
      expect(other.results).toMatchObject([
        { status: "merged" },
        { status: "conflict", conflict: "CREATE_CREATE", stands: "server" },
      ]);
    });

    test("DELETE_REFERENCED: a late child brings its parent back", async () => {
      await ok(clientA, [create(1, "roots", uuid(1), { a: "parent" })]);
      await ok(clientA, [mutation(2, { kind: "delete", domain: "roots", recordId: uuid(1), base: { version: 1 } })]);
      const child = create(1, "merging", uuid(2), { parentId: uuid(1) });
      const { results, changes } = await ok(clientB, [child], {}, "bob");
      expect(results).toMatchObject([{ status: "conflict", conflict: "DELETE_REFERENCED", stands: "client" }]);
      expect(changes).toMatchObject([
        { id: uuid(1), record: { a: "parent" } },
        { id: uuid(2), record: { parentId: uuid(1) } },
      ]);
    });

    test("L3 F19: a poison mutation is rejected with what depends on it; the rest goes on", async () => {
      const { results } = await ok(clientA, [
        create(1, "merging", uuid(1), { parentId: uuid(77) }),
        mutation(2, {
          kind: "update",
          domain: "merging",
          recordId: uuid(1),
          base: { mutation: 1 },
          fields: { a: "x" },
        }),
        create(3, "roots", uuid(3)),
      ]);
      expect(results).toMatchObject([
        { status: "rejected", code: "REFERENCE_MISSING" },
        { status: "rejected", code: "REFERENCE_MISSING", dependsOn: 1 },
        { status: "applied" },
      ]);
    });

    test("a group is applied whole or not at all, and is not cut", async () => {
      const group = { group: 1, groupSize: 2 };
      const whole = [
        { ...create(1, "roots", uuid(1)), ...group },
        { ...create(2, "merging", uuid(2), { parentId: uuid(77) }), ...group },
      ];
      expect(await patch(clientA, whole.slice(0, 1))).toMatchObject({ status: 400, body: { code: "BAD_REQUEST" } });
      const answer = await ok(clientA, [...whole, create(3, "roots", uuid(3))]);
      expect(answer.results).toMatchObject([
        { status: "rejected", code: "GROUP_REJECTED", dependsOn: 2 },
        { status: "rejected", code: "REFERENCE_MISSING" },
        { status: "applied" },
      ]);
      expect(answer.seq).toBe(1);
    });

    test("F29: restored from an older backup, it refuses the cursor and takes the retained log again", async () => {
      const first = create(1, "roots", uuid(1), { a: "x" });
      await ok(clientA, [first]);
      const back = await server.backup();
      const second = mutation(2, {
        kind: "update",
        domain: "roots",
        recordId: uuid(1),
        base: { mutation: 1 },
        fields: { a: "y" },
      });
      const { cursor } = await ok(clientA, [second, create(3, "roots", uuid(3))]);
      await back();
      expect(await patch(clientA, [], { cursor })).toMatchObject({
        status: 409,
        body: { code: "RESYNC_REQUIRED", facts: { seq: 1 } },
      });
      const known = await server.call("GET", `/api/sync/clients?ids=${clientA},${clientB}`, { user: "ada" });
      expect(known.body).toEqual({
        clients: [
          { id: clientA, last: 1 },
          { id: clientB, last: 0 },
        ],
        seq: 1,
      });
      // What was made on a version that it no longer knows is not refused.
      const third = mutation(3, {
        kind: "update",
        domain: "roots",
        recordId: uuid(1),
        base: { version: 9 },
        fields: { b: "z" },
      });
      const again = statuses(await ok(clientA, [first, second, third]));
      expect(again.slice(0, 2)).toEqual(["duplicate", "applied"]);
      expect(again[2]).not.toBe("rejected");
    });

    test("L7 F28: what was purged asks for a resync, and a late update of it is no create", async () => {
      const { cursor } = await ok(clientA, [create(1, "roots", uuid(1)), create(2, "roots", uuid(2))]);
      await ok(clientA, [mutation(3, { kind: "delete", domain: "roots", recordId: uuid(1), base: { version: 1 } })]);
      await server.purgeAfter(32);
      expect(await patch(clientB, [], { cursor }, "bob")).toMatchObject({
        status: 409,
        body: { code: "RESYNC_REQUIRED", facts: { reason: "purged" } },
      });
      const late = { domain: "roots", recordId: uuid(1), base: { version: 1 } } as const;
      const { results } = await ok(
        clientB,
        [mutation(1, { kind: "update", ...late, fields: { a: "x" } })],
        await fresh(),
        "bob",
      );
      expect(results).toMatchObject([{ status: "rejected", code: "NOT_FOUND" }]);
    });

    const fresh = async () => {
      const { body } = await server.call("POST", "/api/sync/full", { body: {}, user: "bob" });
      return { cursor: body.cursor };
    };
  });
}
