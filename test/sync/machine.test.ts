import { describe, expect, test } from "vitest";
import { cells, next } from "../../src/sync/machine.ts";
import type { SyncEffect } from "../../src/sync/state.ts";
import { clientA, clientB, did, failure, logged, machine, position, reply } from "./steps.ts";

const wake = (hint: "write" | "online" | "poke", seq: number | null = null) => ({ kind: "wake", hint, seq }) as const;
const waitOf = (effects: readonly SyncEffect[]): number => {
  const wait = effects.find((effect) => effect.do === "wait");
  return wait?.do === "wait" ? wait.ms : Number.NaN;
};

describe("the way of a round", () => {
  test("a tab stands for the lead, takes it on disk, exchanges, stores and rests", () => {
    const it = machine({}, "new");
    expect(it.give("start")).toEqual([{ do: "contend", afterMs: 0 }]);
    expect(did(it.give("elected"))).toEqual(["takeLead"]);
    expect(did(it.give("stored"))).toEqual(["exchange"]);
    expect(did(it.give(reply(0)))).toEqual(["apply"]);
    expect(did(it.give("stored"))).toEqual(["wait"]);
    expect(it.state.kind).toBe("idle");
  });

  test("G6: pages are pulled until there is no more", () => {
    const it = machine({}, "exchanging");
    it.give(reply(0, { more: true }));
    expect(did(it.give("stored"))).toEqual(["exchange"]);
  });

  test("what still waits after an answer goes out at once; a store that gives nothing out does not spin", () => {
    const it = machine({ waiting: 5 }, "exchanging");
    it.give(reply(3));
    expect(did(it.give("stored"))).toEqual(["exchange"]);
    it.give(reply(0));
    expect(did(it.give("stored"))).toEqual(["wait"]);
  });

  test("a hint while a request is out makes one more round, not a second request", () => {
    const it = machine({}, "exchanging");
    expect(it.give(wake("write"))).toEqual([]);
    expect(it.give(wake("poke", 12))).toEqual([]);
    it.give(reply(0));
    expect(did(it.give("stored"))).toEqual(["exchange"]);
  });

  test("`syncNow` while a request is out makes one more round: what was committed before it may not be in that request", () => {
    const it = machine({}, "exchanging");
    expect(it.give("asked")).toEqual([]);
    it.give(reply(0));
    expect(did(it.give("stored"))).toEqual(["exchange"]);
    it.give(reply(0));
    expect(did(it.give("stored"))).toEqual(["wait"]);
  });

  test("a fresh device loads a snapshot before it pushes", () => {
    const it = machine({ position: position({ cursor: null }), waiting: 3 }, "taking");
    expect(did(it.give("stored"))).toEqual(["fetchPage"]);
    const page = { records: [], cursor: "20.aa", token: "20.aa~students~x", position: position() };
    expect(did(it.give({ kind: "paged", page }))).toEqual(["stagePage"]);
    expect(did(it.give("stored"))).toEqual(["fetchPage"]);
    it.give({ kind: "paged", page: { ...page, token: null } });
    expect(it.give("stored")).toMatchObject([{ do: "finishSnapshot", position: { cursor: "20.aa", seq: 20 } }]);
    expect(did(it.give("stored"))).toEqual(["exchange"]);
  });

  test("compaction comes at the end of a round, and before going round again", () => {
    const it = machine({ compactionDue: true }, "exchanging");
    it.give(wake("write"));
    it.give(reply(0));
    expect(did(it.give("stored"))).toEqual(["compact"]);
    expect(did(it.give("stored"))).toEqual(["exchange"]);
  });

  test("a compaction that fails holds nothing up", () => {
    const it = machine({ compactionDue: true }, "exchanging");
    it.give(reply(0));
    it.give("stored");
    expect(did(it.give({ kind: "unstored", failure: failure("INTERNAL") }))).toEqual(["wait"]);
    expect(it.state.kind).toBe("idle");
  });
});

