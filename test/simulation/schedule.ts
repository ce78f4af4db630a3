/** A schedule is data: who does what when, and what goes wrong. Any part of it can be left out and it still runs. */
import { type Random, seededRandom } from "../../src/domain/random.ts";
import type { Stage } from "../../src/domain/stages.ts";
import type { DamageKind, DiskFault } from "./disk.ts";
import { type DomainName, domainNames, type SignField, signFields } from "./domains.ts";
import { type AnswerFault, answerFaults } from "./link.ts";
import { themes } from "./themes.ts";

/** One write of a commit. `which` picks among what is there, as a share of 1. */
export type Op =
  | { readonly kind: "create"; readonly domain: DomainName; readonly parent: number; readonly shared: number | null }
  | {
      readonly kind: "update";
      readonly domain: DomainName;
      readonly which: number;
      readonly fields: readonly SignField[];
    }
  | { readonly kind: "move"; readonly domain: DomainName; readonly which: number; readonly parent: number }
  | { readonly kind: "delete"; readonly domain: DomainName; readonly which: number };

/** Where in a push the server's process may die. */
const deathPlaces = ["begun", "checked", "applied", "noted", "before commit", "committed"] as const;
export type DeathPlace = (typeof deathPlaces)[number];

export type WeatherName = "fair" | "down" | "oneWay" | "lossy" | "slow" | "doubling";

export type Deed =
  | { readonly do: "write"; readonly tab: number; readonly ops: readonly Op[]; readonly group: boolean }
  | { readonly do: "sync"; readonly tab: number }
  | { readonly do: "open" }
  | { readonly do: "crashTab"; readonly tab: number }
  | { readonly do: "closeTab"; readonly tab: number }
  /** All tabs at once; `power`: the disk, too, forgets what it may forget. */
  | { readonly do: "crash"; readonly power: boolean }
  | { readonly do: "freeze"; readonly tab: number; readonly steal: boolean }
  | { readonly do: "thaw" }
  /** `deaf`: whoever held a lock never hears that it is gone. */
  | { readonly do: "steal"; readonly deaf?: boolean }
  | { readonly do: "weather"; readonly is: WeatherName }
  | { readonly do: "answer"; readonly fault: AnswerFault; readonly times: number }
  | { readonly do: "mostBytes"; readonly bytes: number }
  | { readonly do: "signOut" }
  | { readonly do: "signIn" }
  | { readonly do: "stir" }
  | { readonly do: "clock"; readonly skew: number; readonly stopped: boolean }
  | { readonly do: "disk"; readonly fault: DiskFault; readonly times: number }
  | { readonly do: "full"; readonly room: number }
  | { readonly do: "slowDisk"; readonly most: number }
  /** `which`: the newest such value, or the step that ended stage `off`, instead of any. */
  | {
      readonly do: "damage";
      readonly what: "wal" | "sync" | "chunk";
      readonly how: DamageKind;
      readonly which?: "last" | "promotion";
    }
  | { readonly do: "channels"; readonly loss: number; readonly delay: number }
  | { readonly do: "image" }
  | { readonly do: "fromImage" }
  | { readonly do: "evict" }
  | { readonly do: "mend"; readonly tab: number; readonly discard: boolean }
  | { readonly do: "hold"; readonly tab: number }
  | { readonly do: "release"; readonly tab: number }
  // the server's
  | { readonly do: "stage"; readonly stage: Stage; readonly domain: DomainName | null }
  | { readonly do: "backup" }
  | { readonly do: "restore" }
  | { readonly do: "die"; readonly at: DeathPlace }
  | { readonly do: "holiday" }
  | { readonly do: "pokes"; readonly loss: number; readonly doubled: number; readonly early: boolean };

/** `n` names it for good, also when others were left out; `after`: milliseconds since the step before. */
export type Step = Deed & { readonly n: number; readonly after: number; readonly device: number };

export interface Schedule {
  readonly seed: number;
  readonly devices: number;
  readonly stage: Stage;
  readonly durability: readonly ("strict" | "relaxed")[];
  /** Folds after so many entries, so that it happens within a schedule. */
  readonly foldAfter: number;
  /** How much the server takes and gives at once. */
  readonly most: { readonly mutations: number; readonly changes: number };
  readonly steps: readonly Step[];
}

const stages: readonly Stage[] = ["dualwrite", "shadow", "live", "rampdown", "complete", "draining", "off"];

/** The most that a schedule of a kind has; in steps. */
interface Size {
  readonly steps: number;
  readonly devices: number;
}
const breadth: Size = { steps: 48, devices: 3 };

export function drawSchedule(seed: number, size: Size = breadth): Schedule {
  const random = seededRandom(seed);
  const devices = 1 + random.below(size.devices);
  // Not every schedule has every kind of trouble: rare combinations come up when the rest is quiet.
  const trouble = new Set(families.filter(() => random.chance(0.4)));
  const count = 8 + random.below(size.steps - 8);
  const writing = random.pick([0.5, 0.65, 0.8]);
  const steps: Step[] = [];
  while (steps.length < count) {
    if (random.chance(0.05)) {
      const main = random.below(devices);
      for (const { deed, after, device } of random.pick(themes)(random)) {
        steps.push({ ...deed, n: steps.length, after, device: (main + device) % devices });
      }
      continue;
    }
    const deed = random.chance(writing) ? drawWrite(random) : drawTrouble(random, trouble);
    steps.push({ ...deed, n: steps.length, after: drawPause(random), device: random.below(devices) });
  }
  return {
    seed,
    devices,
    stage: random.chance(0.25) ? "off" : "dualwrite",
    durability: Array.from({ length: devices }, () => (random.chance(0.2) ? "relaxed" : "strict")),
    foldAfter: 3 + random.below(12),
    most: { mutations: 1 + random.below(30), changes: 2 + random.below(20) },
    steps,
  };
}

