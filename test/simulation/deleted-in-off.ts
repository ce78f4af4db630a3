/** A record is deleted in stage `off` of its domain, and later changed on the server by what happens to another domain. */
import { type RecordId, uuidV5 } from "../../src/domain/ids.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";
import { wholeRecord } from "./writes.ts";

/**
 * The deletion is folded in, and goes out when the domain leaves `off`; if it loses, what is shown is what the server holds by
 * now (L4).
 * @param foldAfter so many entries and steps
 */
export async function deletedInOff(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const other = devices.find((one) => one !== device);
  const [here] = device.working.filter(({ narrow }) => !narrow);
  const [there] = other?.working.filter(({ narrow }) => !narrow) ?? [];
  if (!here || !there || device.damaged.length > 0) return [];
  const teamId = create(here, "goes later");
  const id = uuidV5(teamId, "member") as RecordId;
  void here.store.commit([
    { kind: "create", domain: "people", record: wholeRecord("people", { id, a: "first", teamId }) },
  ]);
  await time.advance(second);
  for (const tab of [here, there]) await ask(on, tab);
  await backend.setStage("off", "people");
  for (const tab of [here, there]) await ask(on, tab);
  void here.store.commit([{ kind: "delete", domain: "people", id }]);
  await time.advance(second);
  for (let i = 0; i < foldAfter; i++) {
    create(here, `until it folds ${i}`);
    await time.advance(20);
  }
  await ask(on, here);
  await time.advance(second);
  void there.store.commit([{ kind: "delete", domain: "teams", id: teamId }]);
  await time.advance(second);
  for (const tab of [there, here]) await ask(on, tab);
  await backend.setStage("dualwrite", null);
  for (const tab of [here, there, here]) await ask(on, tab);
  const { records } = await backend.state();
  const stored = JSON.stringify(records.get(`people/${id}`)?.record.teamId);
  return [here, there].flatMap(({ name, store }): Breach[] => {
    const shown = JSON.stringify(store.get("people", id)?.record.teamId);
    const what = `${name} shows a member of ${shown}, deleted in \`off\`; the server has one of ${stored}.`;
    return shown === stored ? [] : [{ law: "L4", what }];
  });
}