describe("stages", () => {
  const off = position({ stage: "off", epoch: 0, cursor: null });

  test("in `off` only the stage is asked for, and leaving it loads a snapshot", () => {
    const it = machine({ position: off }, "taking");
    expect(did(it.give("stored"))).toEqual(["askStage"]);
    expect(did(it.give({ kind: "positioned", position: { stage: "off", stages: {}, epoch: 0 } }))).toEqual(["wait"]);
    it.give("due");
    const dualwrite = { stage: "dualwrite", stages: {}, epoch: 1 } as const;
    expect(it.give({ kind: "positioned", position: dualwrite })).toEqual([{ do: "setPosition", position: dualwrite }]);
    it.around = { ...it.around, position: { ...dualwrite, cursor: null } };
    expect(did(it.give("stored"))).toEqual(["fetchPage"]);
  });

  test("F20: a question that fails is asked again by the timer", () => {
    const unreachable = { kind: "refused", failure: failure("SERVER_UNREACHABLE"), sent: [] } as const;
    const it = machine({ position: off }, "taking");
    it.give("stored");
    expect(did(it.give(unreachable))).toEqual(["wait"]);
    expect(did(it.give("due"))).toEqual(["askStage"]);
    const lost = machine({ waiting: 1 }, "exchanging");
    lost.give({ kind: "refused", failure: failure("RESYNC_REQUIRED"), sent: [logged(1)] });
    expect(did(lost.give(unreachable))).toEqual(["wait"]);
    expect(did(lost.give("due"))).toEqual(["exchange"]);
  });

  test("one domain beyond `off` is enough to be active", () => {
    const it = machine({ position: { ...off, stages: { students: "dualwrite" } } }, "taking");
    expect(did(it.give("stored"))).toEqual(["fetchPage"]);
  });

  test("L8: what waits in the outbox goes out although the school is `off` by now", () => {
    const it = machine({ position: position({ stage: "off" }), waiting: 1 }, "taking");
    expect(did(it.give("stored"))).toEqual(["exchange"]);
  });

  test("L8: a stale epoch is asked for, stored, and the same is sent again", () => {
    const it = machine({ waiting: 1 }, "exchanging");
    expect(did(it.give({ kind: "refused", failure: failure("EPOCH_STALE"), sent: [logged(1)] }))).toEqual(["askStage"]);
    const live = { stage: "live", stages: {}, epoch: 2 } as const;
    expect(it.give({ kind: "positioned", position: live })).toEqual([{ do: "setPosition", position: live }]);
    expect(did(it.give("stored"))).toEqual(["exchange"]);
  });

  test("a server that refuses the epoch that it names is a failing server: after six tries it is left alone", () => {
    const it = machine({ waiting: 1 }, "exchanging");
    for (let i = 0; i < 6; i++) {
      it.give({ kind: "refused", failure: failure("EPOCH_STALE"), sent: [logged(1)] });
      expect(did(it.give({ kind: "positioned", position: position() }))).toEqual(["exchange"]);
    }
    expect(did(it.give({ kind: "refused", failure: failure("EPOCH_STALE"), sent: [logged(1)] }))).toEqual(["wait"]);
    expect(it.state.kind).toBe("backingOff");
  });
});

