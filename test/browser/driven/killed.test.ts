/** Real Chromium, killed while it writes; `npm run browser-kills` does it a hundred times. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { damageLog, tearLog } from "../../support/leveldb-files.ts";
import { type Profile, profile, servePage } from "../../support/page.ts";
import { killRun, opened } from "./kill-run.ts";

let served: Awaited<ReturnType<typeof servePage>>;
let own: Profile;

beforeAll(async () => {
  served = await servePage(`${import.meta.dirname}/store-page.ts`);
});
afterAll(() => served.close());
beforeEach(() => {
  own = profile();
});
afterEach(() => own.remove());

const nothingLost = { lost: [], half: [], warnings: [], quarantined: 0 };

/** Kills after `after` commits. @returns the commits that the profile holds then */
async function killedAfter(after: number, held: readonly number[] = []): Promise<readonly number[]> {
  const outcome = await killRun({ profile: own, url: served.url, held, after, pause: after % 7 });
  expect(outcome).toMatchObject(nothingLost);
  expect(outcome.acknowledged).toBeGreaterThanOrEqual(after);
  return outcome.held;
}

test("L1 F2: after SIGKILL of the browser every acknowledged commit is there, and none is half there", async () => {
  let held: readonly number[] = [];
  for (const after of [10, 60, 75, 120]) held = await killedAfter(after, held);
});

test("L1 F2: half a record that a kill left in Chromium's own log costs nothing, however often the page starts again", async () => {
  const held = await killedAfter(10);
  tearLog(own.folder);
  await killedAfter(10, held);
});

test("F9: a store that Chromium found damaged and deleted says so", async () => {
  await killedAfter(10);
  damageLog(own.folder);
  const { whole, warnings, kill } = await opened(own, served.url);
  await kill();
  expect(whole.size).toBe(0);
  expect(warnings).toEqual([expect.stringMatching(/damaged \(.+\) and deleted .* not sent yet is lost/)]);
});
