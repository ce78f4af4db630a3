/** One kill of Chromium while a page writes through the record store, and what the profile holds before and afterwards. */
import type { Profile } from "../../support/page.ts";
import type { storePage as StorePage } from "./store-page.ts";

declare const storePage: typeof StorePage;

const name = "hybrid-data-adapter/school/user";

export interface KillRun {
  readonly profile: Profile;
  readonly url: string;
  /** The commits that the profile holds: none, or those of the run before. */
  readonly held: readonly number[];
  /** Killed once this many commits are acknowledged and `pause` ms have passed. */
  readonly after: number;
  readonly pause: number;
}

export interface KillOutcome {
  readonly acknowledged: number;
  /** Commits that were held or acknowledged, and are not wholly there at the start or after the kill. */
  readonly lost: readonly number[];
  /** Commits of which a part is there. */
  readonly half: readonly number[];
  /** What the store had to say at both openings, and what it set aside. */
  readonly warnings: readonly string[];
  readonly quarantined: number;
  /** Whole, though the kill came before anybody was told. */
  readonly unacknowledged: number;
  /** The commits that the profile holds now. */
  readonly held: readonly number[];
}

export async function killRun({ profile, url, held, after, pause }: KillRun): Promise<KillOutcome> {
  const from = Math.max(-1, ...held) + 1;
  const acknowledged = new Set<number>();
  const reached = Promise.withResolvers<void>();
  const first = await opened(profile, url);
  try {
    await first.page.exposeFunction("acknowledge", (commit: number) => {
      acknowledged.add(commit);
      if (acknowledged.size === after) reached.resolve();
    });
    // It ends with the page: the rejection says that its browser is gone.
    void first.page.evaluate((at) => storePage.write(at, 4), from).catch(() => undefined);
    await reached.promise;
    await new Promise((resolve) => setTimeout(resolve, pause));
  } finally {
    await first.kill();
  }
  const second = await opened(profile, url);
  await second.kill();
  const isWhole = (commit: number): boolean => second.whole.has(commit);
  return {
    acknowledged: acknowledged.size,
    lost: [
      ...held.filter((commit) => !first.whole.has(commit) || !isWhole(commit)),
      ...[...acknowledged].filter((commit) => !isWhole(commit)),
    ],
    half: second.half,
    warnings: [...first.warnings, ...second.warnings],
    quarantined: second.quarantined,
    unacknowledged: [...second.whole].filter((commit) => commit >= from && !acknowledged.has(commit)).length,
    held: [...second.whole],
  };
}

/** Starts Chromium on the profile and opens the store: what it says and what it holds. */
export async function opened(profile: Profile, url: string) {
  const { context, kill } = await profile.launch();
  try {
    const page = await context.newPage();
    await page.goto(url);
    const { warnings, quarantined } = await page.evaluate((database) => storePage.open(database), name);
    const found = Object.entries(await page.evaluate(() => storePage.found()));
    const commits = (isOne: (domains: number) => boolean): number[] =>
      found.filter(([, domains]) => isOne(domains)).map(([commit]) => Number(commit));
    const whole = new Set(commits((domains) => domains === 3));
    return { page, kill, warnings, quarantined, whole, half: commits((domains) => domains !== 3) };
  } catch (error) {
    await kill();
    throw error;
  }
}
