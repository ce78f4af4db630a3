/**
 * T5–T8 of the targets: a school year through the built command and the built server into PostgreSQL 18 (fsync on),
 * beside COPY of the same rows and beside peers, in one run.
 *
 * `npm run bench -- --source ../shared/data/luminosity-2016-2017/localStorage.json.gz [--runs 3]` (without: a sample school)
 *
 * RxDB and PouchDB are measured where HDA_BENCH_PEERS names a folder with `npm i rxdb rxjs pouchdb-core
 * pouchdb-adapter-memory pouchdb-adapter-http pouchdb-replication pouchdb-mapreduce express express-pouchdb`.
 */
import { cpus, loadavg, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { result } from "../test/e2e/program.ts";
import { firstSync } from "./support/first-sync.ts";
import { loadFigures, loads } from "./support/load.ts";
import { countOf, optionsOf } from "./support/options.ts";
import { peers } from "./support/peers.ts";
import { postEach } from "./support/post-each.ts";
import { openStage } from "./support/stage.ts";
import { printTable, writeResults } from "./support/table.ts";
import { verification } from "./support/verification.ts";

const values = optionsOf({ options: { source: { type: "string" }, runs: { type: "string", default: "3" } } });
const runs = countOf("--runs", values.runs, 1);

const stage = await openStage();
try {
  const sample = stage.place.path("sample.json");
  await result(["sample", "--out", sample], { cwd: stage.place.folder });
  const source = values.source ? resolve(values.source) : sample;
  const idle = loadavg()[0];
  const pairs = await loads(stage, source, runs);
  const [first] = pairs;
  if (!first) throw new Error("Nothing was loaded.");
  const last = pairs.at(-1) ?? first;
  const verified = await verification(stage, source, last.migration, `bench-${pairs.length}`);
  // After the verification, because it leaves more in its school than was imported.
  const post = await postEach(stage, first.migration.school);
  const figures = [
    ...loadFigures(pairs, post),
    ...(await firstSync(stage, { source: sample, name: "small", post, peers })),
    ...(source === sample ? [] : await firstSync(stage, { source, name: "large", post, peers })),
    ...verified,
  ];
  printTable(figures);
  const machine = { cpus: cpus().length, cpu: cpus()[0]?.model, memory: totalmem(), node: process.version };
  const facts = { ...machine, runs: pairs.length, loadBefore: idle, loadAfter: loadavg()[0] };
  writeResults(join(import.meta.dirname, "results.json"), figures, facts);
} finally {
  await stage.close();
}
