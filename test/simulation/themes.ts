/** Short pieces in which things meet that chance alone brings together too seldom. */
import type { Random } from "../../src/domain/random.ts";
import { deepThemes } from "./deep-themes.ts";
import { leadThemes } from "./lead-themes.ts";
import { rotThemes } from "./rot-themes.ts";
import type { Deed, Op } from "./schedule.ts";
import { create, step, type Theme, write } from "./theme.ts";

type Steps = ReturnType<Theme>;

/** A clock that is a year ahead, and a later write that had not seen what it wrote (F22). */
function clocks(random: Random): Steps {
  const which = random.below(1000) / 1000;
  const update: Op = { kind: "update", domain: "teams", which, fields: ["a"] };
  return [
    step(0, 0, write(0, create("teams"))),
    step(60_000, 1, { do: "clock", skew: 0, stopped: false }),
    step(1, 1, { do: "weather", is: "down" }),
    step(1, 0, { do: "clock", skew: random.pick([3_600_000, 31_536_000_000]), stopped: false }),
    step(1, 0, write(0, update)),
    step(70_000 + random.below(60_000), 1, write(0, update)),
    step(random.below(2000), 1, { do: "weather", is: "fair" }),
    step(0, 1, { do: "stir" }),
  ];
}

/** The leading tab is frozen while its request is out, another one leads meanwhile, and the first one wakes (F12, F13). */
function thawed(random: Random): Steps {
  return [
    step(0, 0, { do: "open" }),
    step(200, 0, write(0, create("people"))),
    step(random.below(30), 0, { do: "freeze", tab: 0, steal: true }),
    step(random.below(40), 1, write(0, create("people"), create("teams"))),
    step(random.below(600), 1, write(0, { kind: "update", domain: "teams", which: 0.5, fields: ["a"] })),
    step(random.below(1500), 0, write(0, create("seats"))),
    step(random.below(300), 0, { do: "thaw" }),
    step(random.below(60), 0, write(1, create("marks"))),
    step(random.below(600), 0, random.chance(0.5) ? { do: "crash", power: false } : { do: "stir" }),
  ];
}

/** The process of the server dies in the middle of a push. */
function dying(random: Random): Steps {
  return [
    step(0, 0, { do: "die", at: random.pick(["checked", "applied", "noted", "before commit", "committed"] as const) }),
    step(1, 0, write(0, create("people"), create("teams"))),
    step(random.below(40), 0, write(0, { kind: "update", domain: "teams", which: 0.4, fields: ["a", "b"] })),
    step(random.below(1500), 0, { do: "sync", tab: 0 }),
  ];
}

/** Writes come faster than they are answered, while the log is folded; then the browser goes. */
function burst(random: Random): Steps {
  const writes = Array.from({ length: 6 + random.below(10) }, () =>
    step(random.below(25), 0, write(random.below(2), create(random.pick(["teams", "people", "seats"] as const)))),
  );
  return [
    ...writes,
    step(random.below(60), 0, { do: "weather", is: "down" }),
    step(random.below(200), 0, { do: "crash", power: random.chance(0.3) }),
    step(5, 0, { do: "weather", is: "fair" }),
  ];
}

/** Two write the same field while one of them hears nothing. */
function apart(random: Random): Steps {
  const domain = random.pick(["teams", "people", "marks", "seats"] as const);
  const which = random.below(1000) / 1000;
  const other: Op = random.chance(0.25)
    ? { kind: "delete", domain, which }
    : { kind: "update", domain, which, fields: random.pick([["a"], ["b"], ["a", "b"]] as const) };
  return [
    step(0, 0, write(0, create(domain))),
    step(2000, 1, { do: "weather", is: random.pick(["down", "oneWay"] as const) }),
    step(10, 0, write(0, { kind: "update", domain, which, fields: ["a"] })),
    step(random.below(400), 1, write(0, other)),
    step(random.below(400), 0, write(0, { kind: "update", domain, which, fields: ["a", "c"] })),
    step(random.below(400), 1, { do: "weather", is: "fair" }),
  ];
}

