/** Records are deleted or edited in stage `off` of their domain, and meanwhile changed on the server by what happens to others. */
import { type RecordId, uuidV5 } from "../../src/domain/ids.ts";
import { syncPrefix } from "../../src/local/keys.ts";
import { foldedSteps } from "./disk-laws.ts";
import type { Breach } from "./history.ts";
import { ask, create, type Probing } from "./probe.ts";
import { second, type WorkingTab } from "./scene.ts";
import { wholeRecord } from "./writes.ts";

/** @param foldAfter so many entries and steps */
export async function changedInOff(on: Probing, foldAfter: number): Promise<Breach[]> {
  return Math.trunc(on.time.now() / 2) % 2 === 0 ? deletedInOff(on, foldAfter) : goneInOff(on, foldAfter);
}

/**
 * A deletion is folded in, and goes out when the domain leaves `off` (L1); if it loses, what is shown is what the server holds by
 * now (L4). One that was taken back goes out no more (L3).
 * What is edited there shows what it was not edited in as the server has it (L4).
 */
async function deletedInOff(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const other = devices.find((one) => one !== device);
  let [here] = device.working.filter(({ narrow }) => !narrow);
  const [there] = other?.working.filter(({ narrow }) => !narrow) ?? [];
  if (!here || !there || device.damaged.length > 0) return [];
  const teamId = create(here, "goes later");
  const id = uuidV5(teamId, "member") as RecordId;
  const gone = uuidV5(teamId, "stays away") as RecordId;
  const undone = uuidV5(teamId, "comes back") as RecordId;
  const edited = uuidV5(teamId, "edited") as RecordId;
  const creation = (given: { readonly id: RecordId; readonly a: string; readonly teamId?: RecordId }) =>
    ({ kind: "create", domain: "people", record: wholeRecord("people", given) }) as const;
  void here.store.commit([
    creation({ id, a: "first", teamId }),
    creation({ id: gone, a: "first" }),
    creation({ id: undone, a: "first" }),
    creation({ id: edited, a: "first", teamId }),
  ]);
  await time.advance(second);
  for (const tab of [here, there]) await ask(on, tab);
  await backend.setStage("off", "people");
  for (const tab of [here, there]) await ask(on, tab);
  void here.store.commit([
    ...[id, gone, undone].map((one) => ({ kind: "delete", domain: "people", id: one }) as const),
    { kind: "update", domain: "people", id: edited, fields: { a: "edited" } },
  ]);
  await time.advance(second);
  await folds(on, here, foldAfter);
  if (Math.trunc(time.now()) % 2 === 0) {
    device.killAll();
    device.open();
    await time.advance(3 * second);
    [here] = device.working;
    if (!here) return [{ law: "L1", what: `Device ${device.index} does not open in \`off\`.` }];
  }
  if (here.store.get("people", id))
    return [{ law: "L7", what: `${here.name} shows what was deleted in \`off\`, and folded in.` }];
  void here.store.commit([creation({ id: undone, a: "again" })]);
  void there.store.commit([{ kind: "delete", domain: "teams", id: teamId }]);
  await time.advance(second);
  for (const tab of [there, here]) await ask(on, tab);
  const inOff = here.store.get("people", edited)?.record;
  if (inOff?.a !== "edited" || inOff.teamId !== null) {
    const what = `${here.name} shows ${JSON.stringify(inOff)}, edited in \`off\`; its team is gone.`;
    return [{ law: "L4", what }];
  }
  await backend.setStage("dualwrite", null);
  for (const tab of [here, there, here]) await ask(on, tab);
  const { records } = await backend.state();
  if (records.has(`people/${gone}`))
    return [{ law: "L1", what: `${here.name}: what it deleted in \`off\` is on the server still.` }];
  const stored = JSON.stringify(records.get(`people/${id}`)?.record.teamId);
  return [here, there].flatMap(({ name, store }): Breach[] => {
    const { record, state } = store.get("people", undone) ?? { record: null, state: "not there" };
    const isBack = record?.a === "again" && state === "synced";
    if (!isBack)
      return [{ law: "L3", what: `${name}: deleted and created anew in \`off\`, it is ${record?.a}, ${state}.` }];
    const shown = JSON.stringify(store.get("people", id)?.record.teamId);
    const what = `${name} shows a member of ${shown}, deleted in \`off\`; the server has one of ${stored}.`;
    return shown === stored ? [] : [{ law: "L4", what }];
  });
}

