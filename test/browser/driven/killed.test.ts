/** Real Chromium, killed while it writes; `npm run browser-kills` does it a hundred times. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Profile, profile, servePage } from "../../support/page.ts";
import { killRun } from "./kill-run.ts";

let served: Awaited<ReturnType<typeof servePage>>;
let own: Profile;

beforeAll(async () => {
  served = await servePage(`${import.meta.dirname}/store-page.ts`);
  own = profile();
});
afterAll(async () => {
  await served.close();
  own.remove();
});

test("L1 F2: after SIGKILL of the browser every acknowledged commit is there, and none is half there", async () => {
  let from = 0;
  for (const after of [10, 60, 75, 120]) {
    const outcome = await killRun({ profile: own, url: served.url, from, after, pause: after % 7 });
    expect(outcome).toMatchObject({ lost: [], half: [], warnings: [], quarantined: 0 });
    expect(outcome.acknowledged).toBeGreaterThanOrEqual(after);
    from = outcome.next;
  }
});
