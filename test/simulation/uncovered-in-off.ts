/** The school goes back to `off` when a write is answered, and before who wrote it has pulled up to there. */
import type { RecordId } from "../../src/domain/ids.ts";
import { answeredBehind } from "./answered-behind.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";

/**
 * What is edited then is shown as it was edited, and all that was answered is shown, folded or not, by a tab that opens as
 * well; what was edited goes out when the school leaves `off` (L1).
 * @param page how many changes the server gives at once
 */
export async function uncoveredInOff(on: Probing, page: number, foldAfter: number): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const leading = (one: typeof device) => one.working.find(({ engine, narrow }) => !narrow && engine.status().leading);
  const [tab, other] = [leading(device), devices.filter((one) => one !== device).map(leading)[0]];
  if (!tab || !other || device.damaged.length > 0) return [];
  if (device.working.length < 2) device.open();
  await time.advance(3 * second);
  // Its log is folded, whatever waits in the other.
  const writer = device.working.find((one) => one !== tab && !one.narrow);
  if (!writer) return [];
  const known = create(tab, "known for long");
  await ask(on, tab);
  const ids: RecordId[] = [known];
  const write = (): void => {
    ids.push(create(tab, "answered, and edited"), create(tab, "answered alone"));
    void tab.store.commit([{ kind: "update", domain: "teams", id: known, fields: { a: "answered, and edited" } }]);
  };
  if (!(await answeredBehind(on, { tab, other, meanwhile: 3 * page + 1, write }))) return [];
  const { link } = device;
  const { weather } = link;
  await backend.setStage("off", null);
  await time.until(() => tab.store.position.stage === "off", 60 * second);
  // The next page does not come.
  link.weather = { ...weather, down: true };
  await time.advance(40 * second);
  link.weather = weather;
  if (Object.keys(tab.store.sync.uncovered()).length === 0 || tab.life.dead) {
    await backend.setStage("dualwrite", null);
    await ask(on, tab);
    return [];
  }
  for (const one of ids.slice(0, 2))
    tab.store.commit([{ kind: "update", domain: "teams", id: one, fields: { a: "edited" } }]).catch(() => undefined);
  await time.advance(second);
  for (let i = 0; i < 2 * foldAfter; i++) {
    create(writer, `uncovered ${i}`);
    await time.advance(20);
  }
  for (let i = 0; i < 3; i++) await ask(on, tab);
  await time.advance(second);
  const shows = (one: WorkingTab | undefined): string =>
    ids.map((each) => one?.store.get("teams", each)?.record.a).join();
  const shown = shows(tab);
  device.killAll();
  device.open();
  await time.advance(3 * second);
  const [again] = device.working;
  const opened = shows(again);
  await backend.setStage("dualwrite", null);
  for (const one of [again, other]) if (one) await ask(on, one);
  const after = shows(again);
  if ([shown, opened, after].every((text) => text === "edited,edited,answered alone")) return [];
  const what = `${tab.name}: known and created, edited in \`off\`, and one answered: ${shown} when folded, ${opened} opened again, ${after} in the end.`;
  return [{ law: "L1", what }];
}