/** Often nothing at all, so that things overlap; now and then long enough for every timer. */
function drawPause(random: Random): number {
  const kind = random.below(10);
  if (kind < 5) return random.below(4);
  if (kind < 8) return random.below(120);
  return kind === 8 ? random.below(3000) : random.below(90_000);
}

const share = (random: Random): number => random.below(1000) / 1000;

function drawWrite(random: Random): Deed {
  if (random.chance(0.12)) return { do: "sync", tab: random.below(3) };
  const many = random.chance(0.25) ? 2 + random.below(3) : 1;
  return {
    do: "write",
    tab: random.below(3),
    ops: Array.from({ length: many }, () => drawOp(random)),
    group: many > 1 && random.chance(0.5),
  };
}

function drawOp(random: Random): Op {
  const domain = random.pick(domainNames);
  const kind = random.below(20);
  if (kind < 8) {
    return { kind: "create", domain, parent: share(random), shared: random.chance(0.15) ? random.below(3) : null };
  }
  if (kind < 15) {
    const fields = signFields.filter(() => random.chance(0.45));
    return { kind: "update", domain, which: share(random), fields: fields.length > 0 ? fields : ["a"] };
  }
  if (kind < 17) return { kind: "move", domain, which: share(random), parent: share(random) };
  return { kind: "delete", domain, which: share(random) };
}

const families = [
  "tabs",
  "crashes",
  "locks",
  "network",
  "answers",
  "auth",
  "clock",
  "disk",
  "damage",
  "profile",
  "stage",
  "server",
  "holiday",
  "mend",
] as const;
type Family = (typeof families)[number];

function drawTrouble(random: Random, trouble: ReadonlySet<Family>): Deed {
  const family = random.pick([...trouble, "calm" as const]);
  const tab = random.below(3);
  switch (family) {
    case "calm":
      return random.pick<Deed>([{ do: "stir" }, { do: "open" }, { do: "sync", tab }]);
    case "tabs":
      return random.pick<Deed>([{ do: "open" }, { do: "open" }, { do: "closeTab", tab }, channels(random)]);
    case "crashes":
      return random.pick<Deed>([
        { do: "crashTab", tab },
        { do: "crash", power: false },
        { do: "crash", power: true },
        { do: "open" },
      ]);
    case "locks":
      return random.pick<Deed>([
        { do: "freeze", tab, steal: random.chance(0.7) },
        { do: "thaw" },
        { do: "thaw" },
        { do: "steal" },
        { do: "open" },
      ]);
    case "network": {
      const is = random.pick<WeatherName>(["down", "oneWay", "lossy", "lossy", "slow", "doubling", "fair", "fair"]);
      return { do: "weather", is };
    }
    case "answers":
      return random.chance(0.15)
        ? { do: "mostBytes", bytes: 600 + random.below(3000) }
        : { do: "answer", fault: random.pick(answerFaults), times: 1 + random.below(2) };
    case "auth":
      return random.pick<Deed>([{ do: "signOut" }, { do: "signIn" }, { do: "hold", tab }, { do: "release", tab }]);
    case "clock": {
      const skew = random.pick([0, 0, 30_000, -30_000, 3_600_000, -3_600_000, 31_536_000_000, -31_536_000_000]);
      return { do: "clock", skew, stopped: random.chance(0.2) };
    }
    case "disk":
      return random.chance(0.25)
        ? { do: "full", room: random.below(3000) }
        : {
            do: "disk",
            fault: random.pick<DiskFault>(["full", "lostBefore", "lostAfter", "unreadable", "hang"]),
            times: 1 + random.below(2),
          };
    case "damage": {
      const what = random.pick(["wal", "sync", "chunk"] as const);
      return { do: "damage", what, how: random.pick(["flip", "cut", "alter"] as const) };
    }
    case "profile":
      return random.pick<Deed>([{ do: "image" }, { do: "image" }, { do: "fromImage" }, { do: "evict" }]);
    case "stage":
      return {
        do: "stage",
        stage: random.pick(stages),
        domain: random.chance(0.2) ? random.pick(domainNames) : null,
      };
    case "server":
      return random.pick<Deed>([
        { do: "backup" },
        { do: "backup" },
        { do: "restore" },
        { do: "die", at: random.pick(deathPlaces) },
        { do: "pokes", loss: random.below(100), doubled: random.below(60), early: random.chance(0.3) },
      ]);
    case "holiday":
      return random.chance(0.15) ? { do: "holiday" } : { do: "sync", tab };
    case "mend":
      return { do: "mend", tab, discard: random.chance(0.4) };
  }
}

const channels = (random: Random): Deed => ({
  do: "channels",
  loss: random.pick([0, 30, 100]),
  delay: random.pick([5, 50, 2000]),
});
