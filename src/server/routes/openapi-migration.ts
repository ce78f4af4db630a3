/** The part of the OpenAPI document about moving a school: imports, archive, ledger, proof, conflicts and people. */
import * as z from "zod/mini";
import * as conflicts from "../../domain/conflict-wire.ts";
import * as wire from "../../domain/migration-wire.ts";
import * as people from "../../domain/people-wire.ts";
import { operation } from "./openapi-operation.ts";

const anything = z.record(z.string(), z.unknown());
const imports = z.object({ imports: z.array(wire.importInfo) });

const of = (summary: string, answer: z.ZodMiniType, body?: z.ZodMiniType) =>
  operation({ tag: "import", summary, answer, body, path: ["id"] });
const page = (summary: string, answer: z.ZodMiniType) =>
  operation({
    tag: "import",
    summary,
    answer,
    path: ["id"],
    query: { after: "The last of the page before.", limit: "1 to 1,000." },
  });
const about = (tag: string, summary: string, answer: z.ZodMiniType, body?: z.ZodMiniType) =>
  operation({ tag, summary, answer, body });

const base = "/api/migration";
const one = `${base}/imports/{id}`;

export const migrationPaths: Readonly<Record<string, unknown>> = {
  [`${base}/imports`]: {
    get: about("import", "The imports of this school", imports),
    post: about("import", "Opens an import, or the one that was begun", wire.importInfo, wire.openImport),
  },
  [one]: { get: of("One import", wire.importInfo) },
  [`${one}/archive`]: {
    get: of("What the archive holds, with its hashes", wire.archiveManifest),
    post: of("A piece of a legacy value, byte for byte", z.object({ complete: z.boolean() }), wire.archiveChunk),
  },
  [`${one}/archive/{value}/{chunk}`]: {
    get: operation({
      tag: "import",
      summary: "A piece of a legacy value back",
      answer: anything,
      path: ["id", "value", "chunk"],
    }),
  },
  [`${one}/entries`]: { post: of("Declares legacy entries in the ledger", anything, wire.postEntries) },
  [`${one}/backfill`]: {
    post: of("Parts as records, those that are not there yet", wire.backfillAnswer, wire.backfill),
  },
  [`${one}/known`]: {
    get: of("Which named records outside the source were there", wire.knownAnswer),
    post: of("Asks which named records are there, and keeps the answer", wire.knownAnswer, wire.askKnown),
  },
  [`${one}/seal`]: { post: of("Ends an import whose ledger balances", wire.ledgerSummary, wire.seal) },
  [`${one}/ledger`]: { get: of("The ledger by outcome", wire.ledgerSummary) },
  [`${one}/ledger/parts`]: { get: page("The parts of the ledger", wire.ledgerParts) },
  [`${one}/ledger/entries`]: { get: page("The entries of the ledger", anything) },
  [`${one}/conflicts/resolve`]: { post: of("Decides conflicts of an import", anything, wire.resolveConflicts) },
  [`${one}/rollback`]: { post: of("Removes this import's unchanged records", wire.rollbackAnswer, wire.rollback) },
  [`${one}/proof`]: {
    get: of("The signed proof", anything),
    post: of("Stores a proof and signs it", anything, anything),
  },
  [`${base}/explain`]: { post: about("import", "Why records are as they are", wire.explanation, wire.explain) },
  [`${base}/repair`]: {
    post: about("import", "Puts records back as they were imported", wire.repairAnswer, wire.repair),
  },
  [`${base}/exports`]: {
    post: about("import", "Notes that the records were exported", wire.exportAnswer, wire.noteExport),
  },
  "/api/conflicts": {
    get: operation({
      tag: "conflicts",
      summary: "What nobody decided yet",
      answer: conflicts.conflictPage,
      query: {
        import: "Of this import; for administrators.",
        after: "The last of the page before.",
        limit: "1 to 1,000.",
      },
    }),
  },
  "/api/conflicts/resolve": {
    post: about(
      "conflicts",
      "Decides; what loses stays in the history",
      conflicts.resolveOpenAnswer,
      conflicts.resolveOpen,
    ),
  },
  "/api/people": {
    get: operation({
      tag: "people",
      summary: "Pairs of records that may be one person",
      answer: people.candidatePairs,
      query: { domain: "One domain; otherwise all that have a natural key." },
    }),
  },
  "/api/people/aliases": { get: about("people", "Which records were joined into which", people.aliasList) },
  "/api/people/join": { post: about("people", "Joins one record into another", people.joinAnswer, people.joinPeople) },
  "/api/people/split": { post: about("people", "Undoes a join", people.splitAnswer, people.splitPeople) },
  "/api/people/apart": {
    post: about("people", "Remembers that two are not one", people.keepApartAnswer, people.keepApart),
  },
};
