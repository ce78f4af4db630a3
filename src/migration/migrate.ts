/** The whole way of one source into one school, step by step; killed anywhere and started again, it goes on. */
import { AdapterError, hasCode } from "../domain/errors.ts";
import type { ImportInfo, LedgerSummary } from "../domain/migration-wire.ts";
import { archive } from "./archive.ts";
import { backfill, sendEntries, type Upload } from "./backfill.ts";
import { estimate } from "./estimate.ts";
import { emptyJournal, type Journal, type JournalState, memoryJournal } from "./journal.ts";
import type { LedgerReport, MigrateOptions, MigrateReport, OnProgress } from "./options.ts";
import { collectOutgoing } from "./outgoing.ts";
import { proofOf } from "./proof.ts";
import { askOutside } from "./read-as-imported.ts";
import { readSource } from "./read-source.ts";
import { type Remote, remote as remoteOf } from "./remote.ts";
import { stopwatch } from "./stopwatch.ts";
import { noOutcomes, type OnEntry, type Survey, survey } from "./survey.ts";
import { compareWith, namespaceOf } from "./verify.ts";

const defaultBatchBytes = 3 * 1024 * 1024;

/**
 * Moves a source into a school: archive, audit, backup, backfill, seal, verify, proof. Nothing is written into a domain
 * before every leaf of every entry is accounted for and the backup has been restored and compared.
 * - Running it again, after a kill at any point or after its end, ends with the same rows, digests and ledger.
 * @throws SOURCE_EMPTY, SCHEMA_NEWER, LEAF_UNACCOUNTED, BACKUP_UNPROVEN, LEDGER_UNBALANCED, INTERRUPTED, and what the server answers
 */
export async function migrate(options: MigrateOptions, onProgress: OnProgress = () => {}): Promise<MigrateReport> {
  const { source, domains, school, namespace = "shared", read = readSource(), clock, dryRun = false } = options;
  const watch = stopwatch(clock);
  const remote = remoteOf(options.remote);
  const { name, container, fingerprint } = source;
  const known = namespaceOf(school, { namespace, fingerprint });

  // Read before anything is sent: a source that cannot be read leaves no trace.
  let reading = await watch("read", async () => read(source, { namespace: known, domains }));
  if (reading.entries.length === 0 && !options.allowEmpty)
    throw new AdapterError("SOURCE_EMPTY", `${name} holds no entries.`, { place: name });
  if (reading.refusal && !dryRun) throw reading.refusal;

  let info: ImportInfo | null = null;
  if (!dryRun) {
    info = await watch("open", () => remote.open({ fingerprint, container, source: name, namespace }));
    if (info.namespace !== known)
      throw new AdapterError("BAD_REQUEST", "The server derives ids for another school than the one named here.", {
        fix: "Give the school that the token is for.",
      });
    onProgress({ step: "open", done: 1, total: 1, unit: "requests" });
    const { importId } = info;
    const total = source.values.length;
    const onValue = (done: number): void => onProgress({ step: "archive", done, total, unit: "values" });
    await watch("archive", () => archive(remote, { importId, source, onValue }));
  }

  const total = reading.entries.length;
  const lookThrough = async () => {
    const { outgoing, add } = collectOutgoing(reading);
    const onEntry: OnEntry = (done, { entry, parts }) => {
      if (!dryRun) add(entry, parts);
      if (done % 1000 === 0 || done === total) onProgress({ step: "audit", done, total, unit: "entries" });
    };
    return { outgoing, surveyed: survey(reading, { domains, signal: options.remote.signal, onEntry }) };
  };
  let { outgoing, surveyed } = await watch("audit", lookThrough);
  // Only sources that held one data set share ids: another one's records may be what this one names.
  const isKnown = info && namespace === "shared" ? await askOutside(remote, info.importId, reading) : null;
  if (isKnown) {
    reading = await watch("read", async () => read(source, { namespace: known, domains, isKnown }));
    ({ outgoing, surveyed } = await watch("audit", lookThrough));
  }
  const audit = reading.audit();
  const told = { source: { name, container, fingerprint }, audit };
  if (!info)
    return dryReport({ ...told, survey: surveyed, source: { ...told.source, values: source.values } }, watch.times());

  const { importId } = info;
  const journal = options.journal ?? memoryJournal();
  const batchBytes = options.batchBytes ?? defaultBatchBytes;
  const kept = { outgoing, journal, batchBytes, onProgress, watch };
  const upload = { remote, source, reading, survey: surveyed, domains, ...kept };
  const state =
    info.state === "sealed" ? await journal.read(importId) : await send(upload, { importId, backup: options.backup });
  const ledger = ledgerOf(await remote.ledger(importId));
  if (!ledger.balanced)
    throw new AdapterError("LEDGER_UNBALANCED", `The ledger of import ${importId} does not balance.`, {
      facts: { importId },
    });
  onProgress({ step: "verify", done: 0, total: 1, unit: "requests" });
  const verification = await watch("verify", () =>
    compareWith({ remote, importId, reading, survey: surveyed }, { domains }),
  );
  onProgress({ step: "verify", done: 1, total: 1, unit: "requests" });
  const backup = state?.backup ?? null;
  const proof = proofOf({ ...told, importId, school, ledger, backup, verification, exceptions: surveyed.exceptions });
  await watch("proof", () => remote.storeProof(importId, proof));
  onProgress({ step: "proof", done: 1, total: 1, unit: "requests" });
  const { requests } = remote.traffic();
  const counts = recordsOf(surveyed);
  const shared = { ledger, domains: counts, verification, backup, proof, estimate: null };
  return { dryRun: false, importId, ...told, ...shared, milliseconds: watch.times(), requests };
}

