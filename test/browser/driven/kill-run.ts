/** One kill of Chromium while a page writes through the record store, and what the profile holds afterwards. */
import type { Profile } from "../../support/page.ts";
import type { storePage as StorePage } from "./store-page.ts";

declare const storePage: typeof StorePage;

const name = "hybrid-data-adapter/school/user";

export interface KillRun {
  readonly profile: Profile;
  readonly url: string;
  /** The first commit to write. */
  readonly from: number;
  /** Killed once this many commits are acknowledged and `pause` ms have passed. */
  readonly after: number;
  readonly pause: number;
}

export interface KillOutcome {
  readonly acknowledged: number;
  /** Acknowledged commits that are not wholly there. */
  readonly lost: readonly number[];
  /** Commits of which a part is there. */
  readonly half: readonly number[];
  /** What the store had to say when it was opened again, and what it set aside. */
  readonly warnings: readonly string[];
  readonly quarantined: number;
  /** Whole, though the kill came before anybody was told. */
  readonly unacknowledged: number;
  /** The first commit that the next run may write. */
  readonly next: number;
}

export async function killRun({ profile, url, from, after, pause }: KillRun): Promise<KillOutcome> {
  const acknowledged = new Set<number>();
  const reached = Promise.withResolvers<void>();
  const first = await profile.launch();
  try {
    const page = await first.context.newPage();
    await page.goto(url);
    await page.exposeFunction("acknowledge", (commit: number) => {
      acknowledged.add(commit);
      if (acknowledged.size === after) reached.resolve();
    });
    await page.evaluate((database) => storePage.open(database), name);
    // It ends with the page: the rejection says that its browser is gone.
    void page.evaluate((at) => storePage.write(at, 4), from).catch(() => undefined);
    await reached.promise;
    await new Promise((resolve) => setTimeout(resolve, pause));
  } finally {
    await first.kill();
  }
  const second = await profile.launch();
  try {
    const page = await second.context.newPage();
    await page.goto(url);
    const { warnings, quarantined } = await page.evaluate((database) => storePage.open(database), name);
    const found = await page.evaluate(() => storePage.found());
    const commits = Object.entries(found).map(([commit, domains]) => ({ commit: Number(commit), domains }));
    return {
      acknowledged: acknowledged.size,
      lost: [...acknowledged].filter((commit) => found[commit] !== 3),
      half: commits.filter(({ domains }) => domains !== 3).map(({ commit }) => commit),
      warnings,
      quarantined,
      unacknowledged: commits.filter(({ commit }) => commit >= from && !acknowledged.has(commit)).length,
      next: Math.max(from, ...commits.map(({ commit }) => commit)) + 1,
    };
  } finally {
    await second.kill();
  }
}
