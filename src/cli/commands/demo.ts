/** `demo` (what `npm start` runs): a sample school, moved over HTTP into the embedded database, and served. */
import { join } from "node:path";
import { AdapterError } from "../../domain/errors.ts";
import { schoolIdOf } from "../../domain/ids.ts";
import { remote as remoteOf } from "../../migration/remote.ts";
import { withPeers } from "../../server/with-peers.ts";
import type { Command, Result } from "../command.ts";
import { type Connection, domains, openServer, remoteBase } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { fileJournal } from "../file-journal.ts";
import { readInput } from "../input.ts";
import { type Io, say } from "../io.ts";
import { ledgerText, recordsText, verificationText } from "../ledger-text.ts";
import { defaultPort, listenAt, stopped } from "../listen.ts";
import { type AllOptions, defaultFolder } from "../options.ts";
import { placeOf } from "../place.ts";
import { serverSecret } from "../secrets.ts";
import { writeOutput } from "../write-output.ts";
import { auditOf } from "./audit.ts";
import { migrateInto, type Told } from "./migrate.ts";
import { sampleText } from "./sample.ts";

export type DemoOptions = Pick<AllOptions, "to" | "port" | "once" | "json">;

const schoolName = "Sample School";
const hoursOfToken = 12;

/** @throws STORE_BUSY when another process has the folder open */
export async function demo(options: DemoOptions, io: Io): Promise<Result> {
  // DATABASE_URL is left alone: a demonstration does not write into somebody's database by surprise.
  const place = placeOf({ to: options.to ?? defaultFolder }, io);
  if (place.kind !== "folder") {
    throw new AdapterError("CONFIG_INVALID", "The demonstration keeps its records in a folder.", { place: "--to" });
  }
  const secret = await serverSecret(place, io);
  const server = await openServer(place, { auth: { secret }, private: true }, io);
  const further = options.port === undefined ? 50 : 0;
  const listening = await listenAt(server, { port: options.port ?? defaultPort, further }).catch(async (error) => {
    await server.close();
    throw error;
  });
  try {
    const { url } = listening;
    const file = join(place.folder, "sample-school.json");
    await writeOutput(file, sampleText(), { replace: true });
    const school = schoolIdOf(schoolName);
    const { makeToken } = await withPeers(() => import("../../server/token.ts"));
    const token = (user: string) =>
      makeToken({ secret, school, role: "admin", user, expiresIn: hoursOfToken * 3600, now: io.now() });
    const remote = { ...remoteBase(io), fetch: globalThis.fetch, baseUrl: url, token: await token("demo") };
    const ownFolder = place.folder;
    const journal = fileJournal(join(ownFolder, "journal"));
    const connection: Connection = {
      place,
      domains,
      remote,
      school,
      schoolName,
      journal,
      ownFolder,
      close: listening.close,
    };
    const input = await readInput({ source: file }, io);
    const before = await remoteOf(remote).imports();
    const already = before.some((info) => info.state === "sealed" && info.fingerprint === input.source.fingerprint);
    if (!options.json) say(io, `Serving ${place.folder} at ${url}`);
    const audit = await auditOf(input);
    const report = await migrateInto(
      connection,
      { input, options: { yes: true, json: options.json }, password: undefined },
      io,
    );
    const key = await token("developer");
    const value = { ...report, already, url, token: key, folder: place.folder, sample: file, audit: audit.report };
    const ok = report.ledger.balanced && (report.verification?.equal ?? false);
    const exitCode = ok ? exitCodes.ok : exitCodes.failed;
    const text = demoText({ already, url, key, audit: audit.text, file, report });
    if (options.once) return { value, text, exitCode };
    io.stdout.write(options.json ? `${JSON.stringify(value)}\n` : `${text}\n\nServing until Ctrl-C.\n`);
    await stopped(io.signal);
    return { value: null, text: "", exitCode };
  } finally {
    await listening.close();
  }
}

interface Shown {
  readonly already: boolean;
  readonly url: string;
  readonly key: string;
  readonly audit: string;
  readonly file: string;
  readonly report: Told;
}

function demoText({ already, url, key, audit, file, report }: Shown): string {
  const { ledger, domains: moved, verification, proof, backupFile } = report;
  return [
    already
      ? "The sample school is already here; running the migration again changed nothing."
      : "A sample school, as an old app's localStorage would hold it, was moved into PostgreSQL.",
    "",
    "1. What was in it",
    audit.trimEnd(),
    "",
    "2. Where every entry ended",
    ledgerText(ledger),
    "",
    recordsText(moved),
    "",
    "3. Is all of it there?",
    ...(verification ? [verificationText(verification)] : []),
    ...(proof ? ["", proof.text.trimEnd()] : []),
    "",
    "4. Where to look next",
    `  the old app's data   ${file}`,
    ...(backupFile ? [`  its backup           ${backupFile}`] : []),
    `  the API, described   ${url}/docs`,
    `  its records          curl -H "Authorization: Bearer ${key}" "${url}/api/students?limit=3"`,
    "  the command          npx hybrid-data-adapter --help",
  ].join("\n");
}

export const demoCommand: Command<DemoOptions> = {
  name: "demo",
  summary: "make a sample school, move it over HTTP into the embedded database, prove it, and serve it",
  options: ["to", "port", "once"],
  examples: [
    ["demo", "in ./.hybrid-data-adapter, on port 8787 or the next free one"],
    ["demo --once --to ./try --port 0", "show it and end"],
  ],
  run: demo,
};
