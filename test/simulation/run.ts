/** Plays a schedule, lets everything heal, and judges what is left. */
import { seededRandom } from "../../src/domain/random.ts";
import { type Backend, type BackendOptions, modelBackend } from "./backend.ts";
import { askedUnheard } from "./deaf-tabs.ts";
import { Device, Pokes } from "./device.ts";
import { foldedTooOften, keptAnswers, onDisk, writtenForNothing } from "./disk-laws.ts";
import type { Attempt, Breach, Kept } from "./history.ts";
import { judge } from "./judge.ts";
import { keptBy } from "./kept-by.ts";
import { wrongConflicts } from "./laws-of-answers.ts";
import { unknownAnswers } from "./laws-of-logs.ts";
import { differing } from "./laws-of-tabs.ts";
import { wanting } from "./laws-of-writes.ts";
import { closedUnderneath, refusedTheLock } from "./parting.ts";
import { perform, signIn, weathers } from "./perform.ts";
import { probe } from "./probe.ts";
import { fillUp } from "./room.ts";
import { rotNotNoticed } from "./rot-noticed.ts";
import { day, type Scene, second, type WorkingTab } from "./scene.ts";
import type { Schedule } from "./schedule.ts";
import { mayHaveGone, outOfSight } from "./sight.ts";
import { situations } from "./situations.ts";
import { type VirtualTime, virtualTime } from "./time.ts";
import { makeTrace } from "./trace.ts";

export interface RunOptions {
  readonly backend?: (options: BackendOptions) => Promise<Backend>;
  /** Keeps the lines of the trace. */
  readonly trace?: boolean;
}

export interface Outcome {
  readonly breaches: readonly Breach[];
  readonly hash: string;
  readonly lines: readonly string[];
  /** `state + event` */
  readonly cells: ReadonlySet<string>;
  /** Which situations came about in the end. */
  readonly situations: readonly string[];
  /** How often each kind of fault really happened. */
  readonly faults: ReadonlyMap<string, number>;
  readonly writes: number;
  readonly events: number;
}

const start = Date.parse("2026-01-05T08:00:00.000Z");

export async function run(schedule: Schedule, options: RunOptions = {}): Promise<Outcome> {
  const simulation = new Run(schedule, virtualTime(start), options);
  return simulation.play();
}

class Run {
  readonly #schedule: Schedule;
  readonly #time: VirtualTime;
  readonly #options: RunOptions;
  readonly #trace;
  readonly #pokes: Pokes;
  readonly #attempts: Attempt[] = [];
  readonly #breaches: Breach[] = [];
  readonly #cells = new Set<string>();
  readonly #faults = new Map<string, number>();
  #about: readonly string[] = [];
  #devices: Device[] = [];

  constructor(schedule: Schedule, time: VirtualTime, options: RunOptions) {
    this.#schedule = schedule;
    this.#time = time;
    this.#options = options;
    this.#trace = makeTrace(options.trace ?? false, () => time.now() - start);
    this.#pokes = new Pokes(time, seededRandom(schedule.seed + 5));
  }

  async play(): Promise<Outcome> {
    const { stage, steps, most } = this.#schedule;
    const unhandled = (error: unknown): void => this.#surprise(error, "nobody handled it");
    process.on("unhandledRejection", unhandled);
    const onCommit = (seq: number): void => this.#pokes.tell(seq);
    const backend = await (this.#options.backend ?? modelBackend)({ time: this.#time, stage, most, onCommit });
    try {
      this.#devices = Array.from({ length: this.#schedule.devices }, (_, index) => this.#device(index, backend));
      for (const device of this.#devices) device.open();
      await this.#time.advance(500);
      const scene: Scene = {
        time: this.#time,
        trace: this.#trace,
        devices: this.#devices,
        backend,
        pokes: this.#pokes,
        attempts: this.#attempts,
        serverWentBack: false,
        breach: (law, what) => this.#breaches.push({ law, what }),
        count: (kind, times) => this.#count(kind, times),
      };
      for (const step of steps) {
        await this.#time.advance(step.after);
        this.#trace.add(`step ${step.n} ${step.do}`);
        await perform(scene, step);
        this.#note(outOfSight(scene));
      }
      await this.#finish(scene);
      for (const device of this.#devices) device.killAll();
    } finally {
      process.off("unhandledRejection", unhandled);
      await backend.close();
    }
    for (const device of this.#devices) {
      for (const met of [device.disk.met, device.link.met]) for (const [kind, n] of met) this.#count(kind, n);
    }
    return {
      breaches: this.#breaches,
      hash: this.#trace.hash,
      lines: this.#trace.lines,
      cells: this.#cells,
      situations: this.#about,
      faults: this.#faults,
      writes: this.#attempts.length,
      events: this.#time.events,
    };
  }

  #device(index: number, backend: Backend): Device {
    const { seed, durability, foldAfter } = this.#schedule;
    return new Device({
      index,
      seed,
      time: this.#time,
      trace: this.#trace,
      durability: durability[index] ?? "strict",
      foldAfter,
      handle: backend.handle(`user-${index}`),
      pokes: this.#pokes,
      cell: (state, event) => this.#cells.add(`${state} + ${event}`),
      surprise: (error, where) => this.#surprise(error, where),
      breach: (law, what) => this.#breaches.push({ law, what }),
    });
  }

  /** L11: a failure without a code. */
  #surprise(error: unknown, where: string): void {
    const text =
      error instanceof Error ? `${error.message} ${error.stack?.split("\n").slice(1, 4).join(" ")}` : String(error);
    this.#breaches.push({ law: "L11", what: `${where}: ${text}` });
  }

  #count(kind: string, times = 1): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + times);
  }