/** A server that forgets what it has answered. */
function forgetful(random: Random): Steps {
  return [
    step(0, 0, { do: "backup" }),
    step(5, 0, write(0, create("people"), create("teams"))),
    step(300 + random.below(300), 1, write(0, { kind: "update", domain: "teams", which: 0.7, fields: ["b"] })),
    step(random.below(600), 0, random.chance(0.5) ? { do: "crash", power: false } : { do: "open" }),
    step(random.below(100), 0, { do: "restore" }),
    step(random.below(300), 0, write(0, create("seats"))),
  ];
}

/** Something to mend, and while it is being mended, everything else that may come. */
function interrupted(random: Random): Steps {
  const causes: readonly Deed[] = [
    { do: "evict" },
    { do: "restore" },
    { do: "stage", stage: random.pick(["live", "dualwrite", "off"] as const), domain: null },
    { do: "damage", what: "sync", how: "flip" },
    { do: "fromImage" },
  ];
  const meanwhile: readonly Deed[] = [
    { do: "hold", tab: 0 },
    { do: "release", tab: 0 },
    { do: "signIn" },
    { do: "steal" },
    { do: "sync", tab: 0 },
    { do: "stir" },
    { do: "closeTab", tab: 0 },
    { do: "hold", tab: 0 },
    { do: "release", tab: 0 },
    { do: "closeTab", tab: 0 },
    { do: "open" },
    write(0, create("people")),
  ];
  const some = Array.from({ length: 4 + random.below(7) }, () => step(random.below(60), 0, random.pick(meanwhile)));
  return [
    step(0, 0, { do: "backup" }),
    step(0, 0, { do: "image" }),
    step(0, 0, write(0, create("teams"), create("people"))),
    step(400, 0, { do: "slowDisk", most: random.pick([0, 40, 120, 300]) }),
    step(0, 0, random.pick(causes)),
    ...some,
    step(random.below(100), 0, { do: "open" }),
    step(random.below(100), 0, { do: "release", tab: 0 }),
  ];
}

/** The tab goes, is held, or loses the lead while it loads everything again on a slow disk. */
function leaving(random: Random): Steps {
  const going: readonly Deed[] = [
    { do: "closeTab", tab: 0 },
    { do: "closeTab", tab: 0 },
    { do: "hold", tab: 0 },
    { do: "steal" },
  ];
  return [
    step(0, 0, write(0, create("teams"))),
    step(400, 0, { do: "slowDisk", most: 300 }),
    step(0, 0, { do: "evict" }),
    step(random.below(2500), 0, random.pick(going)),
    step(random.below(300), 0, { do: "open" }),
    step(random.below(100), 0, { do: "release", tab: 0 }),
  ];
}

/**
 * The leading tab is frozen with an answer on its way, others write, another tab takes the lead and stores all of it; then
 * the first one wakes, has not heard of anything and stores its own answer (F12, F13).
 */
function twoLeaders(random: Random): Steps {
  const more = (): Deed => write(0, create(random.pick(["teams", "people"] as const)));
  return [
    step(0, 0, { do: "weather", is: "fair" }),
    step(0, 1, { do: "weather", is: "fair" }),
    step(0, 0, { do: "open" }),
    step(700, 0, { do: "weather", is: "doubling" }),
    step(0, 0, write(0, create("teams"))),
    step(5, 0, { do: "freeze", tab: 0, steal: false }),
    step(0, 0, { do: "weather", is: "fair" }),
    step(0, 0, { do: "channels", loss: 100, delay: 5 }),
    ...Array.from({ length: 4 }, () => step(random.below(900), 1, more())),
    step(800 + random.below(800), 0, { do: "steal", deaf: true }),
    step(200 + random.below(300), 1, more()),
    step(200 + random.below(200), 0, { do: "thaw" }),
    // Before it has caught up with what it overwrote.
    step(2 + random.below(45), 0, random.chance(0.8) ? { do: "crash", power: false } : { do: "stir" }),
    step(0, 0, { do: "channels", loss: 0, delay: 5 }),
  ];
}