describe("failures that pass", () => {
  const unreachable = { kind: "refused", failure: failure("SERVER_UNREACHABLE"), sent: [] } as const;

  test("F20: the timer retries, with waits that grow to a minute and are spread by chance", () => {
    const it = machine({ chance: 0.999 }, "exchanging");
    const waits = Array.from({ length: 12 }, () => {
      const ms = waitOf(it.give(unreachable));
      expect(did(it.give("due"))).toEqual(["exchange"]);
      return ms;
    });
    expect(waits[0]).toBeLessThan(501);
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
    expect(waits.at(-1)).toBeGreaterThan(59_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(60_000);
    it.around = { ...it.around, chance: 0 };
    expect(waitOf(it.give(unreachable))).toBe(100);
  });

  test("F20: an answer ends the row of failures", () => {
    const it = machine({ chance: 0.999 }, "exchanging");
    for (let i = 0; i < 8; i++) {
      it.give(unreachable);
      it.give("due");
    }
    it.give(reply(0));
    it.give("stored");
    it.give("asked");
    expect(waitOf(it.give(unreachable))).toBeLessThan(501);
  });

  test("F18: Retry-After is honoured, and neither a hint nor a person shortens it", () => {
    const it = machine({}, "exchanging");
    const limited = failure("RATE_LIMITED", { facts: { retryAfterMs: 30_000 } });
    expect(waitOf(it.give({ kind: "refused", failure: limited, sent: [] }))).toBeGreaterThanOrEqual(30_000);
    for (const event of [wake("online"), wake("poke", 99), wake("write"), { kind: "asked" } as const]) {
      expect(it.give(event)).toEqual([]);
    }
    expect(did(it.give("due"))).toEqual(["exchange"]);
  });

  test("F18: a hold and its release do not come before the time that the server named", () => {
    const it = machine({}, "exchanging");
    it.give({ kind: "refused", failure: failure("RATE_LIMITED", { facts: { retryAfterMs: 30_000 } }), sent: [] });
    expect(it.give({ kind: "held", reason: "user" })).toEqual([]);
    expect(it.give({ kind: "released", reason: "user" })).toEqual([]);
    expect(it.state.kind).toBe("backingOff");
    it.give({ kind: "held", reason: "user" });
    expect(it.give("due")).toEqual([]);
    expect(it.state.kind).toBe("paused");
  });

  test("F17: `online` and a poke end the wait for a server that was not reached; a local write does not", () => {
    const it = machine({}, "exchanging");
    it.give(unreachable);
    expect(it.give(wake("write"))).toEqual([]);
    expect(did(it.give(wake("online")))).toEqual(["exchange"]);
    it.give(unreachable);
    expect(did(it.give(wake("poke", 99)))).toEqual(["exchange"]);
  });

  test("F18: an unknown failure retries, and loses nothing", () => {
    for (const code of ["SERVER_ANSWER", "INTERNAL", "NOT_FOUND", "STORE_BUSY"] as const) {
      const it = machine({ waiting: 1 }, "exchanging");
      expect(did(it.give({ kind: "refused", failure: failure(code), sent: [logged(1)] }))).toEqual(["wait"]);
      expect(did(it.give("due"))).toEqual(["exchange"]);
    }
  });

  test("F23: a timeout makes the next request smaller", () => {
    const it = machine({ waiting: 1000 }, "exchanging");
    const late = failure("SERVER_UNREACHABLE", { facts: { timeout: true } });
    const sent = Array.from({ length: 800 }, (_, i) => logged(i + 1));
    it.give({ kind: "refused", failure: late, sent });
    expect(it.give("due")).toMatchObject([{ do: "exchange", limits: { mutations: 400, page: 125 } }]);
  });

  test("F21: a poke that names what was pulled is nothing; one that came before the commit is looked after soon", () => {
    const it = machine();
    expect(it.give(wake("poke", 10))).toEqual([]);
    expect(did(it.give(wake("poke", 11)))).toEqual(["exchange"]);
    it.give(reply(0));
    expect(waitOf(it.give("stored"))).toBeLessThanOrEqual(1000);
    it.give("due");
    it.give(reply(0));
    expect(waitOf(it.give("stored"))).toBeGreaterThan(20_000);
  });
});

test("F21: a poke that came before its commit was visible, heard while a request was out, is looked after soon", () => {
  const it = machine({}, "exchanging");
  it.give(wake("poke", 12));
  it.give(wake("write"));
  it.give(reply(0));
  it.give("stored");
  it.give(reply(0));
  expect(waitOf(it.give("stored"))).toBeLessThanOrEqual(1000);
});

test("F21: a poke for what is pulled already, heard while that was on its way, makes no hurry", () => {
  const it = machine({}, "exchanging");
  it.give(wake("poke", 10));
  it.give(reply(0));
  it.give("stored");
  it.give(reply(0));
  expect(waitOf(it.give("stored"))).toBeGreaterThan(20_000);
});

describe("pauses by name", () => {
  test("F18: 401 pauses until the token changes, and no hint or timer ends it", () => {
    const it = machine({ waiting: 1 }, "exchanging");
    expect(it.give({ kind: "refused", failure: failure("UNAUTHENTICATED"), sent: [logged(1)] })).toEqual([]);
    expect(it.state).toMatchObject({ kind: "paused", own: "auth" });
    expect(it.give(wake("online"))).toEqual([]);
    expect(did(it.give("tokenChanged"))).toEqual(["exchange"]);
  });

  test("F18: a token that changed while the old one was on its way is tried at once", () => {
    const it = machine({}, "exchanging");
    it.give("tokenChanged");
    const refused = { kind: "refused", failure: failure("UNAUTHENTICATED"), sent: [] } as const;
    expect(did(it.give(refused))).toEqual(["exchange"]);
    it.give(refused);
    expect(it.state.kind).toBe("paused");
  });

  test("403, an outdated client and a full disk pause by name and are tried again by the timer", () => {
    for (const [code, own] of [
      ["FORBIDDEN", "forbidden"],
      ["CLIENT_OUTDATED", "outdated"],
      ["SCHEMA_NEWER", "outdated"],
    ] as const) {
      const it = machine({}, "exchanging");
      expect(did(it.give({ kind: "refused", failure: failure(code), sent: [] }))).toEqual(["wait"]);
      expect(it.state).toMatchObject({ kind: "paused", own });
      expect(did(it.give("due"))).toEqual(["exchange"]);
    }
    const it = machine({}, "exchanging");
    it.give(reply(0));
    expect(did(it.give({ kind: "unstored", failure: failure("INTERNAL") }))).toEqual(["wait"]);
    expect(it.state).toMatchObject({ kind: "paused", own: "storage" });
    expect(did(it.give("asked"))).toEqual(["exchange"]);
  });

  test("F5: a full disk is waited out by name; a compaction that it refuses holds nothing up", () => {
    const full = { kind: "unstored", failure: failure("STORAGE_FULL") } as const;
    const it = machine({}, "exchanging");
    it.give(reply(0));
    expect(did(it.give(full))).toEqual(["wait"]);
    expect(it.state).toMatchObject({ kind: "paused", own: "storage" });
    it.give("due");
    it.around = { ...it.around, compactionDue: true };
    it.give(reply(0));
    it.give("stored");
    expect(did(it.give(full))).toEqual(["wait"]);
    expect(it.state.kind).toBe("idle");
  });

  test("who cannot take the lead on this disk leaves it to another tab for a while (B2)", () => {
    const it = machine({}, "taking");
    const effects = it.give({ kind: "unstored", failure: failure("SCHEMA_NEWER") });
    expect(effects).toMatchObject([{ do: "resign" }, { do: "contend" }]);
    expect(it.state.kind).toBe("following");
  });

  test("a critical failure stops the sending until somebody asks", () => {
    const it = machine({}, "exchanging");
    expect(it.give({ kind: "refused", failure: failure("TENANT_MISSING"), sent: [] })).toEqual([]);
    expect(it.state).toMatchObject({ kind: "paused", own: "critical" });
    expect(did(it.give("asked"))).toEqual(["exchange"]);
  });

  test("one hold does not undo another, and a hold is not undone by a token or a request", () => {
    const it = machine();
    it.give({ kind: "held", reason: "user" });
    it.give({ kind: "held", reason: "maintenance" });
    expect(it.give({ kind: "released", reason: "user" })).toEqual([]);
    expect(it.give("asked")).toEqual([]);
    expect(it.give("tokenChanged")).toEqual([]);
    expect(it.give("due")).toEqual([]);
    expect(it.state.kind).toBe("paused");
    expect(did(it.give({ kind: "released", reason: "maintenance" }))).toEqual(["exchange"]);
  });

  test("a hold during a request lets its answer be stored, and sends nothing more", () => {
    const it = machine({ waiting: 5 }, "exchanging");
    it.give({ kind: "held", reason: "maintenance" });
    expect(did(it.give(reply(2, { more: true })))).toEqual(["apply"]);
    expect(it.give("stored")).toEqual([]);
    expect(it.state.kind).toBe("paused");
  });

  test("a hold takes effect at every next step: after a failure, after a page, after a question", () => {
    const held = { kind: "held", reason: "maintenance" } as const;
    const failing = machine({}, "exchanging");
    failing.give(held);
    failing.give({ kind: "refused", failure: failure("SERVER_UNREACHABLE"), sent: [] });
    expect(failing.give("due")).toEqual([]);
    expect(failing.state.kind).toBe("paused");

    const loading = machine({ position: position({ cursor: null }) }, "taking");
    loading.give("stored");
    loading.give(held);
    const page = { records: [], cursor: "20.aa", token: "next", position: position() };
    expect(did(loading.give({ kind: "paged", page }))).toEqual(["stagePage"]);
    expect(loading.give("stored")).toEqual([]);
    expect(loading.state.kind).toBe("paused");

    const off = position({ stage: "off", epoch: 0, cursor: null });
    const asking = machine({ position: off }, "taking");
    asking.give("stored");
    asking.give(held);
    expect(asking.give({ kind: "positioned", position: off })).toEqual([]);
    expect(asking.state.kind).toBe("paused");
  });

  test("F18: 401 while a snapshot is loaded pauses as well", () => {
    const it = machine({ position: position({ cursor: null }) }, "taking");
    it.give("tokenChanged");
    it.give("stored");
    expect(it.give({ kind: "refused", failure: failure("UNAUTHENTICATED"), sent: [] })).toEqual([]);
    expect(it.state).toMatchObject({ kind: "paused", own: "auth" });
  });

  test("a hold that is released during the wait after a failure is released", () => {
    const it = machine({}, "exchanging");
    it.give({ kind: "held", reason: "user" });
    it.give({ kind: "refused", failure: failure("SERVER_UNREACHABLE"), sent: [] });
    it.give({ kind: "released", reason: "user" });
    expect(did(it.give("due"))).toEqual(["exchange"]);
  });

  test("the release of a hold does not lift the engine's own pause for a sign-in", () => {
    const it = machine({}, "exchanging");
    it.give({ kind: "held", reason: "user" });
    it.give({ kind: "refused", failure: failure("UNAUTHENTICATED"), sent: [] });
    expect(it.give({ kind: "released", reason: "user" })).toEqual([]);
    expect(it.state).toMatchObject({ kind: "paused", own: "auth" });
  });
});

describe("too much at once", () => {
  const sent = Array.from({ length: 8 }, (_, i) => logged(i + 1));
  const tooLong = failure("LIMIT", { facts: { guessed: true } });

  test("F18: 413 halves until it fits, and the size grows back", () => {
    const it = machine({ waiting: 8 }, "exchanging");
    expect(it.give({ kind: "refused", failure: tooLong, sent })).toMatchObject([{ limits: { mutations: 4 } }]);
    const four = { kind: "refused", failure: tooLong, sent: sent.slice(0, 4) } as const;
    expect(it.give(four)).toMatchObject([{ limits: { mutations: 2 } }]);
    it.give(reply(2));
    expect(it.give("stored")).toMatchObject([{ limits: { mutations: 4 } }]);
  });

  test("L3 F19: the one mutation that no request can carry is set aside, and its log goes on under a new name", () => {
    const it = machine({ waiting: 8 }, "exchanging");
    expect(did(it.give({ kind: "refused", failure: tooLong, sent: [logged(7)] }))).toEqual(["askClients"]);
    expect(it.give({ kind: "located", last: { [clientA]: 6 }, seq: 30 })).toMatchObject([
      {
        do: "setAside",
        reply: { results: [{ id: 7, client: clientA, status: "rejected", code: "LIMIT" }], cursor: position().cursor },
        rehome: [{ client: clientA, fromId: 8 }],
      },
    ]);
    expect(did(it.give("stored"))).toEqual(["exchange"]);
  });

  test("L2 F16: what arrived in an earlier try, whose answer was lost, is not set aside", () => {
    const it = machine({ waiting: 8 }, "exchanging");
    it.give({ kind: "refused", failure: tooLong, sent: [logged(7)] });
    expect(it.give({ kind: "located", last: { [clientA]: 9 }, seq: 30 })).toMatchObject([
      { do: "setAside", reply: { results: [{ id: 7, client: clientA, status: "duplicate" }], seq: 30 }, rehome: [] },
    ]);
  });

  test("a group goes whole or not at all", () => {
    const it = machine({ waiting: 8 }, "exchanging");
    const group = [1, 2, 3].map((id) => logged(id, { group: 1, groupSize: 3 }));
    it.give({ kind: "refused", failure: tooLong, sent: group });
    expect(it.give({ kind: "located", last: {}, seq: 30 })).toMatchObject([
      { do: "setAside", reply: { results: [{ id: 1 }, { id: 2 }, { id: 3 }] }, rehome: [{ fromId: 4 }] },
    ]);
  });

  test("L3: a request that our server refuses for one of its mutations is halved until that one is found", () => {
    const bad = failure("BAD_REQUEST", { place: "/mutations/3/fields/schoolId" });
    const it = machine({ waiting: 8 }, "exchanging");
    expect(it.give({ kind: "refused", failure: bad, sent })).toMatchObject([
      { do: "exchange", limits: { mutations: 4 } },
    ]);
    expect(did(it.give({ kind: "refused", failure: bad, sent: [logged(4)] }))).toEqual(["askClients"]);
    expect(did(it.give({ kind: "located", last: {}, seq: 30 }))).toEqual(["setAside"]);
  });

  test("a 400 by a proxy, or about the request itself, sets nothing aside", () => {
    for (const refusal of [
      failure("BAD_REQUEST", { facts: { guessed: true }, place: "/mutations/0" }),
      failure("BAD_REQUEST", { place: "/schemaVersions" }),
    ]) {
      const it = machine({ waiting: 1 }, "exchanging");
      expect(did(it.give({ kind: "refused", failure: refusal, sent: [logged(4)] }))).toEqual(["wait"]);
    }
  });

  test("a server that answers only the first ones is sent a little more than that next, so that it can take more", () => {
    const it = machine({ waiting: 8 }, "exchanging");
    it.give(reply(3, { sent: 8 }));
    expect(it.give("stored")).toMatchObject([{ do: "exchange", limits: { mutations: 4 } }]);
  });
});

describe("ways back", () => {
  const refused = (code: Parameters<typeof failure>[0], facts: Record<string, unknown>, sent = [logged(5)]) =>
    ({ kind: "refused", failure: failure(code, { facts }), sent }) as const;

  test("B16 F29: a refused cursor asks what the server has, sends the rest again, and loads a snapshot", () => {
    const it = machine({ waiting: 1 }, "exchanging");
    expect(did(it.give(refused("RESYNC_REQUIRED", { seq: 4 })))).toEqual(["askClients"]);
    expect(it.give({ kind: "located", last: { [clientA]: 2 }, seq: 30 })).toEqual([
      { do: "rewind", last: { [clientA]: 2 } },
    ]);
    expect(did(it.give("stored"))).toEqual(["fetchPage"]);
  });

  test("F28 F29: behind purged tombstones the server may have gone back as well, and is asked what it has", () => {
    const it = machine({}, "exchanging");
    expect(did(it.give(refused("RESYNC_REQUIRED", { reason: "purged" })))).toEqual(["askClients"]);
    expect(did(it.give({ kind: "located", last: { [clientA]: 2 }, seq: 30 }))).toEqual(["rewind"]);
    expect(did(it.give("stored"))).toEqual(["fetchPage"]);
  });

  test("a snapshot whose place the server does not know any more begins again, once", () => {
    const it = machine({ position: position({ cursor: null }) }, "taking");
    it.give("stored");
    expect(it.give(refused("RESYNC_REQUIRED", {}))).toMatchObject([{ do: "fetchPage", fresh: true }]);
    expect(did(it.give(refused("RESYNC_REQUIRED", {})))).toEqual(["wait"]);
  });

  test("a page that is refused by a proxy, or for its length, is asked for again later, and smaller", () => {
    const start = () => {
      const it = machine({ position: position({ cursor: null }) }, "taking");
      it.give("stored");
      return it;
    };
    for (const [code, facts, limit] of [
      ["BAD_REQUEST", { guessed: true }, 250],
      ["SERVER_ANSWER", {}, 250],
      ["LIMIT", {}, 125],
      ["SERVER_UNREACHABLE", { timeout: true }, 125],
    ] as const) {
      const it = start();
      expect(did(it.give(refused(code, facts, [])))).toEqual(["wait"]);
      expect(it.give("due")).toMatchObject([{ do: "fetchPage", fresh: false, limit }]);
    }
  });

  test("a server that asks for a new snapshot for ever is left alone after six", () => {
    const it = machine({ position: position({ cursor: null }) }, "taking");
    it.give("stored");
    for (let i = 0; i < 5; i++) {
      it.give(refused("RESYNC_REQUIRED", {}));
      it.give({ kind: "paged", page: { records: [], cursor: "20.aa", token: "next", position: position() } });
      it.give("stored");
      expect(it.state).toMatchObject({ kind: "paging", fresh: false });
    }
    it.give(refused("RESYNC_REQUIRED", {}));
    expect(it.state).toMatchObject({ kind: "paging", fresh: true });
    it.give({ kind: "paged", page: { records: [], cursor: "20.aa", token: "next", position: position() } });
    it.give("stored");
    expect(did(it.give(refused("RESYNC_REQUIRED", {})))).toEqual(["wait"]);
  });

  test("F11: a forked client's log goes on under a new name from the mutation that is named", () => {
    const it = machine({ waiting: 1 }, "exchanging");
    expect(it.give(refused("CLIENT_FORKED", { client: clientB, id: 3 }))).toEqual([
      { do: "rehome", client: clientB, fromId: 3 },
    ]);
    expect(did(it.give("stored"))).toEqual(["exchange"]);
  });

  test("a gap is sent again; the same gap a second time is no longer kept, and gets a new log", () => {
    const it = machine({ waiting: 1 }, "exchanging");
    const gap = refused("MUTATION_GAP", { client: clientA, expected: 3 });
    expect(it.give(gap)).toEqual([{ do: "rewind", last: { [clientA]: 2 } }]);
    it.give("stored");
    expect(it.give(gap)).toEqual([{ do: "rehome", client: clientA, fromId: 5 }]);
  });

  test("only the codes that have a way back are mended, whatever facts come with a failure", () => {
    const it = machine({ waiting: 3 }, "exchanging");
    const facts = { client: clientA, expected: 2, id: 5 };
    expect(did(it.give(refused("SERVER_ANSWER", facts, [logged(5)])))).toEqual(["wait"]);
    it.give("due");
    expect(did(it.give(refused("MUTATION_GAP", { client: clientA }, [logged(5)])))).toEqual(["wait"]);
    it.give("due");
    expect(did(it.give(refused("MUTATION_GAP", { client: clientB, expected: 2 }, [logged(5)])))).toEqual(["wait"]);
    it.give("due");
    expect(did(it.give(refused("CLIENT_FORKED", {}, [])))).toEqual(["wait"]);
  });

  test("L2: of a log with a hole, what stands before it goes first: the server may know what stands behind it", () => {
    const it = machine({ waiting: 3 }, "exchanging");
    const sent = [logged(1), logged(2, { client: clientB }), logged(3)];
    const gap = refused("MUTATION_GAP", { client: clientA, expected: 2 }, sent);
    expect(it.give(gap)).toMatchObject([{ do: "exchange", limits: { mutations: 2 } }]);
    it.give(reply(2));
    it.give("stored");
    const behind = refused("MUTATION_GAP", { client: clientA, expected: 2 }, [logged(3)]);
    expect(it.give(behind)).toEqual([{ do: "rewind", last: { [clientA]: 1 } }]);
    it.give("stored");
    expect(it.give(behind)).toEqual([{ do: "rehome", client: clientA, fromId: 3 }]);
  });

  test("a hole that a group holds together gets a new log", () => {
    const it = machine({ waiting: 3 }, "exchanging");
    const gap = refused("MUTATION_GAP", { client: clientA, expected: 2 }, [logged(1), logged(3)]);
    expect(did(it.give(gap))).toEqual(["exchange"]);
    expect(it.give(gap)).toEqual([{ do: "rehome", client: clientA, fromId: 3 }]);
  });

  test("a snapshot whose pages are all on disk is put in place without asking for another page", () => {
    const it = machine({ position: position({ cursor: null }) }, "taking");
    it.give("stored");
    const cursor = "20.0011223344556677";
    expect(it.give({ kind: "gathered", position: position({ cursor }) })).toMatchObject([
      { do: "finishSnapshot", position: { cursor, seq: 20 } },
    ]);
    expect(did(it.give("stored"))).toEqual(["exchange"]);
  });

  test("a snapshot of which a page is damaged is loaded again, and not for ever", () => {
    const it = machine({ position: position({ cursor: null }) }, "taking");
    it.give("stored");
    const corrupt = { kind: "unstored", failure: failure("STORE_CORRUPT") } as const;
    const page = { records: [], cursor: "20.aa", token: null, position: position() };
    for (let i = 0; i < 6; i++) {
      it.give({ kind: "paged", page });
      it.give("stored");
      expect(it.give(corrupt)).toMatchObject([{ do: "fetchPage", fresh: true }]);
    }
    it.give({ kind: "paged", page });
    it.give("stored");
    expect(it.give(corrupt)).toEqual([]);
    expect(it.state).toMatchObject({ kind: "paused", own: "critical" });
  });

  test("F20: an answer that the store does not take in is not asked for again at once, nor every time as soon", () => {
    const it = machine({ waiting: 1, chance: 0.999 }, "exchanging");
    const again = reply(1, { first: `${clientA}/5` });
    it.give(again);
    expect(did(it.give("stored"))).toEqual(["exchange"]);
    const waits = [1, 2, 3].map(() => {
      it.give(again);
      const ms = waitOf(it.give("stored"));
      it.give("due");
      return ms;
    });
    expect(it.state.kind).toBe("exchanging");
    expect(waits[2]).toBeGreaterThan(1900);
    expect([...waits].sort((x, y) => x - y)).toEqual(waits);
  });

  test("F23: an answer makes a later gap at the same place a new one", () => {
    const it = machine({ waiting: 1 }, "exchanging");
    const gap = refused("MUTATION_GAP", { client: clientA, expected: 3 });
    it.give(gap);
    it.give("stored");
    it.give(reply(1));
    it.give("stored");
    expect(did(it.give(gap))).toEqual(["rewind"]);
  });
});

describe("the lead", () => {
  test("F12 F13: a tab that is fenced off lets go, and stands again after a while", () => {
    for (const at of ["taking", "exchanging"] as const) {
      const it = machine({}, at);
      if (at === "exchanging") it.give(reply(0));
      expect(did(it.give({ kind: "unstored", failure: failure("FENCED") }))).toEqual(["resign", "contend"]);
      expect(it.state.kind).toBe("following");
    }
  });

  test("a lock that is taken away ends the work wherever it is", () => {
    const it = machine({}, "exchanging");
    expect(did(it.give("deposed"))).toEqual(["resign", "contend"]);
    expect(it.give(reply(0))).toEqual([]);
    expect(it.state.kind).toBe("following");
  });

  test("a hold that came before the start, or while another tab leads, holds when this one leads", () => {
    const it = machine({}, "new");
    it.give({ kind: "held", reason: "user" });
    it.give("start");
    it.give({ kind: "held", reason: "maintenance" });
    it.give({ kind: "released", reason: "user" });
    it.give("elected");
    expect(it.give("stored")).toEqual([]);
    expect(it.state).toMatchObject({ kind: "paused", round: { held: new Set(["maintenance"]) } });
    expect(did(it.give({ kind: "released", reason: "maintenance" }))).toEqual(["exchange"]);
  });

  test("a store that was closed ends the engine", () => {
    const it = machine({}, "exchanging");
    it.give(reply(0));
    expect(did(it.give({ kind: "unstored", failure: failure("STORE_CLOSED") }))).toEqual(["resign"]);
    expect(it.state.kind).toBe("stopped");
  });

  test("a hold outlives the change of the lead", () => {
    const it = machine({}, "exchanging");
    it.give({ kind: "held", reason: "user" });
    it.give("deposed");
    it.give("elected");
    expect(it.give("stored")).toEqual([]);
    expect(it.state.kind).toBe("paused");
  });

  test("closing ends everything, and nothing happens afterwards", () => {
    const it = machine({}, "exchanging");
    expect(did(it.give("closed"))).toEqual(["resign"]);
    for (const kind of ["asked", "due", "elected", "stored", "tokenChanged"] as const)
      expect(it.give(kind)).toEqual([]);
    expect(it.state.kind).toBe("stopped");
  });
});

test("L12: `next` answers every cell of its table without reading anything from outside", () => {
  expect(new Set(cells.map((cell) => cell.join())).size).toBe(cells.length);
  const { around } = machine();
  const unknown = next({ kind: "idle", round: machineRound() }, { kind: "stored" }, around);
  expect(unknown).toEqual({ state: expect.objectContaining({ kind: "idle" }), effects: [] });
});

function machineRound() {
  const { state } = machine();
  if (state.kind !== "idle") throw new Error("not at rest");
  return state.round;
}