/** Backup, entries, parts, seal. A journal that knows more than the server holds is put away, once. */
async function send(
  upload: Upload,
  { importId, backup }: { importId: string; backup: MigrateOptions["backup"] },
): Promise<JournalState> {
  const { remote, journal, reading, survey, onProgress, watch } = upload;
  let state = await startingPoint(remote, journal, importId);
  for (let again = false; ; again = true) {
    if (!state.backup) {
      state = { ...state, backup: await watch("backup", backup) };
      await journal.write(state);
    }
    onProgress({ step: "backup", done: 1, total: 1, unit: "values" });
    const begun = state;
    const declared = await watch("entries", () => sendEntries(upload, begun));
    state = await watch("backfill", () => backfill(upload, declared));
    try {
      const totals = { entries: reading.entries.length, parts: survey.parts };
      await watch("seal", () => remote.seal(importId, totals));
      onProgress({ step: "seal", done: 1, total: 1, unit: "requests" });
      return state;
    } catch (error) {
      if (again || !hasCode("LEDGER_UNBALANCED")(error)) throw error;
      state = { ...emptyJournal(importId), backup: state.backup };
    }
  }
}

async function startingPoint(remote: Remote, journal: Journal, importId: string): Promise<JournalState> {
  const state = await journal.read(importId);
  if (!state) return emptyJournal(importId);
  const { entries, parts } = await remote.ledger(importId);
  // The database behind the address may be a new one, or an older copy of itself.
  return parts.total < state.parts || entries.total < state.entries ? emptyJournal(importId) : state;
}

const ledgerOf = ({ entries, parts, balanced }: LedgerSummary): LedgerReport => ({
  entries: entries.total,
  parts: parts.total,
  balanced,
  byOutcome: { ...noOutcomes(), ...entries.byOutcome },
  partsByOutcome: { ...noOutcomes(), ...parts.byOutcome },
});

const recordsOf = (survey: Survey): MigrateReport["domains"] =>
  Object.fromEntries([...survey.expected].map(([name, rows]) => [name, { records: rows.size }]));

type Dry = Pick<MigrateReport, "audit"> & {
  readonly survey: Survey;
  readonly source: MigrateReport["source"] & Pick<MigrateOptions["source"], "values">;
};

function dryReport({ audit, survey, source }: Dry, milliseconds: MigrateReport["milliseconds"]): MigrateReport {
  const { name, container, fingerprint, values } = source;
  return {
    dryRun: true,
    importId: null,
    source: { name, container, fingerprint },
    ledger: survey.ledger,
    domains: recordsOf(survey),
    verification: null,
    audit,
    backup: null,
    proof: null,
    estimate: estimate({ parts: survey.parts, characters: values.reduce((sum, v) => sum + v.raw.length, 0) }),
    milliseconds,
    requests: 0,
  };
}
