/** `verify`: is on the server what the imports brought? */
import type { Verification } from "../../migration/options.ts";
import { remote as remoteOf } from "../../migration/remote.ts";
import { verify as verifyImport } from "../../migration/verify.ts";
import type { Command } from "../command.ts";
import { type ConnectOptions, connected } from "../connect.ts";
import { importsOf } from "../imports.ts";
import { type InputOptions, readerOf, readInput } from "../input.ts";
import type { Io } from "../io.ts";
import { verificationText } from "../ledger-text.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { plural } from "../text.ts";

export type VerifyCommandOptions = ConnectOptions &
  Partial<InputOptions> &
  Pick<AllOptions, "import" | "deep" | "showValues">;

/** With a source: its import. Without: every import of the school, from the server's archive. @throws IMPORT_UNKNOWN */
export async function verify(options: VerifyCommandOptions, io: Io) {
  const input = options.source === undefined ? null : await readInput({ ...options, source: options.source }, io);
  return connected(options, io, async ({ remote, school, domains }) => {
    const choice = { import: options.import, fingerprint: input?.source.fingerprint };
    const imports = await importsOf(remoteOf(remote), choice);
    const verifications: Verification[] = [];
    const texts: string[] = [];
    for (const info of imports) {
      const { deep, showValues } = options;
      const read = input?.read ?? (await readerOf(options, io));
      const about = { remote, school, domains, importId: info.importId, source: input?.source, read };
      const verification = await verifyImport({ ...about, deep, showValues });
      verifications.push(verification);
      texts.push(`${info.source} (import ${info.importId})\n${verificationText(verification)}`);
    }
    const equal = verifications.every((v) => v.equal);
    const verification = { equal, differences: verifications.flatMap((v) => v.differences) };
    const advice = equal ? [] : [`\nSee what can be mended: hybrid-data-adapter repair --dry-run`];
    const more = imports.length > 1 ? [`${plural(imports.length, "import")}:\n`] : [];
    return done({ verification, imports: verifications }, [...more, ...texts, ...advice].join("\n"), equal);
  });
}

export const verifyCommand: Command<VerifyCommandOptions> = {
  name: "verify",
  summary: "prove that the server holds what was imported, in both directions",
  argument: { name: "source", summary: "what was imported; without it the server's archive is read", required: false },
  options: ["to", "school", "token", "ownerUrl", "layout", "domain", "import", "deep", "showValues"],
  examples: [
    ["verify", "every import of the school, from the server's archive"],
    ["verify school.json --deep", "read every row and compute its digest here"],
    ["verify --json", "verification.equal and verification.differences for a program; exit code 1 when they differ"],
  ],
  run: verify,
};
