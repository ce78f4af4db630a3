/** Nobody's own write disappears while a tab is open: it is laid over whatever comes from the server. */
import type { Device } from "./device.ts";
import { type DomainName, domainNames, parentOf } from "./domains.ts";
import { type Attempt, type Breach, clockWentBack } from "./history.ts";
import type { Scene, WorkingTab } from "./scene.ts";

/** What a tab created, and nobody deleted, is there to see from its acknowledgement on, and in each tab that opens later. */
export function outOfSight({ devices, attempts, serverWentBack }: Scene): Breach[] {
  if (serverWentBack) return [];
  const deleted = new Set(attempts.filter(({ kind }) => kind === "delete").map(({ domain }) => domain));
  return devices.flatMap((device) =>
    device.damaged.length > 0 ? [] : device.working.flatMap((tab) => missing(device, tab, attempts, deleted)),
  );
}

function missing(device: Device, tab: WorkingTab, attempts: readonly Attempt[], deleted: ReadonlySet<DomainName>) {
  const parked = new Set(tab.store.parked().map(({ mutation }) => mutation.recordId as string));
  return attempts.flatMap((attempt): Breach[] => {
    const { state, kind, domain, recordId, sign } = attempt;
    const isOnDisk = attempt.device === device.index && attempt.acknowledgedAt < tab.openedAt && !attempt.excuse;
    const mayGo = holders(domain).some((one) => deleted.has(one)) || parked.has(recordId) || device.discarded.has(sign);
    if (!(attempt.tab === tab.name || isOnDisk) || state !== "acknowledged" || kind !== "create" || mayGo) return [];
    if (tab.store.get(domain, recordId)) return [];
    return [
      {
        law: "L1",
        what: `${tab.name} does not see ${domain}/${recordId} any more, which ${attempt.tab} created (${sign}).`,
      },
    ];
  });
}

/** L1: what was acknowledged just now is what the tab shows, unless another of the device's tabs wrote there, or a later write. */
export function unseen({ attempts }: Scene, { name, store }: WorkingTab, written: readonly Attempt[]): Breach[] {
  return written.flatMap((attempt): Breach[] => {
    const { kind, domain, recordId, device, askedAt, fields, sign } = attempt;
    const isDisputed = attempts.some(
      (other) =>
        other.recordId === recordId &&
        other.device === device &&
        other.sign !== sign &&
        (other.tab !== name || other.askedAt >= askedAt),
    );
    if (isDisputed || clockWentBack(attempts, attempt)) return [];
    const record: Readonly<Record<string, unknown>> | undefined = store.get(domain, recordId)?.record;
    const differs = kind === "delete" ? record : record && fields.some((field) => record[field] !== sign);
    if (!differs) return [];
    const what = `${name} has just acknowledged the ${kind} ${sign} of ${recordId}, and does not show it.`;
    return [{ law: "L1", what }];
  });
}

/** The domains whose records may have come and gone. */
export function mayHaveGone(attempts: readonly Attempt[]): ReadonlySet<string> {
  const deleted = new Set(attempts.filter(({ kind }) => kind === "delete").map(({ domain }) => domain));
  return new Set(domainNames.filter((domain) => holders(domain).some((one) => deleted.has(one))));
}

/** The domain itself and those with which its records may go. */
function holders(domain: DomainName): readonly DomainName[] {
  const { to } = parentOf[domain];
  return to === domain ? [domain] : [domain, ...holders(to)];
}
