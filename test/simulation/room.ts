/** A tab that holds as many records as it may takes no more, and takes one again when one is gone. */
import { isAdapterError } from "../../src/domain/errors.ts";
import { type RecordId, uuidV5 } from "../../src/domain/ids.ts";
import type { Write } from "../../src/local/record-store.ts";
import { domainNames } from "./domains.ts";
import type { Breach } from "./history.ts";
import type { Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";
import { wholeRecord } from "./writes.ts";

const namespace = "6ba7b813-9dad-11d1-80b4-00c04fd430c8";

export async function fillUp(on: Probing): Promise<Breach[]> {
  const { device, time } = on;
  const [first] = device.working;
  if (!first || device.damaged.length > 0) return [];
  const held = domainNames.reduce((sum, name) => sum + first.store.count(name), 0);
  const before = new Set(device.tabs);
  device.open({ maxRecords: held + 1 });
  await time.advance(2 * second);
  const [opened] = device.tabs.filter((tab) => !before.has(tab));
  if (!opened) return [];
  const tab = device.working.find(({ name }) => name === opened.name);
  const came = tab ? await answersOf(on, tab) : null;
  device.kill(opened);
  // What was deleted since the last folding still counts when it is opened.
  if (came === null || came === "LIMIT,taken,LIMIT,taken,taken") return [];
  return [{ law: "L11", what: `${opened.name} has room for one record, and answers ${came}.` }];
}

async function answersOf(on: Probing, tab: WorkingTab): Promise<string> {
  const [one, other] = [creation("one"), creation("other")];
  const deletion: Write = { kind: "delete", domain: "teams", id: one.record.id };
  const came: string[] = [];
  for (const writes of [[one, other], [one], [other], [deletion], [other]]) {
    came.push(await tried(on, tab, ...writes));
    await on.time.advance(5 * second);
  }
  return came.join();
}

export const creation = (name: string): Extract<Write, { kind: "create" }> => {
  const id = uuidV5(namespace, name) as RecordId;
  return { kind: "create", domain: "teams", record: wholeRecord("teams", { id }) };
};

/** `taken`, or why it was refused; of several, all or none. */
export async function tried(
  { time }: Pick<Probing, "time">,
  { store }: WorkingTab,
  ...writes: readonly Write[]
): Promise<string> {
  let came: string | null = null;
  store.commit(writes).then(
    () => {
      came = "taken";
    },
    (error: unknown) => {
      came = isAdapterError(error) ? error.code : String(error);
    },
  );
  await time.until(() => came !== null, 5 * second);
  return came ?? "nothing";
}
