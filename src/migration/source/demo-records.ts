/** The records that the old app came with: a school's own entries are told from them by their whole content. */
import { isAdapterError } from "../../domain/errors.ts";
import { canonicalJson } from "../../domain/json.ts";
import type { Layout } from "../../school/legacy/layout.ts";
import { domainOf } from "../transform/context.ts";
import type { Finding, LegacyEntry, LegacySource } from "../types.ts";
import { readEntries } from "./read-entries.ts";

/** A test for entries that equal a demo record, whatever the order of their keys. */
export function demoRecords(sources: readonly LegacySource[], layout: Layout): (entry: LegacyEntry) => boolean {
  const known = new Set<string>();
  for (const source of sources) {
    for (const entry of readEntries(source, layout).entries) {
      const content = contentOf(entry);
      if (content !== null) known.add(content);
    }
  }
  return (entry) => {
    const content = contentOf(entry);
    return content !== null && known.has(content);
  };
}

/** `null` for an entry that cannot be read or stored: it equals nothing. */
function contentOf(entry: LegacyEntry): string | null {
  if (entry.defect) return null;
  try {
    return JSON.stringify([entry.kind, canonicalJson(entry.data)]);
  } catch (error) {
    if (isAdapterError(error)) return null;
    throw error;
  }
}

/** What the audit asks about demo records that nobody decided to leave out. */
export function demoFinding(entries: readonly LegacyEntry[]): Finding[] {
  const byDomain = new Map<string, LegacyEntry[]>();
  for (const entry of entries)
    byDomain.set(domainOf(entry.kind), [...(byDomain.get(domainOf(entry.kind)) ?? []), entry]);
  return [...byDomain].map(([domain, some]) => ({
    severity: "ask",
    code: "DEMO",
    domain,
    message: "A record equals a demo record of the old app; it is proposed to leave it out.",
    count: some.length,
    examples: some.slice(0, 5).map(({ key, position }) => `${key}[${position}]`),
  }));
}
