/** An app may keep to itself what it wrote before there was a server (`promoteUnconfirmed: false`): until somebody edits it. */
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second } from "./scene.ts";

/** Records of stage `off` stay local; one that is edited is sent whole, and one that is deleted is gone everywhere. */
export async function keepBack(on: Probing): Promise<Breach[]> {
  const { time, devices, device, backend } = on;
  if (device.damaged.length > 0) return [];
  for (const one of devices) one.killAll();
  device.open({}, false);
  await time.advance(3 * second);
  const [tab] = device.working;
  if (!tab) return [{ law: "L1", what: `Device ${device.index} does not open.` }];
  const breaches: Breach[] = [];
  const say = (law: string, what: string): void => void breaches.push({ law, what: `${tab.name}: ${what}` });
  const state = (id: string): string => tab.store.get("teams", id)?.state ?? "gone";
  await ask(on, tab);
  await backend.setStage("off", null);
  await ask(on, tab);
  const [edited, deleted] = [create(tab, "to be edited"), create(tab, "to be deleted")];
  await time.advance(second);
  await backend.setStage("dualwrite", null);
  await ask(on, tab);
  for (const id of [edited, deleted])
    if (state(id) !== "local") say("L5", `what it keeps to itself is ${state(id)} when the school leaves \`off\`.`);
  // Twice in one turn: the second edit is made on the first.
  for (const fields of [{ a: "edited" }, { b: "edited" }])
    tab.store.commit([{ kind: "update", domain: "teams", id: edited, fields }]).catch((error: unknown) => {
      say("L1", `the edit of what it kept to itself is refused: ${error}`);
    });
  void tab.store.commit([{ kind: "delete", domain: "teams", id: deleted }]);
  await time.advance(second);
  const { outcome } = await ask(on, tab);
  const { records } = await backend.state();
  const [here, there] = [tab.store.get("teams", edited)?.record, records.get(`teams/${edited}`)?.record];
  if (
    outcome !== "synced" ||
    here?.a !== "edited" ||
    there?.a !== "edited" ||
    there.b !== "edited" ||
    there.id !== edited
  )
    say("L1", `what it kept to itself and edited is ${here?.a} here, ${there?.a} on the server (${outcome}).`);
  if (state(deleted) !== "gone" || records.has(`teams/${deleted}`)) say("L7", `what it deleted is ${state(deleted)}.`);
  for (const one of devices) if (one !== device) one.open();
  await time.advance(20 * second);
  return breaches;
}
