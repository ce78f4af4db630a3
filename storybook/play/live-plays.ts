/** What is played in `live` alone: a write that the server refuses, and one whose answer is lost. */
import { expect } from "storybook/test";
import { markedStudent } from "../stage/seeds.ts";
import { officeOf, type PlayContext } from "./office.ts";

export async function removeRefused(context: PlayContext): Promise<void> {
  const office = officeOf(context);
  const { adapter } = office.demo;
  await office.opened("the server");
  await office.remove(markedStudent);
  await office.isTold(`Removing ${markedStudent}: refused, REFERENCED.`);
  await office.shows(markedStudent);
  await expect(adapter.status()).toMatchObject({ parked: [], outbox: { mutations: 0 } });
  const kept = [...adapter.parts.store.all("students")].find(({ record }) => record.name === markedStudent);
  await expect(kept).toMatchObject({ state: "synced", serverVersion: 1 });
  await expect((await office.demo.rows()).find(({ value }) => value === markedStudent)).toMatchObject({ version: 1 });
}

export async function addWithLostAnswer(context: PlayContext): Promise<void> {
  const name = "Alan Turing";
  const office = officeOf(context);
  await office.opened("the server");
  await office.choose("lostAnswer");
  await office.check("once only");
  const before = office.sent("POST", "/api/sync/patch").length;
  await office.add(name);
  await office.isTold(`${name}: saved on the server`);
  await office.shows(name);
  await office.isAt(name, { device: "synced", waiting: 0, server: true });
  const [lost, ...answers] = office.sent("POST", "/api/sync/patch").slice(before);
  await expect(lost).toBeNull();
  await expect(answers).toContain(200);
  const rows = (await office.demo.rows()).filter(({ value }) => value === name);
  await expect(rows).toMatchObject([{ version: 1 }]);
}
