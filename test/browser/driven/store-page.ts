/** A tab that writes through the record store until somebody kills it; called by the driven tests. */
import { domainSet } from "../../../src/domain/define-domain.ts";
import { parseRecordId } from "../../../src/domain/ids.ts";
import { emptyRecord, parseRecord } from "../../../src/domain/record.ts";
import { openStorage } from "../../../src/local/localforage-storage.ts";
import { openRecordStore } from "../../../src/local/open-record-store.ts";
import type { RecordStore, Write } from "../../../src/local/record-store.ts";
import { browserPlatform } from "../../../src/platform/browser-platform.ts";
import { browserDisk } from "../../../src/platform/disk.ts";
import { browserHints } from "../../../src/platform/hints.ts";
import { classrooms } from "../../../src/school/classrooms.ts";
import { students } from "../../../src/school/students.ts";
import { teachers } from "../../../src/school/teachers.ts";

const platform = browserPlatform();
const domains = [students, teachers, classrooms];
let opened: RecordStore | null = null;

function store(): RecordStore {
  if (opened === null) throw new Error("not opened");
  return opened;
}

/** One commit: a record in each of three domains. */
const writesOf = (commit: number): Write[] =>
  domains.map((domain): Write => {
    const id = parseRecordId(`00000000-0000-4000-8000-${String(commit).padStart(12, "0")}`);
    const name = `${commit} ${"x".repeat((commit * 37) % 3_000)}`;
    return {
      kind: "create",
      domain: domain.name,
      record: parseRecord(domain, { ...emptyRecord(domain, id, null), name }),
    };
  });

export const storePage = {
  async open(name: string): Promise<{ warnings: readonly string[]; quarantined: number }> {
    const storage = await openStorage({ name, disk: browserDisk(), timers: platform.timers, hints: browserHints() });
    const set = domainSet(domains);
    opened = await openRecordStore({ storage, domains: set, platform, name, maxEntriesBeforeCompaction: 40 });
    await opened.sync.lead();
    await opened.sync.setPosition({ stage: "dualwrite", stages: {}, epoch: 1 });
    return { warnings: opened.warnings, quarantined: (await opened.quarantined()).length };
  },

  /** Commit after commit, several at once, compacting when it is due. */
  async write(from: number, width: number): Promise<void> {
    const { acknowledge } = globalThis as typeof globalThis & { acknowledge(commit: number): void };
    const never = new AbortController().signal;
    let compacting = false;
    const lane = async (at: number): Promise<void> => {
      for (let commit = from + at; ; commit += width) {
        await store().commit(writesOf(commit), { group: true });
        acknowledge(commit);
        if (compacting || !store().sync.compactionDue()) continue;
        compacting = true;
        await store().sync.compact(never);
        compacting = false;
      }
    };
    await Promise.all(Array.from({ length: width }, (_, at) => lane(at)));
  },

  /** In how many domains each commit is there, whole. */
  found(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const domain of domains)
      for (const { record } of store().all(domain.name)) {
        const commit = Number(record.id.slice(-12));
        const whole = record.name === `${commit} ${"x".repeat((commit * 37) % 3_000)}`;
        counts[commit] = (counts[commit] ?? 0) + (whole ? 1 : 0);
      }
    return counts;
  },
};

Object.assign(globalThis, { storePage });
