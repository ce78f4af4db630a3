/** A write on a screen, in trouble: the promise, the bytes on disk, the rows, the requests and the screen agree. */
import { afterEach, describe, expect, test } from "vitest";
import type { Stage } from "../../src/domain/stages.ts";
import type { More, OpenSchool, School } from "../adapter/school-on.ts";
import { onPush, pushesOf } from "../support/pushes.ts";
import { uuid } from "../support/records.ts";
import type { MakeScreen, Screen } from "../support/screens.ts";
import { answersTo, discardedIn, loggedOf } from "../support/stored.ts";

/** Draws a screen: its lines can be read from then on. */
export type DrawScreen = (screen: Screen) => { lines(): string[]; close(): void };

export interface Screens {
  readonly makers: Readonly<Record<string, MakeScreen>>;
  readonly draw: DrawScreen;
}

interface Lines {
  readonly stage: Stage;
  readonly waiting?: number;
  readonly parked?: string;
  readonly students?: string;
  readonly enrolments?: string;
  readonly refused?: string;
}
const linesOf = ({ stage, waiting = 0, parked, students, enrolments, refused }: Lines): string[] => [
  `stage ${stage}, ${waiting} waiting, parked: ${parked ?? "none"}`,
  `students: ${students ?? "none"}`,
  `enrolments: ${enrolments ?? "none"}`,
  `refused: ${refused ?? "none"}`,
];

const everywhere = ["dualwrite", "shadow", "live", "rampdown", "complete", "draining"] as const;
const away = ["live", "rampdown", "complete"] as const;
const isAway = (stage: Stage): boolean => (away as readonly Stage[]).includes(stage);
const ada = { id: uuid(1), name: "Ada" };
/** Names a student and a class that nobody has. */
const orphanFields = { studentId: uuid(7), classId: uuid(8) };
const orphan = { id: uuid(2), ...orphanFields };