/**
 * What they name is deleted, and they with that, where the server's word stands. What is edited stays in sight until that is
 * sent, and is gone then; what is deleted here as well does not come back (L4, L6).
 */
async function goneInOff(on: Probing, foldAfter: number): Promise<Breach[]> {
  const { time, device, devices, backend } = on;
  const { link, disk } = device;
  const other = devices.find((one) => one !== device);
  const [here] = device.working.filter(({ narrow }) => !narrow);
  const [there] = other?.working.filter(({ narrow }) => !narrow) ?? [];
  if (!here || !there || device.damaged.length > 0) return [];
  const personId = uuidV5(here.store.clientId, "goes") as RecordId;
  const [edited, deleted] = ["edited", "deleted"].map((name) => uuidV5(personId, name) as RecordId) as [
    RecordId,
    RecordId,
  ];
  void here.store.commit([
    { kind: "create", domain: "people", record: wholeRecord("people", { id: personId }) },
    ...[edited, deleted].map(
      (id) => ({ kind: "create", domain: "seats", record: wholeRecord("seats", { id, personId }) }) as const,
    ),
  ]);
  await time.advance(second);
  for (const tab of [here, there]) await ask(on, tab);
  await backend.setStage("off", "seats");
  for (const tab of [here, there]) await ask(on, tab);
  void here.store.commit([
    { kind: "update", domain: "seats", id: edited, fields: { a: "edited" } },
    { kind: "delete", domain: "seats", id: deleted },
  ]);
  await time.advance(second);
  // It makes no difference whether that is folded in.
  const isFolded = Math.trunc(time.now() / 4) % 2 === 0;
  if (isFolded) await folds(on, here, foldAfter);
  create(here, "in the last step");
  await ask(on, here);
  const { weather } = link;
  link.weather = { ...weather, down: true };
  void there.store.commit([{ kind: "delete", domain: "people", id: personId }]);
  await time.advance(second);
  await ask(on, there);
  if (isFolded && Math.trunc(time.now()) % 2 === 0) {
    // Then all is loaded anew, and nobody is told of the deletion.
    const folded = foldedSteps(disk);
    const steps = [...disk.values.keys()].filter((key) => key.startsWith(syncPrefix) && !folded.includes(key));
    disk.damage(steps, "flip");
    device.open();
    await time.advance(2 * second);
  }
  link.weather = weather;
  for (const tab of [here, here, here]) await ask(on, tab);
  const inOff = here.store.get("seats", edited)?.record.a;
  await backend.setStage("dualwrite", null);
  for (const tab of [here, there, here]) await ask(on, tab);
  const breaches: Breach[] = [];
  if (inOff !== "edited")
    breaches.push({ law: "L6", what: `${here.name}: edited in \`off\`, deleted on the server, it is ${inOff}.` });
  for (const { name, store } of [here, there])
    for (const id of [edited, deleted])
      if (store.get("seats", id)) breaches.push({ law: "L4", what: `${name} shows a seat that the server deleted.` });
  return breaches;
}

/** So many entries that what was written before is folded in. */
export async function folds(on: Probing, tab: WorkingTab, foldAfter: number): Promise<void> {
  const { time, device } = on;
  // They go out together: one request, and not one for each.
  device.hold(tab);
  for (let i = 0; i < foldAfter; i++) {
    create(tab, `until it folds ${i} ${time.now()}`);
    await time.advance(3);
  }
  device.release(tab);
  await ask(on, tab);
  await time.advance(second);
}
