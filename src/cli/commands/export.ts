/** `export`: a school's records as JSON, CSV or SQL, or back in the old app's layout. */
import { join, resolve } from "node:path";
import { AdapterError } from "../../domain/errors.ts";
import { parseNamespace } from "../../domain/ids.ts";
import { exportAnswer, type ImportInfo } from "../../domain/migration-wire.ts";
import { readArchive } from "../../migration/archive.ts";
import { type ExportFile, exportCsv, exportJson, exportSql } from "../../migration/export/flat.ts";
import { exportOrigin, originText } from "../../migration/export/origin.ts";
import { httpClient } from "../../migration/http-client.ts";
import { readAsImported } from "../../migration/read-as-imported.ts";
import { type Remote, remote as remoteOf } from "../../migration/remote.ts";
import type { Command } from "../command.ts";
import { type Connection, type ConnectOptions, connected } from "../connect.ts";
import { oneImport } from "../imports.ts";
import { readerOf } from "../input.ts";
import type { Io } from "../io.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { progressView } from "../progress.ts";
import { readRecords, type Snapshot } from "../read-records.ts";
import { plural } from "../text.ts";
import { writeOutput } from "../write-output.ts";

export type ExportOptions = ConnectOptions & Pick<AllOptions, "format" | "layout" | "import" | "out" | "yes" | "json">;

/** @throws CONFIG_INVALID for CSV without `out`, or when a file is there and `yes` is not said; IMPORT_UNKNOWN */
export async function exportRecords(options: ExportOptions, io: Io) {
  const { format = "json", layout, out } = options;
  if (layout !== undefined && options.format !== undefined && format !== "json")
    throw new AdapterError("CONFIG_INVALID", "The old app's layout is JSON.", { place: "--format" });
  if (format === "csv" && out === undefined)
    throw new AdapterError("CONFIG_INVALID", "CSV is one file a domain.", {
      place: "--out",
      fix: "Name a folder with --out.",
    });
  // One object on stdout is promised, and the export would be a second one.
  if (options.json && out === undefined)
    throw new AdapterError("CONFIG_INVALID", "With --json the export goes to a file.", {
      place: "--out",
      fix: "Name a file with --out.",
    });
  return connected(options, io, async (connection) => {
    // Asked first: who may not export is refused before a file is written.
    await remoteOf(connection.remote).imports();
    const progress = progressView(io, options.json || out === undefined);
    const onRecords = (read: number) => progress.report({ step: "read", done: read, total: read, unit: "records" });
    const snapshot = await readRecords(connection, onRecords).finally(progress.stop);
    const made =
      layout === undefined ? flat(connection, snapshot, format) : await origin(connection, snapshot, { options, io });
    const files = await write(
      made.files,
      { out: out && resolve(io.cwd, out), asFolder: format === "csv", yes: options.yes },
      io,
    );
    await noteExport(connection, snapshot.seq);
    const records = Object.values(snapshot.records).reduce((sum, list) => sum + list.length, 0);
    const lines = [...files.map((file) => `${file} written.`), plural(records, "record"), ...made.notes];
    return done(
      { files, records, seq: snapshot.seq, unplaced: made.unplaced },
      out === undefined ? "" : lines.join("\n"),
    );
  });
}

interface Made {
  readonly files: readonly ExportFile[];
  /** What the old layout has no place for. */
  readonly unplaced: readonly object[];
  readonly notes: readonly string[];
}

function flat({ domains }: Connection, { records }: Snapshot, format: "json" | "csv" | "sql"): Made {
  const { all } = domains;
  const files =
    format === "csv"
      ? exportCsv(all, records)
      : [format === "sql" ? exportSql(all, records) : exportJson(all, records)];
  return { files, unplaced: [], notes: [] };
}

async function origin(
  connection: Connection,
  { records: current }: Snapshot,
  { options, io }: { options: ExportOptions; io: Io },
): Promise<Made> {
  const { domains } = connection;
  const remote = remoteOf(connection.remote);
  const info = await oneImport(remote, options);
  const source = await readArchive(remote, info.importId);
  const read = await readerOf(options, io);
  const how = { namespace: parseNamespace(info.namespace), domains };
  const reading = await readAsImported({ remote, importId: info.importId, source, read, how });
  const transformed = {
    *[Symbol.iterator]() {
      for (const entry of reading.entries) yield reading.of(entry);
    },
  };
  const setAside = await partsSetAside(remote, info);
  const isImported = (entry: number, part: number): boolean => !setAside.has(`${entry}.${part}`);
  const result = exportOrigin({ domains, source, transformed, current, isImported });
  const { unplaced } = result;
  const notes =
    unplaced.length > 0
      ? [`${plural(unplaced.length, "value")} the old layout has no place for; they stay on the server.`]
      : [];
  return { files: [{ name: source.name, text: originText(result) }], unplaced, notes };
}

/** Parts whose record the server kept out of its tables: their entries stay as they were. */
async function partsSetAside(remote: Remote, { importId }: ImportInfo): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const outcome of ["conflict", "quarantined"]) {
    let after: string | undefined;
    do {
      const page = await remote.parts(importId, { outcome, after, limit: 1000 });
      for (const { entry, part } of page.parts) found.add(`${entry}.${part}`);
      after = page.next ?? undefined;
    } while (after !== undefined);
  }
  return found;
}

interface Where {
  readonly out: string | undefined;
  readonly asFolder: boolean;
  readonly yes: boolean | undefined;
}

async function write(files: readonly ExportFile[], { out, asFolder, yes }: Where, io: Io): Promise<string[]> {
  const written: string[] = [];
  for (const { name, text } of files) {
    if (out === undefined) {
      io.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
      continue;
    }
    const file = asFolder ? join(out, name) : out;
    await writeOutput(file, text, { replace: yes });
    written.push(file);
  }
  return written;
}

/** Tells the server that everything up to `seq` is outside: what permits a rollback of changed rows. */
async function noteExport({ remote }: Connection, seq: number): Promise<void> {
  const call = { method: "POST", path: "/api/migration/exports", body: { seq }, answer: exportAnswer } as const;
  await httpClient(remote).send(call);
}

export const exportCommand: Command<ExportOptions> = {
  name: "export",
  summary: "write a school's records as JSON, CSV or SQL, or back in the old app's layout",
  options: ["to", "school", "token", "ownerUrl", "format", "layout", "import", "out", "yes"],
  examples: [
    ["export --layout origin --out back.json", "as the old app stored it; what nobody changed byte for byte"],
    ["export --format csv --out tables/", "one file a domain, safe to open in a spreadsheet"],
    ["export --format sql > school.sql", "tables and rows for any PostgreSQL"],
  ],
  run: exportRecords,
};
