/** The first pass: who is there by which id and name, and which entries may not become records. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { isAdapterError } from "../../domain/errors.ts";
import { maxText } from "../../domain/fields.ts";
import { type RecordId, recordIdOf } from "../../domain/ids.ts";
import { canonicalJson, isJsonObject, isStorableText, type JsonObject } from "../../domain/json.ts";
import type { LegacyEntry } from "../types.ts";
import { idSpaceOf, type TransformContext } from "./context.ts";
import { idText } from "./convert.ts";
import { type EmbeddedIdentity, embeddedIn } from "./embedded.ts";
import { requiresName, shownName } from "./names.ts";
import { SourceObject } from "./source-object.ts";
import { listedStudents } from "./student-list.ts";

/** Most characters of a legacy id. */
const maxId = 500;

export interface IndexItem {
  readonly id: RecordId;
  /** The legacy id, or what stands for a missing one. */
  readonly key: string;
  readonly externalId: string | null;
  readonly name: string | null;
  readonly entry: LegacyEntry;
}

/** A record of another import, of which only its being there is known. */
export type OutsideItem = Pick<IndexItem, "id" | "name">;

/** Why an entry does not become a record of its own; `null`: it does. */
export type Standing =
  | { readonly outcome: "quarantined"; readonly reason: string }
  | { readonly outcome: "excluded"; readonly reason: "DEMO" }
  | { readonly outcome: "merged"; readonly reason: "EQUAL"; readonly first: LegacyEntry }
  | null;

type Known = Omit<TransformContext, "index">;

export class LegacyIndex {
  readonly #items = new Map<string, Map<string, IndexItem>>();
  readonly #names = new Map<string, Map<string, IndexItem | null>>();
  readonly #standing = new Map<number, Standing>();
  readonly #embedded = new Map<string, EmbeddedIdentity>();
  readonly #enrolled = new Map<string, { readonly id: RecordId; readonly entry: LegacyEntry }>();
  readonly #named = new Map<string, Set<RecordId>>();
  readonly #cycles = new Map<string, boolean>();
  readonly #context: Known;

  constructor(context: Known, entries: readonly LegacyEntry[]) {
    this.#context = context;
    this.#judge(entries);
    for (const entry of entries) if (!this.standing(entry)) this.#addItem(entry);
    for (const entry of entries) if (!this.standing(entry)) this.#addBelow(entry);
  }

  standing(entry: LegacyEntry): Standing {
    return this.#standing.get(entry.no) ?? null;
  }

  /** The record that a legacy id of a domain becomes. */
  find(domain: string, legacyId: string): IndexItem | undefined {
    return this.#items.get(domain)?.get(legacyId);
  }

  /** The record that the school holds already under a legacy id that this source has no record of. */
  outside(domain: string, legacyId: string): OutsideItem | undefined {
    if (legacyId === "") return undefined;
    const id = this.derive(domain, legacyId);
    return this.isOutside(domain, id) ? { id, name: null } : undefined;
  }

  /** Does the school hold this record, of which the source has none? Asked or not, it is remembered as named. */
  isOutside(domain: string, id: RecordId): boolean {
    const named = this.#named.get(domain) ?? new Set<RecordId>();
    this.#named.set(domain, named.add(id));
    return this.#context.isKnown?.(domain, id) ?? false;
  }

  /** What was named and is not in the source, so far. */
  get missing(): ReadonlyMap<string, ReadonlySet<RecordId>> {
    return this.#named;
  }

  /** The one record of a domain that has this name; none when two have it. */
  named(domain: string, name: string): IndexItem | undefined {
    return this.#names.get(domain)?.get(name) ?? undefined;
  }

  /** The enrolment of a student in a class, and the entry that makes it. */
  enrolled(student: RecordId, classId: RecordId): { readonly id: RecordId; readonly entry: LegacyEntry } | undefined {
    return this.#enrolled.get(`${student}/${classId}`);
  }

  embedded(entry: LegacyEntry, path: string): EmbeddedIdentity | undefined {
    return this.#embedded.get(`${entry.no}${path}`);
  }

