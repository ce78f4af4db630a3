/** The audit: what is there, how healthy it is, and what a human should know or decide before anything moves. */
import type { DomainSet } from "../../domain/define-domain.ts";
import { isJsonObject } from "../../domain/json.ts";
import { type Layout, matchKey } from "../../school/legacy/layout.ts";
import { domainOf } from "../transform/context.ts";
import type { Finding, LegacyEntry, LegacySource, Outcome, Severity, TransformedEntry } from "../types.ts";

export type Health = "ok" | "attention" | "blocked";

export interface DomainAudit {
  readonly domain: string;
  /** `missing`: no key was ever saved. `empty`: the user emptied it. `embedded`: it has no key of its own. */
  readonly stored: "records" | "empty" | "missing" | "embedded";
  readonly entries: number;
  readonly records: number;
  readonly parts: Readonly<Record<Exclude<Outcome, "conflict" | "erased" | "migrated">, number>>;
  /** The latest instant in its records. */
  readonly lastChange: string | null;
  readonly health: Health;
}

export interface AuditReport {
  readonly source: { readonly name: string; readonly container: string; readonly fingerprint: string };
  readonly storage: { readonly characters: number; readonly limit: number; readonly share: number };
  readonly entries: number;
  readonly parts: number;
  readonly domains: readonly DomainAudit[];
  /** What blocks first, then what is asked, then what is noted. */
  readonly findings: readonly Finding[];
  readonly health: Health;
}

export interface AuditInput {
  readonly source: LegacySource;
  readonly layout: Layout;
  readonly domains: DomainSet;
  /** The entries with what they turn into, once through. */
  readonly transformed: Iterable<TransformedEntry>;
  /** Findings of the reader and of the transform; read after `transformed` was. */
  readonly findings: () => readonly Finding[];
}

/** What a browser's localStorage holds, in UTF-16 code units. */
export const storageLimit = 5 * 1024 * 1024;

const weight: Readonly<Record<Severity, number>> = { blocks: 0, ask: 1, note: 2 };

export function audit(input: AuditInput): AuditReport {
  const tallies = new Map(input.domains.all.map((domain) => [domain.name, new Tally()]));
  const dates = new Examples();
  let entries = 0;
  let parts = 0;
  for (const transformed of input.transformed) {
    entries++;
    parts += transformed.parts.length;
    const main = tallies.get(domainOf(transformed.entry.kind));
    if (main) main.entries++;
    for (const part of transformed.parts) tallies.get(part.domain)?.see(part, input.domains);
    noticePickedDate(transformed.entry, dates);
  }
  const findings = [...input.findings(), ...storageFindings(input.source, entries), ...dates.finding()].sort(
    (a, b) => weight[a.severity] - weight[b.severity],
  );
  const stored = storedDomains(input);
  const domains = [...tallies].map(([domain, tally]) =>
    tally.report(
      domain,
      tally.entries > 0 ? "records" : (stored.get(domain) ?? (tally.records > 0 ? "embedded" : "missing")),
      findings,
    ),
  );
  return {
    source: { name: input.source.name, container: input.source.container, fingerprint: input.source.fingerprint },
    storage: sizeOf(input.source),
    entries,
    parts,
    domains,
    findings,
    health: healthOf(findings),
  };
}

/** Of the findings: one that blocks, one that is asked, or nothing to decide. */
const healthOf = (findings: readonly Finding[]): Health =>
  findings.some((f) => f.severity === "blocks")
    ? "blocked"
    : findings.some((f) => f.severity === "ask")
      ? "attention"
      : "ok";

class Tally {
  entries = 0;
  records = 0;
  #lastChange: string | null = null;
  readonly #parts = { merged: 0, quarantined: 0, excluded: 0 };

  see(part: TransformedEntry["parts"][number], domains: DomainSet): void {
    if (part.record === null) {
      this.#parts[part.outcome]++;
      return;
    }
    this.records++;
    const domain = domains.get(part.domain);
    for (const name of domain.fieldNames) {
      if (domain.fields[name]?.kind !== "instant") continue;
      const at = part.record[name];
      if (typeof at === "string" && (this.#lastChange === null || at > this.#lastChange)) this.#lastChange = at;
    }
  }

  report(domain: string, stored: DomainAudit["stored"], findings: readonly Finding[]): DomainAudit {
    const health = healthOf(findings.filter((finding) => finding.domain === domain));
    return {
      domain,
      stored,
      entries: this.entries,
      records: this.records,
      parts: { ...this.#parts },
      lastChange: this.#lastChange,
      health: health === "ok" && this.#parts.quarantined > 0 ? "attention" : health,
    };
  }
}

/** Domains whose key is there; a missing key was never saved, an empty list was emptied by the user (B13). */
function storedDomains({ source, layout }: AuditInput): ReadonlyMap<string, "empty"> {
  const stored = new Map<string, "empty">();
  for (const { key } of source.values)
    for (const { declared } of matchKey(layout, key))
      if (declared.at === "") stored.set(domainOf(declared.kind), "empty");
  return stored;
}

function sizeOf(source: LegacySource): AuditReport["storage"] {
  const characters = source.values.reduce((sum, { key, raw }) => sum + key.length + raw.length, 0);
  return { characters, limit: storageLimit, share: Math.round((1000 * characters) / storageLimit) / 1000 };
}

function storageFindings(source: LegacySource, entries: number): Finding[] {
  const findings: Finding[] = [];
  const { share, characters } = sizeOf(source);
  const about = { domain: null, count: 1 };
  if (entries === 0)
    findings.push({
      ...about,
      severity: "ask",
      code: "SOURCE_EMPTY",
      message: "The source holds no records. If the school really is empty, say so.",
      examples: [source.name],
    });
  if (source.container === "dump" && share > 0.8)
    findings.push({
      ...about,
      severity: "note",
      code: "STORAGE_NEARLY_FULL",
      message:
        "A browser's localStorage holds about 5 million characters; writes of the old app may fail or have failed.",
      examples: [`${characters} characters`],
    });
  return findings;
}

class Examples {
  #count = 0;
  readonly #places: string[] = [];

  add(place: string): void {
    this.#count++;
    if (this.#places.length < 5) this.#places.push(place);
  }

  finding(): Finding[] {
    if (this.#count === 0) return [];
    return [
      {
        severity: "note",
        code: "DATE_PICKER",
        domain: null,
        message:
          "The old app's date picker cut local midnight to a UTC day: joinDate and dateOfBirth may be one day early for users east of UTC. They are imported as written.",
        count: this.#count,
        examples: this.#places,
      },
    ];
  }
}

const bareDay = /^\d{4}-\d{2}-\d{2}$/;

/** The trap of the old app's forms: a bare day in a student's or teacher's date may be one day early. */
function noticePickedDate(entry: LegacyEntry, dates: Examples): void {
  if ((entry.kind !== "student" && entry.kind !== "teacher") || !isJsonObject(entry.data)) return;
  for (const name of ["joinDate", "dateOfBirth"]) {
    const value = entry.data[name];
    if (typeof value === "string" && bareDay.test(value)) dates.add(`${entry.key}[${entry.position}]/${name}`);
  }
}
