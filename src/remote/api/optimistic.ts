/**
 * A change that is shown before the server has answered, and taken back when it refuses.
 * Taking back goes by the record's id, and not by Redux Toolkit's inverse patches: those name places in a list, where
 * after a refetch another record may stand.
 */
import type { AnyRecord } from "../../domain/define-domain.ts";
import { type CachedEntry, copiesOf, detached, rowsOf } from "./cached-entries.ts";
import type { AnyChange, AnyRemoval, Stored } from "./endpoint-types.ts";

/** Shows the changed fields at once; the server's answer replaces them, a refusal puts the earlier values back. */
export async function showUpdate(
  entries: readonly CachedEntry[],
  { id, version, changes }: AnyChange,
  answered: Promise<{ readonly data: Stored<AnyRecord> }>,
): Promise<void> {
  const shown = entries.map((entry) => ({ entry, earlier: showFields(entry, id, changes) }));
  try {
    const { data } = await answered;
    for (const entry of entries) {
      entry.change((found) => {
        for (const copy of copiesOf(found, id)) if (copy.version <= data.version) Object.assign(copy, data);
      });
    }
  } catch {
    // Why it was refused is told to the caller by the mutation itself.
    for (const { entry, earlier } of shown) {
      entry.change((found) => {
        for (const copy of copiesOf(found, id)) {
          if (earlier !== null && copy.version === version) takeBack(copy.record, changes, earlier);
        }
      });
    }
  }
}

type Changing = Record<string, unknown>;

function showFields(entry: CachedEntry, id: string, changes: AnyChange["changes"]): AnyRecord | null {
  let earlier: AnyRecord | null = null;
  entry.change((data) => {
    for (const copy of copiesOf(data, id)) {
      earlier ??= detached(copy.record);
      Object.assign(copy.record, changes);
    }
  });
  return earlier;
}

/** What a later change, or another answer, has written over stays. */
function takeBack(record: Changing, changes: AnyChange["changes"], earlier: AnyRecord): void {
  for (const [field, shown] of Object.entries(changes)) {
    if (JSON.stringify(record[field]) !== JSON.stringify(shown)) continue;
    if (field in earlier) record[field] = earlier[field];
    else delete record[field];
  }
}

/** Takes the record out of every list at once; a refusal puts it back where it was. */
export async function showRemoval(
  entries: readonly CachedEntry[],
  { id }: AnyRemoval,
  answered: Promise<unknown>,
): Promise<void> {
  const taken = entries.map((entry) => ({ entry, places: takeOut(entry, id) }));
  try {
    await answered;
  } catch {
    for (const { entry, places } of taken) {
      entry.change((data) => {
        // A refetch may have brought it back already.
        if (copiesOf(data, id).length > 0) return;
        for (const { page, at, copy } of places) rowsOf(data)[page]?.items.splice(at, 0, copy);
      });
    }
  }
}

interface Place {
  readonly page: number;
  readonly at: number;
  readonly copy: Stored<AnyRecord>;
}

function takeOut(entry: CachedEntry, id: string): readonly Place[] {
  const places: Place[] = [];
  entry.change((data) => {
    for (const [page, { items }] of rowsOf(data).entries()) {
      const at = items.findIndex((copy) => copy.record.id === id);
      const copy = items[at];
      if (!copy) continue;
      places.push({ page, at, copy: detached(copy) });
      items.splice(at, 1);
    }
  });
  return places;
}