  /** The first one of a kind says it all. */
  #note(breaches: readonly Breach[]): void {
    if (this.#breaches.length === 0) this.#breaches.push(...breaches);
  }

  async #finish(scene: Scene): Promise<void> {
    const { backend } = scene;
    this.#trace.add("heal");
    backend.dieAt(null);
    for (const device of this.#devices) {
      for (const tab of device.tabs) tab.life.thaw();
      device.link.heal();
      device.disk.mend();
      device.browser.channelLoss = 0;
      device.browser.channelDelay = 5;
      device.browser.online = true;
      device.browser.stopClock(false);
      signIn(device);
      for (const tab of device.working) device.release(tab);
    }
    const { stage, stages } = await backend.stage();
    const stopped = stage === "off" || stage === "draining";
    if (stopped || Object.keys(stages).length > 0) await backend.setStage(stopped ? "dualwrite" : stage, null);
    await this.#time.advance(20 * second);
    for (const device of this.#devices) if (device.working.length === 0) device.open();
    let quiet = await this.#settles(backend, 600 * second);
    for (const { name, open } of this.#devices.flatMap(({ working }) => working))
      for (const call of open) this.#breaches.push({ law: "L11", what: `${name}: ${call} was never answered.` });
    if (!quiet && this.#devices.some((device) => device.hurt || device.tabs.length > device.working.length)) {
      this.#trace.add("open again what was hurt");
      for (const device of this.#devices) {
        device.killAll();
        device.open();
      }
      quiet = await this.#settles(backend, 600 * second);
    }
    if (!quiet) await this.#saysWhy(backend);
    // What was written in `off`, rotted, and was set aside stands in the memory of the tab that wrote it, and nowhere else.
    for (const device of this.#devices) {
      if (!device.damaged.some(({ before }) => before.includes('"id":null'))) continue;
      device.killAll();
      device.open();
    }
    // What a tab that closes writes at the last moment is found by another one's slow look at the disk.
    await this.#time.advance(20 * second);
    await this.#settles(backend, 60 * second);
    await this.#judge(scene);
    if (this.#breaches.length === 0) await this.#tryOut(scene);
    await this.#openAgain(backend);
  }

  /** By itself: nobody asks for it (F17, F20). */
  async #settles(backend: Backend, within: number): Promise<boolean> {
    const until = this.#time.now() + within;
    while (this.#time.now() < until) {
      await this.#time.advance(2 * second);
      const cursor = await backend.cursor();
      const { epoch } = await backend.stage();
      const rests = ({ store, open }: WorkingTab): boolean =>
        open.size === 0 &&
        store.outbox().mutations === 0 &&
        store.position.cursor === cursor &&
        store.position.epoch === epoch;
      const still = this.#devices.every(
        (device) =>
          device.working.length > 0 &&
          device.tabs.length === device.working.length &&
          device.working.every(rests) &&
          // Who could not take the lead on a bad disk tries again a minute later at most.
          device.working.some(({ engine }) => engine.status().leading),
      );
      if (still) return true;
    }
    return false;
  }

