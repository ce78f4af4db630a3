/** What was written long ago in stage `off`, and is sent late, does not win over what was written since (L6, F22). */
import type { RecordId } from "../../src/domain/ids.ts";
import type { Breach } from "./history.ts";
import { fairWeather } from "./link.ts";
import { weathers } from "./perform.ts";
import { ask, create, createMany, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

const minute = 60 * second;

/** What takes longer says the same. */
const mostEntries = 8;

/**
 * It is folded in, and the device is off until another one has written the same field under an outbox.
 * @param foldAfter so many entries and steps
 */
export async function writtenLongAgo(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const there = devices.find((one) => one !== device)?.working.find(({ narrow }) => !narrow);
  const here = device.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  // Stamps go by the clocks.
  if (
    !here ||
    !there ||
    device.damaged.length > 0 ||
    foldAfter > mostEntries ||
    devices.some(({ clockMoved }) => clockMoved)
  )
    return [];
  const breaches: Breach[] = [];
  const say = (law: string, what: string): void => void breaches.push({ law, what: `Device ${device.index}: ${what}` });
  const write = ({ store }: WorkingTab, id: RecordId, a: string): void => {
    store.commit([{ kind: "update", domain: "teams", id, fields: { a } }]).catch((error: unknown) => {
      say("L1", `it writes "${a}" and is refused: ${error}`);
    });
  };
  const id = create(here, "is written twice");
  for (const tab of [here, there]) await ask(on, tab);
  await backend.setStage("off", null);
  for (const tab of [here, there]) await ask(on, tab);
  write(here, id, "long ago");
  await createMany(on, here, foldAfter, "until long ago is folded");
  await ask(on, here);
  await time.advance(second);
  device.killAll();
  device.link.weather = weathers.down;
  await time.advance(5 * minute);
  await backend.setStage("dualwrite", null);
  await ask(on, there);
  write(there, id, "since");
  await ask(on, there);
  await time.advance(5 * minute);
  device.link.weather = fairWeather;
  device.open();
  await time.advance(3 * second);
  for (const tab of [...device.working, there]) {
    await ask(on, tab);
    const shown = tab.store.get("teams", id)?.record.a ?? "nothing";
    if (shown !== "since")
      say("L6", `${tab.name} shows "${shown}" after it has sent what it wrote ten minutes before.`);
  }
  return breaches;
}
