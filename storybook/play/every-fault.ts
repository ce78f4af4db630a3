/** Every fault in turn: what is written under it is on this disk at once, waits, and is on the server once when it is over. */
import { expect } from "storybook/test";
import { type FaultName, faultNames } from "../stage/fault-switch.ts";
import { type Office, officeOf, type PlayContext } from "./office.ts";

/** What even alone is too large for the server is set aside, and does not come back by itself. */
const tooLarge: FaultName = "refuse413";
const passing = (Object.keys(faultNames) as FaultName[]).filter((fault) => fault !== "none" && fault !== tooLarge);

export async function everyFault(context: PlayContext): Promise<void> {
  const office = officeOf(context);
  await office.opened("this device");
  for (const fault of passing) {
    const name = await addUnder(office, fault);
    await office.choose("none");
    await office.click("Sync now");
    await office.isAt(name, { device: "synced", waiting: 0, server: true });
    const rows = (await office.demo.rows()).filter(({ value }) => value === name);
    await expect(rows).toMatchObject([{ version: 1 }]);
  }
  await expect(office.demo.adapter.status().parked).toEqual([]);

  const name = await addUnder(office, tooLarge);
  await office.eventually(() =>
    expect(office.demo.adapter.status().parked).toMatchObject([{ code: "LIMIT", mutation: { fields: { name } } }]),
  );
  await office.showsParked("LIMIT");
}

async function addUnder(office: Office, fault: FaultName): Promise<string> {
  const name = `Abel ${fault}`;
  await office.choose(fault);
  await office.add(name);
  await office.isTold(`${name}: saved on this device`);
  await office.isOnDisk(name);
  return name;
}
