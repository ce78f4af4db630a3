/** One domain of the adapter: its reads and writes, from a caller's draft to what the store commits. */
import type { AnyRecord, Domain } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import { isUuid, parseRecordId } from "../domain/ids.ts";
import { isForbiddenKey } from "../domain/json.ts";
import { emptyRecord } from "../domain/record.ts";
import type { RecordStore, Write } from "../local/record-store.ts";
import type { Entropy } from "../platform/platform.ts";
import type { BatchWrite, DomainAdapter, Written } from "./contract.ts";
import { itemOf } from "./local-page.ts";
import type { Reader } from "./reader.ts";
import { stageOf } from "./routing.ts";
import type { Writer } from "./writer.ts";

export interface DomainParts {
  readonly store: RecordStore;
  readonly reader: Reader;
  readonly writer: Writer;
  readonly entropy: Entropy;
}

export function createDomainAdapter(domain: Domain, parts: DomainParts): DomainAdapter {
  const { store, reader, entropy } = parts;
  const { name } = domain;
  const write = async (asked: BatchWrite): Promise<Written> => {
    const [written] = await writeAll([toWrite(domain, asked, entropy)], parts, false);
    if (!written) throw new AdapterError("INTERNAL", "A write came to nothing.");
    return written;
  };
  return {
    list: (query = {}, { signal } = {}) => reader.list(domain, query, signal),
    get: (id, { signal } = {}) => reader.get(domain, id, signal),
    create: (draft) => write({ kind: "create", domain: name, draft }),
    update: (id, changes) => write({ kind: "update", domain: name, id, changes }),
    remove: (id) => write({ kind: "remove", domain: name, id }),
    subscribe(listener) {
      let stage = stageOf(store.position, name);
      return store.subscribe((change) => {
        if (change.kind === "status") {
          const before = stage;
          stage = stageOf(store.position, name);
          if (stage !== before) listener({ ids: [] });
        }
        if (change.kind !== "records") return;
        const ids = change.keys.filter((key) => key.domain === name).map(({ id }) => id);
        if (ids.length > 0) listener({ ids });
      });
    },
  };
}

/** @throws what `Writer.write` throws */
export async function writeAll(
  writes: readonly Write[],
  { store, writer }: DomainParts,
  group: boolean,
): Promise<readonly Written[]> {
  const acknowledged = await writer.write(writes, group);
  return writes.map((write, i): Written => {
    const id = write.kind === "create" ? write.record.id : write.id;
    const view = store.get(write.domain, id);
    return { item: view && itemOf(view), acknowledged: acknowledged[i] ?? "pending" };
  });
}

/**
 * @throws NOT_FOUND for an id that is none, BAD_REQUEST for a key that no record may have (S12); what a field does not
 * take is the store's business
 */
export function toWrite(domain: Domain, asked: BatchWrite, entropy: Entropy): Write {
  const { name } = domain;
  if (asked.kind === "create") {
    checkKeys(asked.draft);
    const { id: given } = asked.draft;
    const id = parseRecordId(given === undefined ? entropy.uuid() : String(given));
    return {
      kind: "create",
      domain: name,
      record: { ...emptyRecord(domain, id, null), ...asked.draft, id } as AnyRecord,
    };
  }
  if (!isUuid(asked.id)) throw nothing(domain, asked.id);
  const id = parseRecordId(asked.id);
  if (asked.kind === "remove") return { kind: "delete", domain: name, id };
  checkKeys(asked.changes);
  return { kind: "update", domain: name, id, fields: asked.changes };
}

const nothing = ({ name }: Domain, id: string): AdapterError =>
  new AdapterError("NOT_FOUND", `There is no such record of ${name}.`, { place: `/${id.slice(0, 100)}` });

function checkKeys(fields: object): void {
  const forbidden = Object.keys(fields).find(isForbiddenKey);
  if (forbidden !== undefined)
    throw new AdapterError("BAD_REQUEST", `The key ${forbidden} is refused.`, { place: "/" });
}