export function agreementContract(openSchool: OpenSchool, { makers, draw }: Screens): void {
  describe.each(Object.entries(makers))("on a screen with %s", (_, makeScreen) => {
    const closings: (() => unknown)[] = [];
    afterEach(async () => {
      for (const close of closings.splice(0).reverse()) await close();
    });

    async function open(stage: Stage, more: More = {}) {
      const school = await openSchool(stage);
      closings.push(() => school.close());
      const office = await school.device("office", {}, more);
      await office.sync();
      const screen = makeScreen(office.adapter);
      const drawn = draw(screen);
      closings.push(() => screen.close());
      closings.push(() => drawn.close());
      /** What stands on the screen once everything has come through. */
      async function shows(expected: Lines): Promise<void> {
        const lines = linesOf(expected);
        let looks = 2000;
        await office.until(() => {
          looks -= 1;
          return looks === 0 || drawn.lines().join() === lines.join();
        });
        expect(drawn.lines()).toEqual(lines);
      }
      await shows({ stage });
      return { school, office, screen, shows };
    }

    test.each(away)("L3 refused in %s: the promise rejects, and nobody keeps anything", async (stage) => {
      const { school, office, screen, shows } = await open(stage);
      await expect(office.settled(screen.enrol(orphan))).rejects.toMatchObject({ code: "REFERENCE_MISSING" });
      await shows({ stage, refused: "REFERENCE_MISSING" });
      const stored = await office.stored();
      const [intent] = loggedOf(stored, orphan.id);
      expect(intent).toMatchObject({ kind: "create", fields: orphanFields });
      // An abort entry closes the intent.
      expect(discardedIn(stored)).toEqual([intent?.id]);
      expect(pushesOf(office.network, orphan.id)).toEqual([[intent?.id, 200]]);
      expect(await school.rows("enrollments", ["student_id"])).toEqual([]);
      expect(await school.changes(orphan.id)).toBe(0);
      // The next write is not held up by it.
      expect(await office.settled(screen.admit(ada))).toMatchObject({ acknowledged: "server" });
      await shows({ stage, students: "Ada synced", refused: "REFERENCE_MISSING" });
    });

    test.each(["dualwrite", "shadow", "draining"] as const)(
      "F19 refused in %s: acknowledged here, it is parked with its payload and shown with its reason",
      async (stage) => {
        const { school, office, screen, shows } = await open(stage);
        expect(await office.settled(screen.enrol(orphan))).toMatchObject({ acknowledged: "local" });
        await office.sync();
        await shows({ stage, parked: "REFERENCE_MISSING" });
        expect(office.adapter.status().parked).toMatchObject([
          { mutation: { recordId: orphan.id, fields: orphanFields } },
        ]);
        const stored = await office.stored();
        const [logged] = loggedOf(stored, orphan.id);
        expect(logged && answersTo(stored, logged)).toEqual(["rejected"]);
        expect(discardedIn(stored)).toEqual([]);
        expect(await school.rows("enrollments", ["student_id"])).toEqual([]);
        expect(await school.changes(orphan.id)).toBe(0);
      },
    );

    test.each(
      away.flatMap((stage) => (["drop", "dropResponse", "cutJson"] as const).map((fault) => [stage, fault] as const)),
    )(
      "L2 F16 lost in %s (%s): it is sent again with the same id, acknowledged by the server, and there once",
      async (stage, fault) => {
        const { school, office, screen, shows } = await open(stage);
        onPush(office.network, ada.id, fault);
        expect(await office.settled(screen.admit(ada))).toMatchObject({ acknowledged: "server" });
        await shows({ stage, students: "Ada synced" });
        const stored = await office.stored();
        const logged = loggedOf(stored, ada.id);
        expect(logged).toHaveLength(1);
        const answers = logged.flatMap((mutation) => answersTo(stored, mutation));
        expect(answers).toEqual([fault === "drop" ? "applied" : "duplicate"]);
        expect(pushesOf(office.network, ada.id).map(([id]) => id)).toEqual([logged[0]?.id, logged[0]?.id]);
        await once(school);
      },
    );

    test.each(away)("F23 lost in %s: without an answer it resolves pending, and counts once", async (stage) => {
      const { school, office, screen, shows } = await open(stage, { answerWithinMs: 500 });
      // Its answer is on the way for longer than anybody waits.
      onPush(office.network, ada.id, "hold");
      expect(await office.settled(screen.admit(ada))).toMatchObject({ acknowledged: "pending" });
      await shows({ stage, waiting: 1, students: "Ada pending" });
      office.network.release();
      await office.sync();
      await shows({ stage, students: "Ada synced" });
      await once(school);
    });

    test.each(["off", ...everywhere] as const)(
      "L1 made offline in %s: on this disk when the promise resolves, and sent once when the network is back",
      async (stage) => {
        const { school, office, screen, shows } = await open(stage);
        office.setOnline(false);
        const written = await office.settled(screen.admit(ada));
        expect(written.acknowledged).toBe(isAway(stage) ? "pending" : "local");
        expect(loggedOf(await office.stored(), ada.id)).toMatchObject([{ kind: "create", fields: { name: "Ada" } }]);
        if (stage === "off") return shows({ stage, students: "Ada local" });
        await shows({ stage, waiting: 1, students: "Ada pending" });
        expect(await school.rows("students")).toEqual([]);
        office.setOnline(true);
        await office.sync();
        await shows({ stage, students: "Ada synced" });
        await once(school);
      },
    );

    const changes = everywhere.flatMap((from) =>
      (["dualwrite", "live", "draining"] as const)
        .filter((to) => to !== from)
        .flatMap((to) => (["hold", "wait"] as const).map((how) => [from, to, how] as const)),
    );
    test.each(changes)("L8 made while %s becomes %s (%s): once, under one id", async (from, to, how) => {
      const { school, office, screen, shows } = await open(from);
      onPush(office.network, ada.id, how);
      const writing = screen.admit(ada);
      // It is on its way, or the server has it and only the answer is held.
      await office.until(() => pushesOf(office.network, ada.id).length > 0 && !office.network.busy);
      await school.setStage(to);
      office.network.release();
      expect((await office.settled(writing)).acknowledged).toBe(isAway(from) ? "server" : "local");
      await office.sync();
      await shows({ stage: to, students: "Ada synced" });
      const stored = await office.stored();
      const logged = loggedOf(stored, ada.id);
      expect(logged).toHaveLength(1);
      expect(logged.flatMap((mutation) => answersTo(stored, mutation))).toEqual(["applied"]);
      // Under the old epoch it is refused, and goes again with the same id under the new one.
      const id = logged[0]?.id;
      expect(pushesOf(office.network, ada.id)).toEqual(
        how === "hold"
          ? [[id, 200]]
          : [
              [id, 409],
              [id, 200],
            ],
      );
      await once(school);
    });
  });
}

/** One row, and one change in the history. */
async function once(school: School): Promise<void> {
  expect(await school.rows("students")).toEqual([{ id: ada.id, name: ada.name }]);
  expect(await school.changes()).toBe(1);
}