/** What was written without an outbox becomes mutations while the disk, the tab or the profile goes (F5, F11, F14). */
function leavingOff(random: Random): Steps {
  const domains = ["teams", "people", "marks", "seats"] as const;
  const op = (): Op => {
    const domain = random.pick(domains);
    const [which, parent] = [random.below(1000) / 1000, random.below(1000) / 1000];
    return random.pick<Op>([
      { kind: "create", domain, parent, shared: null },
      { kind: "update", domain, which, fields: random.pick([["a"], ["b", "c"]] as const) },
      { kind: "move", domain, which, parent },
      { kind: "delete", domain, which },
    ]);
  };
  const troubles: readonly Deed[] = [
    { do: "disk", fault: random.pick(["lostBefore", "lostAfter", "full", "hang"] as const), times: 1 },
    { do: "crash", power: random.chance(0.5) },
    { do: "fromImage" },
    { do: "crashTab", tab: 0 },
    { do: "open" },
    { do: "damage", what: random.pick(["wal", "sync"] as const), how: "flip" },
    { do: "steal" },
    write(random.below(2), op()),
  ];
  const stage = random.pick(["dualwrite", "live", "complete"] as const);
  const deaf = random.chance(0.4);
  return [
    step(0, 0, write(0, create("teams"), create("people"))),
    step(random.below(400), 0, { do: "stage", stage: "off", domain: null }),
    step(1, 0, { do: "sync", tab: 0 }),
    step(1, 1, { do: "sync", tab: 0 }),
    step(500, 1, write(0, create("marks"), create("marks"))),
    ...(deaf ? [step(0, 0, { do: "open" }), step(60, 0, { do: "channels", loss: 100, delay: 5 })] : []),
    ...Array.from({ length: 3 + random.below(6) }, () => step(random.below(200), 0, write(random.below(2), op()))),
    step(random.below(100), 0, { do: "image" }),
    step(1, 0, { do: "stage", stage, domain: null }),
    step(1, random.chance(0.5) ? 1 : 0, { do: "sync", tab: 0 }),
    step(1, 0, { do: "sync", tab: 0 }),
    ...(deaf ? [step(random.below(300), 0, write(1, op())), step(1, 0, write(0, op()))] : []),
    step(random.below(120), 0, random.pick(troubles)),
    step(random.below(120), 0, random.pick(troubles)),
    step(random.below(500), 0, { do: "sync", tab: 0 }),
    step(0, 0, { do: "channels", loss: 0, delay: 5 }),
  ];
}

/** A deletion that the server refuses, because another device names the record: parked, then mended or given up. */
function refusedDeletion(random: Random): Steps {
  const discard = random.chance(0.6);
  const crash: Deed = { do: "crash", power: false };
  return [
    step(0, 0, { do: "weather", is: "fair" }),
    step(0, 1, { do: "weather", is: "fair" }),
    step(0, 0, write(0, create("people"))),
    step(1500, 0, { do: "weather", is: "down" }),
    step(1, 1, write(0, create("marks"), create("marks"))),
    step(1, 0, write(0, { kind: "delete", domain: "people", which: 0.5 })),
    step(random.below(300), 0, write(0, create("teams"))),
    step(random.below(3000), 0, { do: "weather", is: "fair" }),
    step(1, 0, { do: "stir" }),
    step(35_000, 0, { do: "sync", tab: 0 }),
    step(random.below(600), 0, random.pick<Deed>([{ do: "open" }, { do: "image" }, { do: "stir" }])),
    step(random.below(100), 0, { do: "mend", tab: random.below(2), discard }),
    step(random.below(400), 0, random.pick<Deed>([crash, { do: "open" }, write(0, create("teams"))])),
  ];
}

/** A step rots that nothing repeats, others follow, and the store is read again. */
function rotten(random: Random): Steps {
  const some = Array.from({ length: 3 + random.below(4) }, () =>
    step(random.below(900), random.chance(0.7) ? 1 : 0, write(0, create(random.pick(["teams", "people"] as const)))),
  );
  return [
    step(0, 0, { do: "weather", is: "fair" }),
    step(0, 1, { do: "weather", is: "fair" }),
    ...some,
    step(300 + random.below(600), 0, { do: "damage", what: "sync", how: "flip" }),
    ...some.slice(0, random.below(3)),
    step(random.below(900), 0, { do: "crash", power: false }),
    step(random.below(900), 1, write(0, create("teams"))),
  ];
}

export const themes: readonly Theme[] = [
  thawed,
  burst,
  clocks,
  thawed,
  dying,
  burst,
  apart,
  forgetful,
  interrupted,
  leaving,
  twoLeaders,
  twoLeaders,
  twoLeaders,
  twoLeaders,
  twoLeaders,
  leavingOff,
  leavingOff,
  rotten,
  refusedDeletion,
  ...deepThemes,
  ...rotThemes,
  ...leadThemes,
];
