/**
 * T5–T8 of the targets: a school year through the built command and the built server into PostgreSQL 18 (fsync on),
 * beside COPY of the same rows into the same tables in the same run.
 *
 * `npm run bench -- --source ../shared/data/luminosity-2016-2017/localStorage.json.gz` (without: four sample schools)
 */
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { ensureBuilt, result, scratch, start } from "../test/e2e/program.ts";
import { startPostgres } from "../test/support/postgres.ts";
import { testSchool } from "../test/support/server.ts";
import { copyBeside } from "./support/copy-beside.ts";
import { type Figure, median, printTable, withSpread, writeResults } from "./support/table.ts";

const { values } = parseArgs({ options: { source: { type: "string" } } });

/** The most memory that a running process has used, in MB; `null` where /proc does not tell. */
function peakOf(pid: number | undefined): number | null {
  try {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib ? Math.round(Number(kib) / 1024) : null;
  } catch {
    return null;
  }
}

interface Verified {
  readonly equal: boolean;
  readonly requests: number;
  readonly bytes: number;
  readonly differences: readonly unknown[];
}

/** Exit code 1 says that the sides differ; the object is printed all the same. */
function verificationOf({ out, err }: { readonly out: string; readonly err: string }): Verified {
  const [first] = (JSON.parse(out) as { imports?: readonly Verified[] }).imports ?? [];
  if (!first) throw new Error(`verify ended without a verification: ${err}`);
  return first;
}

interface Report {
  readonly domains: Readonly<Record<string, { readonly records: number }>>;
  readonly milliseconds: Readonly<Record<string, number>>;
  readonly verification: { readonly requests: number };
}

ensureBuilt();
const place = scratch();
const cluster = await startPostgres();
try {
  const ownerUrl = await cluster.createDatabase();
  const to = ownerUrl.replace("owner:owner", "runtime:runtime");
  const cwd = place.folder;
  const source = values.source ? resolve(values.source) : place.path("sample.json");
  if (!values.source) await result(["sample", "--out", source], { cwd });
  const env = { HDA_SECRET: "a secret of the bench, of at least 32 bytes" };
  const server = start(["serve", "--to", to, "--owner-url", ownerUrl, "--port", "0", "--json"], { cwd, env });
  const [, url = ""] = await server.printed(/"url":"([^"]+)"/);
  const token = (await start(["token", "--to", to, "--school", testSchool], { cwd, env }).ended).out
    .trim()
    .split("\n")
    .at(-1);
  const http = ["--to", url, "--json"];
  const login = { cwd, env: { HDA_TOKEN: token ?? "" } };

  const command = start(["migrate", source, ...http, "--yes"], login);
  let commandPeak: number | null = null;
  const watch = setInterval(() => {
    commandPeak = peakOf(command.process.pid) ?? commandPeak;
  }, 100);
  const ended = await command.ended;
  clearInterval(watch);
  if (ended.code !== 0) throw new Error(`migrate ended with ${ended.code}: ${ended.err}${ended.out.slice(0, 500)}`);
  const report = JSON.parse(ended.out) as Report;
  const serverPeak = peakOf(server.process.pid);
  const records = Object.values(report.domains).reduce((sum, domain) => sum + domain.records, 0);

  const sql = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  const copied = await copyBeside(sql, testSchool);
  const upload = report.milliseconds.upload ?? Number.NaN;
  const figures: Figure[] = [
    {
      target: "T5",
      work: `load ${records} records over HTTP (validated, tenant-checked, history and ledger written)`,
      ours: `${Math.round(upload)} ms`,
      beside: `COPY of the same rows ${Math.round(copied.rows)} ms; with history and ledger ${Math.round(copied.all)} ms`,
      ratio: upload / copied.rows,
      goal: "≤ 1.75×",
      reached: upload / copied.rows <= 1.75,
      note: `the rows alone are the limit; against COPY of all three tables that a load writes it is ${(upload / copied.all).toFixed(2)}×`,
    },
    {
      target: "T6",
      work: "whole migration, from the file to the proof",
      ours: `${(ended.took / 1000).toFixed(1)} s, ${Math.round(records / (ended.took / 1000))} records/s`,
      beside: "",
      ratio: null,
      goal: "",
      reached: null,
      note: `peak memory: command ${commandPeak ?? "?"} MB, server ${serverPeak ?? "?"} MB; by step ${JSON.stringify(report.milliseconds)}; no peer was measured`,
    },
  ];

  // The one request that a verification of equal sides is.
  const asked: number[] = [];
  let answered = 0;
  for (let i = 0; i < 7; i++) {
    const began = performance.now();
    const answer = await fetch(`${url}/api/sync/digest?width=0`, { headers: { authorization: `Bearer ${token}` } });
    answered = (await answer.arrayBuffer()).byteLength;
    asked.push(performance.now() - began);
  }
  const verified = verificationOf(await start(["verify", source, ...http], login).ended);
  figures.push({
    target: "T7",
    work: `verify ${records} equal records`,
    ours: `${report.verification.requests} request, ${answered} bytes, ${withSpread(asked, "ms")}`,
    beside: "",
    ratio: null,
    goal: "1 request, ≤ 2 KB, ≤ 100 ms",
    note: `the request of the proof that ends a migration; the command asks ${verified.requests}, to find the import first`,
    reached: verified.equal && report.verification.requests === 1 && answered <= 2048 && median(asked) <= 100,
  });

  await sql.unsafe(`update grades set comments = 'changed' where school_id = '${testSchool}' and id in
    (select id from grades where school_id = '${testSchool}' order by digest limit 10)`);
  const found = verificationOf(await start(["verify", source, ...http], login).ended);
  figures.push({
    target: "T8",
    work: `verify with 10 differing of ${records}`,
    ours: `${found.requests} requests, ${(found.bytes / 1024).toFixed(1)} KB, ${found.differences.length} named`,
    beside: "",
    ratio: null,
    goal: "≤ 12 requests, ≤ 50 KB",
    reached: found.requests <= 12 && found.bytes <= 50 * 1024 && found.differences.length === 10,
  });
  printTable(figures);
  const facts = { cpus: cpus().length, cpu: cpus()[0]?.model, memory: totalmem(), node: process.version };
  writeResults(join(import.meta.dirname, "results.json"), figures, facts);
  await sql.end();
  server.process.kill("SIGTERM");
  await server.ended;
} finally {
  await cluster.stop();
  place.remove();
}
