/** The bugs of FAULTS.md, each as a change of one or a few lines of source that the simulator must catch. */
import type { Variant } from "./variants.ts";

const push = "test/simulation/model-push.ts";
const model = "test/simulation/model-server.ts";
const simulate = "src/server/db/mutations/simulate.ts";
const wal = "src/local/wal-writer.ts";
const refusals = "src/sync/refusals.ts";
const perform = "src/sync/perform.ts";

const refused = `export function exchangeRefused(round: Round, failure: Failure, sent: readonly LoggedMutation[], around: Around): Step {
`;

const canary = (name: string, ...edits: readonly (readonly [file: string, find: string, put: string])[]): Variant => ({
  name,
  edits: edits.map(([file, find, put]) => ({ file, find, put })),
});

/** Needs a part that is built later, and is added with it. */
export const laterCanaries: Readonly<Record<string, string>> = {
  "delete of the local side before verification": "there is no clean-up yet: nothing deletes the local side",
  "backup without one domain":
    "the backup of a record store comes with the migration manager; the one of a dump is tested in test/migration/backup",
};

export const canaries: readonly Variant[] = [
  // Back in `off` and forward again: what was written in between is a difference to what the server confirmed.
  canary("rollback that forgets writes made since", [
    "src/local/base.ts",
    "this.put(domain, record, known.version, pick(known.record, edited), seen(known.since));",
    "this.put(domain, record, known.version);",
  ]),
  canary("acknowledge before persisting", [
    wal,
    "await storage.commit({ puts: [[key, text]], expect });",
    "storage.commit({ puts: [[key, text]], expect }).catch(() => {});",
  ]),
  // Only to forget the answers would be healed: the server is asked what it has.
  canary(
    "drop a mutation on 401",
    [
      refusals,
      refused,
      `${refused}  if (failure.code === "UNAUTHENTICATED" && sent.length > 0 && around.position.cursor !== null) {
    const { cursor, ...position } = around.position;
    const results = sent.map(({ id, client }) => ({ id, client, status: "rejected" as const, code: failure.code }));
    const reply = { results, changes: [], cursor, seq: Number.parseInt(cursor, 10), position };
    return { state: { kind: "mending", round, onward: "exchange" }, effects: [{ do: "setAside", reply, rehome: [] }] };
  }
`,
    ],
    [
      perform,
      "export async function storeStep({ sync }: RecordStore, effect: StoreStep, signal: AbortSignal): Promise<void> {\n",
      `export async function storeStep(store: RecordStore, effect: StoreStep, signal: AbortSignal): Promise<void> {
  const { sync } = store;
`,
    ],
    [
      perform,
      "      await sync.applyReply(effect.reply);\n",
      `      await sync.applyReply(effect.reply);
      for (const { client, id, code } of effect.reply.results) {
        if (code === "UNAUTHENTICATED") await store.discardParked(client, id);
      }
`,
    ],
  ),
  canary("cursor stored before the records", [
    "src/local/sync-side.ts",
    'if (!known) await this.#place(position, { kind: "reply", at, results, changes, cursor, seq, position });',
    `if (!known) await this.#place(position, { kind: "reply", at, results, changes: [], cursor, seq, position });
      if (!known) await this.#place(position, { kind: "reply", at, results: [], changes, cursor, seq, position });`,
  ]),
  canary("retry with a new mutation id", [
    refusals,
    refused,
    `${refused}  if (failure.facts.timeout === true && sent[0]) {
    const rehome = { do: "rehome", client: sent[0].client, fromId: sent[0].id } as const;
    return { state: { kind: "mending", round, onward: "exchange" }, effects: [rehome] };
  }
`,
  ]),
  canary("quarantine that drops the payload", [
    "src/local/quarantine.ts",
    "this.#waiting.set(key, { key, raw, code,",
    "this.#waiting.set(key, { key, raw: raw.slice(0, 8), code,",
  ]),
  // What is not answered is in the parts that are kept as well; a compaction that forgets it there, too, has lost it.
  canary(
    "compaction that forgets an unacknowledged entry",
    [
      "src/local/model.ts",
      "    for (const item of log.items) first = Math.min(first, item.entry);\n    return first - 1;",
      "    return first - 1;",
    ],
    [
      "src/local/kept.ts",
      "if (mutation.id !== null) mutations.push(mutation);",
      "if (mutation.id !== null && mutation.id <= log.answered) mutations.push(mutation);",
    ],
  ),
  canary("two leaders", [
    "src/local/sync-side.ts",
    "[syncKey(entry), encode(step)]], expect: fence(token) });",
    "[syncKey(entry), encode(step)]] });",
  ]),
  canary("swallowed quota error", [
    wal,
    "if (!this.#unsure) throw error;",
    "if (!this.#unsure) {\n        this.#stored(entry, items);\n        return;\n      }",
  ]),
  // A cursor carries the hash of its change, so that a poke's number can never be stored as one: what is left of this bug
  // is to look at the server only when a poke says so.
  canary("poke treated as data", ["src/sync/waits.ts", "22_500 + chance * 15_000", "1e12 + chance"]),
  canary("bare sequence instead of the locked school row", [
    model,
    "  const page = school.history.slice(begin, begin + limit);",
    // A transaction that took its number first and commits last: whoever pulls in between goes past it.
    "  const page = school.history.slice(begin, begin + limit).filter((line, i, all) => i === all.length - 1 || line.seq % 5 > 0);",
  ]),
  canary("last write wins by client clock", [
    simulate,
    "hlc: hlc === undefined ? null : clampHlc(hlc, Date.parse(trial.at)),",
    "hlc: hlc ?? null,",
  ]),
  canary("no fencing on stage change", [
    push,
    "if (mutations.length > 0 && epoch !== school.epoch) {",
    "if (epoch < 0) {",
  ]),
  canary("digest without the record id", [
    "src/domain/digest.ts",
    "[domain.name, record.id, record.externalId]",
    "[domain.name, record.externalId]",
  ]),
  canary("tombstone left out of a pull", [
    model,
    "else if (lines.some((line) => line.id === id && line.before !== null)) {",
    "else if (lines.length < 0) {",
  ]),
  canary("merge that takes whole records", [
    simulate,
    "const after = { ...current, ...pick(wanted, standing), id: recordId } as AnyRecord;",
    "const after = { ...(seen.record ?? current), ...pick(wanted, standing), id: recordId } as AnyRecord;",
  ]),
  canary("apply outside the transaction of the client's last id", [
    model,
    "now: now(), point, most: most?.mutations",
    `now: now(), most: most?.mutations, point: (name) => {
        if (name === "applied") this.school = copySchool(draft);
        point(name);
      }`,
  ]),
  canary("page by timestamp only", [
    model,
    "  const page = school.history.slice(begin, begin + limit);",
    "  const since = school.history[begin - 1]?.at ?? 0;\n  const page = school.history.filter(({ at }) => at > since).slice(0, limit);",
  ]),
];