  /** What stands for an entry's legacy id, in its id space. */
  keyOf(entry: LegacyEntry): string {
    if (entry.legacyId !== null && entry.legacyId !== "") return entry.legacyId;
    const hash = sha256(new TextEncoder().encode(this.#context.textOf(entry)));
    return `${bytesToHex(hash)}@${entry.position}`;
  }

  idOf(entry: LegacyEntry): RecordId {
    return recordIdOf(this.#context.namespace, idSpaceOf(entry.kind), this.keyOf(entry));
  }

  derive(domain: string, legacyId: string): RecordId {
    return recordIdOf(this.#context.namespace, domain, legacyId);
  }

  /** True when following `field` from this record leads back to it. */
  isInCycle(domain: string, field: string, key: string): boolean {
    const memo = `${domain}/${field}/${key}`;
    const known = this.#cycles.get(memo);
    if (known !== undefined) return known;
    const seen = new Set<string>();
    let at: string | null = key;
    do {
      seen.add(at);
      const data: unknown = this.find(domain, at)?.entry.data;
      at = isJsonObject(data) ? idText(data[field] ?? null) : null;
    } while (at !== null && !seen.has(at));
    this.#cycles.set(memo, at === key);
    return at === key;
  }

  /** Says of every entry whether it may become a record: readable, storable, one of its id. */
  #judge(entries: readonly LegacyEntry[]): void {
    const first = new Map<string, Map<string, LegacyEntry>>();
    for (const entry of entries) {
      const standing = this.#judgeAlone(entry);
      if (standing) {
        this.#standing.set(entry.no, standing);
        continue;
      }
      const space = idSpaceOf(entry.kind);
      const keys = first.get(space) ?? new Map<string, LegacyEntry>();
      first.set(space, keys);
      const key = this.keyOf(entry);
      const before = keys.get(key);
      if (!before) keys.set(key, entry);
      else this.#judgeTwin(before, entry);
    }
    // A twin of an ambiguous record is as ambiguous as the record.
    for (const [no, standing] of this.#standing)
      if (standing?.outcome === "merged" && this.#standing.get(standing.first.no)?.outcome === "quarantined")
        this.#standing.set(no, { outcome: "quarantined", reason: "ID_AMBIGUOUS" });
  }

  #judgeAlone(entry: LegacyEntry): Standing {
    if (entry.defect) return { outcome: "quarantined", reason: entry.defect.code };
    if (entry.legacyId !== null && (entry.legacyId.length > maxId || !isStorableText(entry.legacyId)))
      return { outcome: "quarantined", reason: "ID_INVALID" };
    if (!isJsonObject(entry.data)) return { outcome: "quarantined", reason: "RECORD_INVALID" };
    try {
      canonicalJson(entry.data);
    } catch (error) {
      if (!isAdapterError(error)) throw error;
      return { outcome: "quarantined", reason: error.code };
    }
    if (this.#context.isDemo?.(entry)) return { outcome: "excluded", reason: "DEMO" };
    if (requiresName(entry.kind)) {
      const name = shownName(this.#source(entry, entry.data));
      if (!name || name.length > maxText) return { outcome: "quarantined", reason: "RECORD_INVALID" };
    }
    return null;
  }

  #judgeTwin(before: LegacyEntry, entry: LegacyEntry): void {
    if (JSON.stringify(canonicalJson(before.data)) === JSON.stringify(canonicalJson(entry.data))) {
      this.#standing.set(entry.no, { outcome: "merged", reason: "EQUAL", first: before });
      return;
    }
    for (const one of [before, entry]) this.#standing.set(one.no, { outcome: "quarantined", reason: "ID_AMBIGUOUS" });
  }

  #source(entry: LegacyEntry, data: JsonObject): SourceObject {
    return new SourceObject(this.#context, entry.kind, data, "");
  }

  #addItem(entry: LegacyEntry): void {
    if (!isJsonObject(entry.data) || !isReferredTo(entry)) return;
    const domain = idSpaceOf(entry.kind);
    const key = this.keyOf(entry);
    const name = shownName(this.#source(entry, entry.data));
    this.#put(domain, { id: this.idOf(entry), key, externalId: entry.legacyId || null, name, entry });
  }

  #put(domain: string, item: IndexItem): void {
    const items = this.#items.get(domain) ?? new Map<string, IndexItem>();
    this.#items.set(domain, items.set(item.key, item));
    if (!item.name) return;
    const names = this.#names.get(domain) ?? new Map<string, IndexItem | null>();
    this.#names.set(domain, names.set(item.name, names.has(item.name) ? null : item));
  }

  /** What stands inside an entry: the students a class lists, the money of a private lesson. */
  #addBelow(entry: LegacyEntry): void {
    if (!isJsonObject(entry.data)) return;
    const source = this.#source(entry, entry.data);
    if (entry.kind === "class") this.#addListed(entry, source);
    if (entry.kind === "enrollment") this.#addEnrollment(entry, source);
    if (entry.kind !== "privateLesson") return;
    for (const place of embeddedIn(source)) {
      const taken = place.rawId !== null && this.find(place.domain, place.rawId) !== undefined;
      const fits = place.rawId !== null && place.rawId.length <= maxId && !taken;
      const key = fits && place.rawId !== null ? place.rawId : `${this.keyOf(entry)}${place.path}`;
      const id = recordIdOf(this.#context.namespace, place.domain, key);
      const identity = {
        id,
        key,
        externalId: place.rawId !== null && place.rawId.length <= maxId ? place.rawId : null,
      };
      this.#embedded.set(`${entry.no}${place.path}`, identity);
      this.#put(place.domain, { ...identity, name: null, entry });
    }
  }

  #addListed(entry: LegacyEntry, source: SourceObject): void {
    const classId = this.idOf(entry);
    for (const listed of listedStudents(source)?.students ?? []) {
      const { legacyId } = listed;
      const student =
        legacyId === null ? undefined : (this.find("students", legacyId) ?? this.outside("students", legacyId));
      if (!student) continue;
      const pair = `${student.id}/${classId}`;
      // An enrolment of its own, read before or after, outranks the list.
      if (this.#enrolled.get(pair)?.entry.kind === "enrollment") continue;
      this.#enrolled.set(pair, { id: recordIdOf(this.#context.namespace, "enrollments", pair), entry });
    }
  }

  #addEnrollment(entry: LegacyEntry, source: SourceObject): void {
    const student = this.find("students", idText(source.peek("studentId")?.value) ?? "");
    const group = this.find("classes", idText(source.peek("classId")?.value) ?? "");
    if (!student || !group) return;
    const pair = `${student.id}/${group.id}`;
    if (this.#enrolled.get(pair)?.entry.kind !== "enrollment")
      this.#enrolled.set(pair, { id: this.idOf(entry), entry });
  }
}

const referredTo = new Set<string>([
  "student",
  "teacher",
  "classroom",
  "class",
  "assessment",
  "obligation",
  "payment",
  "privateLesson",
  "term",
]);
const isReferredTo = (entry: LegacyEntry): boolean => referredTo.has(entry.kind) || entry.kind.startsWith("domain:");
