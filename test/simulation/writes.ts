/** What a schedule writes, with the signs by which it is found again. */
import type { AdapterError } from "../../src/domain/errors.ts";
import { uuidV5 } from "../../src/domain/ids.ts";
import type { RecordStore, Write } from "../../src/local/record-store.ts";
import type { Device } from "./device.ts";
import { type DomainName, domains, parentOf, signFields } from "./domains.ts";
import type { Attempt } from "./history.ts";
import { unnamed } from "./names.ts";
import type { Scene, WorkingTab } from "./scene.ts";
import type { Op, Step } from "./schedule.ts";
import { unseen } from "./sight.ts";
import { namesOf, signOf } from "./signs.ts";

const namespace = "6ba7b811-9dad-11d1-80b4-00c04fd430c8";

export function write(scene: Scene, device: Device, tab: WorkingTab, step: Extract<Step, { do: "write" }>): void {
  const attempts: Attempt[] = [];
  const writes: Write[] = [];
  for (const [i, op] of step.ops.entries()) {
    const sign = signOf(step.n, i);
    const write = writeOf(tab.store, op, sign);
    if (!write) continue;
    writes.push(write);
    const stage = tab.store.position.stages[write.domain] ?? tab.store.position.stage;
    attempts.push({
      sign,
      device: device.index,
      tab: tab.name,
      kind: write.kind,
      domain: op.domain,
      recordId: write.kind === "create" ? write.record.id : write.id,
      fields: signedFields(write, sign),
      askedAt: scene.time.now(),
      clockAhead: device.browser.now() - Math.trunc(scene.time.now()),
      state: "asked",
      acknowledgedAt: 0,
      numbered: stage !== "off",
      name: null,
      code: null,
      excuse: null,
      nameless: false,
      sentAgain: false,
      mended: false,
    });
  }
  if (writes.length === 0) return;
  scene.attempts.push(...attempts);
  scene.trace.add(
    `${tab.name} writes ${attempts.map((a) => `${a.kind} ${a.domain}/${a.recordId.slice(0, 4)} ${a.sign}`).join(", ")}`,
  );
  device.call(
    tab,
    "commit",
    () => tab.store.commit(writes, { group: step.group }),
    (committed) => {
      const { clientId, ids } = committed;
      scene.trace.add(`${tab.name} has ${attempts[0]?.sign} as ${clientId.slice(0, 4)}/${ids.join()}`);
      for (const [i, attempt] of attempts.entries()) {
        attempt.state = "acknowledged";
        attempt.acknowledgedAt = scene.time.now();
        attempt.numbered = ids[i] !== null && ids[i] !== undefined;
        attempt.name = attempt.numbered ? `${clientId}/${ids[i]}` : null;
      }
      for (const { law, what } of unnamed(tab.name, attempts, committed)) scene.breach(law, what);
      for (const { law, what } of unseen(scene, tab, attempts)) scene.breach(law, what);
    },
    ({ code }) => {
      scene.trace.add(`${tab.name} refuses ${attempts[0]?.sign}: ${code}`);
      scene.count(`refused-${code}`);
      for (const attempt of attempts) {
        attempt.state = "refused";
        attempt.code = code;
      }
    },
  );
}

function writeOf(store: RecordStore, op: Op, sign: string): Write | null {
  const { domain } = op;
  const parent = parentOf[domain];
  if (op.kind === "create") {
    const id = uuidV5(namespace, op.shared === null ? sign : `${domain} ${op.shared}`);
    const given = {
      id,
      a: sign,
      b: sign,
      c: sign,
      [parent.field]: pick(store, parent.to, op.parent),
    };
    return { kind: "create", domain, record: wholeRecord(domain, given) };
  }
  const id = pick(store, domain, op.which);
  if (id === null) return null;
  if (op.kind === "delete") return { kind: "delete", domain, id };
  if (op.kind === "move") {
    return { kind: "update", domain, id, fields: { c: sign, [parent.field]: pick(store, parent.to, op.parent, id) } };
  }
  return { kind: "update", domain, id, fields: Object.fromEntries(op.fields.map((field) => [field, sign])) };
}

export function mend(scene: Scene, device: Device, tab: WorkingTab, { discard }: Extract<Step, { do: "mend" }>): void {
  const [parked] = tab.store.parked();
  if (!parked) return;
  const { client, id } = parked.mutation;
  scene.count(discard ? "discarded" : "retried");
  scene.trace.add(`${tab.name} ${discard ? "gives up" : "sends again"} ${client.slice(0, 4)}/${id}: ${parked.code}`);
  const refused = ({ code, place }: AdapterError): void => {
    if (code === "NOT_FOUND" && place === `${client}/${id}`)
      scene.breach("L5", `${tab.name} shows ${place} as parked, and when it is to be mended there is none.`);
  };
  if (!discard) {
    const names = new Set(namesOf(parked.mutation));
    for (const attempt of scene.attempts) {
      if (!names.has(attempt.kind === "delete" ? `${attempt.domain}/${attempt.recordId}` : attempt.sign)) continue;
      attempt.mended = true;
      attempt.sentAgain ||= parked.code === "OUTCOME_UNKNOWN";
    }
    const retry = () => tab.store.retryParked(client, id);
    device.call(tab, "retryParked", retry, () => {}, refused);
    return;
  }
  device.call(
    tab,
    "discardParked",
    () => tab.store.discardParked(client, id),
    ({ mutation }) => {
      if (tab.store.parked().some((one) => one.mutation.client === client && one.mutation.id === id))
        scene.breach("L3", `${tab.name} gave ${client}/${id} up, and it is parked.`);
      for (const sign of namesOf(mutation)) device.discarded.add(sign);
    },
    refused,
  );
}

/** The records of a domain in an order that does not depend on how they came, and one of them; nothing is part of itself. */
function pick(store: RecordStore, domain: DomainName, share: number, except?: string) {
  const ids = [...store.all(domain)].flatMap(({ record }) => (record.id === except ? [] : [record.id])).sort();
  return ids[Math.floor(share * ids.length)] ?? null;
}

export function wholeRecord(
  domain: DomainName,
  given: Readonly<Record<string, unknown>>,
): Extract<Write, { kind: "create" }>["record"] {
  const record: Record<string, unknown> = { externalId: null, extra: {} };
  for (const name of domains.get(domain).fieldNames) record[name] = null;
  return { ...record, ...given } as Extract<Write, { kind: "create" }>["record"];
}

function signedFields(write: Write, sign: string): string[] {
  if (write.kind === "delete") return [];
  const fields = write.kind === "create" ? write.record : write.fields;
  return signFields.filter((field) => fields[field] === sign);
}
