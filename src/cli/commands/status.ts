/** `status`: what a school has on the server, and how far its imports are. */
import type { LedgerSummary } from "../../domain/migration-wire.ts";
import { remote as remoteOf } from "../../migration/remote.ts";
import type { Command } from "../command.ts";
import { type ConnectOptions, connected } from "../connect.ts";
import type { Io } from "../io.ts";
import { done } from "../output.ts";
import { describePlace } from "../place.ts";
import { count, listed, table } from "../text.ts";

export type StatusOptions = ConnectOptions;

export interface Status {
  readonly place: string;
  readonly school: { readonly id: string; readonly name: string };
  /** The server's state that the counts are of. */
  readonly seq: number;
  readonly domains: Readonly<Record<string, { readonly records: number; readonly digest: string }>>;
  readonly imports: readonly {
    readonly importId: string;
    readonly state: string;
    readonly source: string;
    readonly fingerprint: string;
    readonly openedAt: string;
    readonly ledger: {
      readonly entries: number;
      readonly parts: number;
      readonly balanced: boolean;
      readonly byOutcome: LedgerSummary["entries"]["byOutcome"];
      readonly partsByOutcome: LedgerSummary["parts"]["byOutcome"];
    };
  }[];
}

export async function status(options: StatusOptions, io: Io) {
  return connected(options, io, async (connection) => {
    const remote = remoteOf(connection.remote);
    const { seq, buckets } = await remote.digest({ width: 0 });
    const imports: Status["imports"][number][] = [];
    for (const info of await remote.imports()) {
      const { importId, state, source, fingerprint, openedAt } = info;
      const { entries, parts, balanced } = await remote.ledger(importId);
      const ledger = {
        entries: entries.total,
        parts: parts.total,
        balanced,
        byOutcome: entries.byOutcome,
        partsByOutcome: parts.byOutcome,
      };
      imports.push({ importId, state, source, fingerprint, openedAt, ledger });
    }
    const value: Status = {
      place: describePlace(connection.place),
      school: { id: connection.school, name: connection.schoolName },
      seq,
      domains: Object.fromEntries(buckets.map((b) => [b.domain, { records: b.count, digest: b.sum }])),
      imports,
    };
    return done(value, statusText(value));
  });
}

function statusText({ place, school, seq, domains, imports }: Status): string {
  const rows = Object.entries(domains).map(([name, { records, digest }]) => [name, records, digest]);
  const lines = [`School ${school.name} (${school.id}) at ${place}, after ${count(seq)} changes`, ""];
  lines.push(rows.length > 0 ? table([["domain", "records", "digest"], ...rows]) : "  no records");
  lines.push("", imports.length > 0 ? "Imports:" : "No imports yet: `hybrid-data-adapter migrate <file>` makes one.");
  for (const { importId, state, source, openedAt, ledger } of imports) {
    const balance =
      state === "open" ? "not finished; run the same migrate again" : ledger.balanced ? "balanced" : "NOT balanced";
    lines.push(
      `  ${importId} ${state} - ${source}, ${openedAt}`,
      `    ${count(ledger.entries)} entries (${listed(ledger.byOutcome)}), ${count(ledger.parts)} parts, ${balance}`,
    );
  }
  return lines.join("\n");
}

export const statusCommand: Command<StatusOptions> = {
  name: "status",
  summary: "show what a school has on the server, and its imports",
  options: ["to", "school", "token", "ownerUrl"],
  examples: [
    ["status", "of the embedded database in ./.hybrid-data-adapter"],
    ['status --to postgres://… --school "Hill School" --json', "for a program"],
  ],
  run: status,
};