  async #saysWhy(backend: Backend): Promise<void> {
    const cursor = await backend.cursor();
    const { epoch } = await backend.stage();
    for (const device of this.#devices) {
      for (const tab of device.tabs) {
        const { store, failed, open } = tab;
        const waits = store?.outbox().mutations;
        if (
          store &&
          open.size === 0 &&
          waits === 0 &&
          store.position.cursor === cursor &&
          store.position.epoch === epoch
        )
          continue;
        const what = store
          ? `${waits} wait, cursor ${store.position.cursor} (${cursor}), epoch ${store.position.epoch} (${epoch}), ${JSON.stringify(tab.engine?.status())}`
          : `it did not open: ${failed?.code ?? "still opening"} ${failed?.message ?? ""}`;
        this.#breaches.push({ law: "F17", what: `${tab.name} does not come to rest: ${what}` });
      }
      if (device.tabs.length === 0) this.#breaches.push({ law: "F17", what: `device ${device.index} has no tab.` });
    }
  }

  /** What a user would try next; and in some runs, what is left of it all after a week. */
  async #tryOut({ backend, devices, pokes }: Scene): Promise<void> {
    const { seed } = this.#schedule;
    const device = devices[seed % devices.length];
    if (!device) return;
    const on = { time: this.#time, devices, device, pokes, backend };
    this.#trace.add("try out");
    this.#note(await probe(on));
    if (seed % 3 === 0 && this.#breaches.length === 0) this.#note(await askedUnheard(on));
    if (seed % 5 === 0 && this.#breaches.length === 0) this.#note(await fillUp(on));
    if (this.#breaches.length === 0) {
      const { breaches, about } = await situations(on, this.#schedule);
      this.#note(breaches);
      this.#about = about;
    }
    if (!(await this.#settles(backend, 120 * second))) await this.#saysWhy(backend);
    const server = await backend.state();
    this.#note(devices.flatMap((one) => one.working.flatMap((tab) => differing(one.stateOf(tab), server))));
  }

  async #judge({ backend, serverWentBack }: Scene): Promise<void> {
    const { steps } = this.#schedule;
    for (const { browser, disk, index, holds, wentBack, damaged } of this.#devices) {
      const isWhole = damaged.length === 0 && steps.every((step) => step.do !== "fromImage");
      if (!serverWentBack && isWhole) for (const what of wentBack) this.#breaches.push({ law: "L4", what });
      for (const what of holds.broken) this.#breaches.push({ law: "F18", what });
      for (const what of disk.insisted) this.#breaches.push({ law: "F20", what: `Device ${index}: ${what}.` });
      for (const what of browser.repeated)
        this.#breaches.push({ law: "F21", what: `Device ${index}: a tab says ${what}.` });
      for (const what of disk.misused) this.#breaches.push({ law: "F5", what: `Device ${index}: ${what}` });
    }
    this.#breaches.push(...this.#devices.flatMap((device) => rotNotNoticed(device, this.#schedule.seed)));
    this.#breaches.push(...this.#devices.flatMap(onDisk), ...this.#devices.flatMap(keptAnswers));
    this.#breaches.push(...this.#devices.flatMap(unknownAnswers));
    if (this.#time.now() - start < 30 * day) {
      const { foldAfter } = this.#schedule;
      this.#breaches.push(...this.#devices.flatMap((device) => foldedTooOften(device, foldAfter)));
    }
    // Both bring a record back to what it was.
    if (!serverWentBack && steps.every((step) => step.do !== "stage"))
      this.#breaches.push(...this.#devices.flatMap((device) => writtenForNothing(device, mayHaveGone(this.#attempts))));
    if (this.#cells.size === 0) this.#breaches.push({ law: "L12", what: "No engine traced anything." });
    const server = await backend.state();
    const kept = new Map<number, Kept>();
    for (const device of this.#devices) kept.set(device.index, await keptBy(device, this.#time, this.#breaches));
    const tabs = this.#devices.flatMap((device) => device.working.map((tab) => device.stateOf(tab)));
    this.#breaches.push(...judge(this.#attempts, server, tabs, kept));
    // What met a conflict may be taken when it is sent to it once more.
    if (!serverWentBack) this.#breaches.push(...wrongConflicts(this.#attempts, server, tabs, kept));
    const mixed = this.#schedule.steps.some((step) => step.do === "stage" && step.domain !== null);
    if (!mixed && !serverWentBack) this.#breaches.push(...wanting(this.#attempts, server, tabs, kept));
  }

  /** What is on the disks alone, without a network, is the same; what rotted there may have to be asked for again. */
  async #openAgain(backend: Backend): Promise<void> {
    if (this.#breaches.length > 0) return;
    const whole = this.#devices.every(({ damaged }) => damaged.length === 0);
    for (const device of this.#devices) {
      if (device.index === this.#schedule.seed % this.#devices.length)
        this.#note(await closedUnderneath(this.#time, device));
      device.killAll();
      if (whole) device.link.weather = weathers.down;
      device.browser.locksRefused = 1;
      device.open();
    }
    await this.#time.advance(20 * second);
    if (!whole) await this.#settles(backend, 300 * second);
    const server = await backend.state();
    for (const device of this.#devices) {
      const [tab] = device.working;
      if (!tab) {
        const why = device.tabs[0]?.failed;
        this.#breaches.push({
          law: "L1",
          what: `Device ${device.index} does not open again: ${why?.code} ${why?.message}`,
        });
      } else {
        this.#breaches.push(
          ...(whole ? refusedTheLock(device, tab) : []),
          ...differing(device.stateOf(tab), server).map((b) => ({ ...b, what: `opened again, ${b.what}` })),
        );
      }
    }
  }
}
