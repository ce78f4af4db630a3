/** Marks nested by key, `[class][student][date]` in whatever order the layout declares: each leaf is one mark. */
import { recordIdOf } from "../../../domain/ids.ts";
import { isJsonObject, type Json, pointerStep } from "../../../domain/json.ts";
import { readDate } from "../../../school/legacy/date-forms.ts";
import { type LedgerLevel, ledgerLevels, matchKey } from "../../../school/legacy/layout.ts";
import { domainNamed } from "../context.ts";
import { type EntryBuilder, EntryRefused } from "../entry-builder.ts";
import { RecordBuilder } from "../record-builder.ts";
import { isEmpty, SourceObject } from "../source-object.ts";
import { fieldOfKey, objectOf } from "./main-record.ts";

const maxExternalId = 1100;

/** A place in the nesting, and the keys that led there. */
interface Place {
  readonly path: string;
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** One entry is one member of the outermost object. */
export function buildLedger(entry: EntryBuilder): void {
  const { key, legacyId } = entry.entry;
  const levels = matchKey(entry.context.layout, key).find(({ declared }) => declared.kind === "ledger")?.declared
    .levels;
  if (!levels || legacyId === null) throw new EntryRefused("SOURCE_UNKNOWN");
  let made = 0;
  const walk = (place: Place): void => {
    if (place.keys.length === levels.length) {
      buildMarkAt(entry, place, levels);
      made++;
    } else if (isJsonObject(place.value) && Object.keys(place.value).length > 0) {
      for (const [step, value] of Object.entries(place.value))
        walk({ path: place.path + pointerStep(step), keys: [...place.keys, step], value });
    } else if (isEmpty(place.value)) entry.claims.push({ path: place.path, to: "excluded", reason: "EMPTY" });
    else entry.quarantine("attendance", place.path, "RECORD_INVALID", place.value as Json);
  };
  walk({ path: "", keys: [legacyId], value: objectOf(entry) });
  if (made === 0) throw new EntryRefused("EMPTY_SESSION");
}

const named = { classId: "class", studentId: "student", date: "date" } as const;
const domains = { classId: "classes", studentId: "students" } as const;

function buildMarkAt(entry: EntryBuilder, { path, keys, value }: Place, levels: readonly LedgerLevel[]): void {
  const { context } = entry;
  const isObject = isJsonObject(value) && Object.keys(value).length > 0;
  const source = new SourceObject(context, "mark", isObject ? value : {}, path);
  const place = keys.map(encodeURIComponent).join("/");
  const id = recordIdOf(context.namespace, "attendance", `${entry.entry.key}:${place}`);
  const externalId = place.length <= maxExternalId ? place : null;
  const mark = new RecordBuilder(entry, source, { domain: domainNamed(context, "attendance"), id, externalId });
  for (const level of ledgerLevels) {
    const key = levels.includes(level) ? keys[levels.indexOf(level)] : fieldOfKey(entry, level);
    if (key) put(mark, level, key);
  }
  if (isObject) mark.fields("status", "reason", "notes", "homeworkCompleted", "homeworkNotes");
  else if (isEmpty(value)) mark.exclude(path, "EMPTY");
  else mark.put("status", { key: "status", path, value });
  mark.finish(path);
}

/** A key is no leaf: it becomes a column, or stays in `extra` in its own words. */
function put(mark: RecordBuilder, level: LedgerLevel, key: string): void {
  const { index, layout } = mark.entry.context;
  if (level === "date") {
    const day = readDate(key, layout.dates);
    mark.values.date = day;
    if (day !== key) mark.extra[named.date] = key;
    return;
  }
  const domain = domains[level];
  const known = index.find(domain, key) ?? index.named(domain, key) ?? index.outside(domain, key);
  if (known) mark.values[level] = known.id;
  else mark.extra[named[level]] = key;
}
