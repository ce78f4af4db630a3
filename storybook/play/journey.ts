/** A school goes all the way to the server and back, with a student more in each stage, and loses nobody. */
import { expect } from "storybook/test";
import type { Stage } from "../../src/domain/stages.ts";
import { expectedIn } from "./expected.ts";
import { officeOf, type PlayContext } from "./office.ts";

const way: readonly Stage[] = ["dualwrite", "shadow", "live", "rampdown", "complete", "draining", "off"];

export async function wholeWay(context: PlayContext): Promise<void> {
  const office = officeOf(context);
  await office.opened("this device");
  await expect(await office.demo.rows()).toEqual([]);
  for (const [n, stage] of way.entries()) {
    await office.moveTo(stage);
    const name = `Abel ${stage}`;
    await office.add(name);
    await office.isTold(`${name}: ${expectedIn[stage].online}`);
    const { reaches } = expectedIn[stage];
    await office.isAt(name, { device: reaches ? "synced" : "local", waiting: 0, server: reaches });
    await expect([...office.demo.adapter.parts.store.all("students")]).toHaveLength(8 + n + 1);
  }
  const students = (await office.demo.rows()).filter(({ domain }) => domain === "students");
  await expect(students).toHaveLength(8 + way.length - 1);
  await expect(office.demo.adapter.status()).toMatchObject({ epoch: way.length, parked: [] });
}
