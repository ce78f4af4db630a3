/** `people`: records that look like one person entered twice; a human joins them, keeps them apart, or splits them again. */
import { AdapterError } from "../../domain/errors.ts";
import type { CandidatePairs } from "../../domain/people-wire.ts";
import { type People, peopleOf } from "../../migration/decisions.ts";
import type { Command } from "../command.ts";
import { type ConnectOptions, connected } from "../connect.ts";
import type { Io } from "../io.ts";
import { oneLine } from "../ledger-text.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { confirm } from "../questions.ts";
import { listed, plural } from "../text.ts";

type Shared = ConnectOptions & Pick<AllOptions, "domain">;
type Two = Shared & Pick<AllOptions, "dryRun" | "yes"> & { readonly ids?: readonly string[] };

export type PeopleOptions = Shared & Pick<AllOptions, "showValues">;

const asking = <T>(options: ConnectOptions, io: Io, use: (people: People) => Promise<T>): Promise<T> =>
  connected(options, io, ({ remote }) => use(peopleOf(remote)));

export const people = (options: PeopleOptions, io: Io) =>
  asking(options, io, async (asked) => {
    const [pairs, aliases] = [await asked.candidates(options.domain), await asked.aliases()];
    const joined = aliases.filter(({ along }) => !along);
    const lines = [pairsText(pairs, options.showValues)];
    if (joined.length > 0) {
      lines.push("", `${plural(joined.length, "join")} made:`);
      for (const { domain, id, survivor, author, at } of joined)
        lines.push(`  ${domain} ${id} → ${survivor}, by ${oneLine(author)}, ${at}`);
    }
    return done({ pairs, aliases }, lines.join("\n"));
  });

function pairsText(pairs: CandidatePairs["pairs"], values = false): string {
  if (pairs.length === 0) return "Nobody looks entered twice.";
  const lines = [`${plural(pairs.length, "pair")} that a human would call the same:`];
  for (const { domain, by, exact, a, b } of pairs) {
    lines.push(`  ${domain}, same ${by.join(" and ")}${exact ? "" : " but for case or Unicode form"}`);
    for (const { id, externalId, key, references } of [a, b]) {
      const about = [
        externalId === null ? "" : ` (${oneLine(externalId)})`,
        values ? ` ${oneLine(key.join(", "))}` : "",
      ];
      lines.push(`    ${id}${about.join("")}, named by ${plural(references, "record")}`);
    }
  }
  const advice = "Decide: hybrid-data-adapter people join <survivor> <other>, or people apart <a> <b>";
  return [...lines, "", advice].join("\n");
}

/** @throws CONFIG_INVALID */
function pairOf({ ids = [] }: Two): readonly [string, string] {
  const [first, second, ...more] = ids;
  if (first !== undefined && second !== undefined && more.length === 0) return [first, second];
  throw new AdapterError("CONFIG_INVALID", "Two ids are expected.", { place: "ids", fix: "Take them from `people`." });
}

export async function join(options: Two, io: Io) {
  const [survivor, other] = pairOf(options);
  const { domain } = options;
  return asking(options, io, async (asked) => {
    const preview = await asked.join({ domain, survivor, other, dryRun: true });
    const effect = `references moved: ${listed(preview.moved)}; joined along: ${listed(preview.along)}; values kept as a conflict: ${preview.lost.join(", ") || "none"}`;
    if (preview.already) return done(preview, "Joined already.");
    if (options.dryRun) return done(preview, `Would join ${other} to ${survivor} - ${effect}.`);
    await confirm(io, options.yes, { text: `Join ${other} to ${survivor} (${effect})?` });
    const report = await asked.join({ domain, survivor, other });
    return done(report, `Joined ${other} to ${survivor} - ${effect}.\nUndo: hybrid-data-adapter people split ${other}`);
  });
}

export async function split(options: Two, io: Io) {
  const [other, ...more] = options.ids ?? [];
  if (other === undefined || more.length > 0)
    throw new AdapterError("CONFIG_INVALID", "One id is expected.", { place: "ids", fix: "Take it from `people`." });
  const { domain } = options;
  return asking(options, io, async (asked) => {
    const preview = await asked.split({ domain, other, dryRun: true });
    const effect = `records back: ${listed(preview.restored)}; references moved back: ${listed(preview.moved)}`;
    if (options.dryRun) return done(preview, `Would split ${other} from ${preview.survivor} - ${effect}.`);
    await confirm(io, options.yes, { text: `Split ${other} from ${preview.survivor} (${effect})?` });
    const report = await asked.split({ domain, other });
    return done(report, `Split ${other} from ${report.survivor} - ${effect}.`);
  });
}

export async function apart(options: Two, io: Io) {
  const [a, b] = pairOf(options);
  return asking(options, io, async (asked) => {
    const report = await asked.keepApart({ domain: options.domain, a, b });
    return done({ ...report, a, b }, "Kept apart; the pair is not shown again.");
  });
}

const connection = ["to", "school", "token", "ownerUrl", "domain"] as const;

export const peopleCommand: Command<PeopleOptions> = {
  name: "people",
  summary: "list people who look entered twice, and join them, keep them apart or split them",
  options: [...connection, "showValues"],
  examples: [
    ["people --show-values", "pairs with the same e-mail, or the same name and birth date"],
    ["people join <survivor> <other> --dry-run", "what a join would move"],
    ["people split <other>", "undo a join"],
    ["people apart <a> <b>", "two people: do not show the pair again"],
  ],
  subcommands: [
    {
      name: "join",
      summary: "the survivor takes over what names the other, which goes; can be undone",
      argument: { name: "ids", summary: "the survivor, then the other", required: true, many: true },
      options: [...connection, "dryRun", "yes"],
      examples: [["people join <survivor> <other>", "shown first, then done"]],
      run: join,
    },
    {
      name: "split",
      summary: "undo a join: the record comes back as it was, with what named it",
      argument: { name: "ids", summary: "the record that was joined", required: true, many: true },
      options: [...connection, "dryRun", "yes"],
      examples: [["people split <other>", "shown first, then done"]],
      run: split,
    },
    {
      name: "apart",
      summary: "remember that two records are two people",
      argument: { name: "ids", summary: "both records", required: true, many: true },
      options: [...connection],
      examples: [["people apart <a> <b>", "the pair is not shown again"]],
      run: apart,
    },
  ],
  run: people,
};
