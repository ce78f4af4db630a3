/** What a device keeps in sight of somebody: parked, in quarantine, or handed back. */
import type { Quarantined } from "../../src/local/record-store.ts";
import type { Device } from "./device.ts";
import type { Breach, Kept } from "./history.ts";
import { second } from "./scene.ts";
import { namesOf } from "./signs.ts";
import type { VirtualTime } from "./time.ts";

export async function keptBy(device: Device, time: VirtualTime, breaches: Breach[]): Promise<Kept> {
  const parked = new Set<string>();
  const [tab] = device.working;
  for (const { mutation } of tab?.store.parked() ?? []) for (const sign of namesOf(mutation)) parked.add(sign);
  const isWhole = device.damaged.length === 0;
  let quarantined = "";
  let aside: readonly Quarantined[] = [];
  if (tab) {
    device.call(
      tab,
      "quarantined",
      () => tab.store.quarantined(),
      (list) => {
        // What rotted is known by what it was.
        const whole = (raw: string): string => device.damaged.find(({ after }) => after === raw)?.before ?? "";
        quarantined = list.map(({ raw }) => `${raw}\n${whole(raw)}`).join("\n");
        if (isWhole) aside = list;
        const twice = list.find(({ key }, i) => list.findIndex((other) => other.key === key) < i);
        if (twice) breaches.push({ law: "L5", what: `${tab.name} lists ${twice.key} twice in quarantine.` });
      },
    );
    await time.advance(second);
  }
  return { parked, quarantined, aside, isWhole, forgotten: device.link.forgotten, discarded: device.discarded };
}
