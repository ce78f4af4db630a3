/** Puts what was read into a domain's state; what is as it was keeps its reference, so that no selector runs again. */
import { createEntityAdapter } from "@reduxjs/toolkit";
import type { Item } from "../src/adapter/contract.ts";
import type { AnyRecord } from "../src/domain/define-domain.ts";
import type { DomainState, RecordMeta } from "./domain-state.ts";

const entities = createEntityAdapter<AnyRecord, string>({ selectId: (record) => record.id });

export function putItems(state: DomainState, items: readonly Item[]): DomainState {
  const fresh = items.filter((item) => !isOlder(state, item) && !isHeld(state, item));
  if (fresh.length === 0) return state;
  const meta: Record<string, RecordMeta> = { ...state.meta };
  for (const { record, version, state: at } of fresh) meta[record.id] = { version, state: at };
  return {
    ...entities.setMany(
      state,
      fresh.map(({ record }) => record),
    ),
    meta,
  };
}

export function removeItems(state: DomainState, ids: readonly string[]): DomainState {
  const gone = ids.filter((id) => Object.hasOwn(state.entities, id));
  if (gone.length === 0) return state;
  const meta: Record<string, RecordMeta> = { ...state.meta };
  for (const id of gone) delete meta[id];
  const without = new Set(gone);
  const lists = Object.fromEntries(
    Object.entries(state.lists).map(([key, list]) => [
      key,
      list.ids.some((id) => without.has(id)) ? { ...list, ids: list.ids.filter((id) => !without.has(id)) } : list,
    ]),
  );
  return { ...entities.removeMany(state, gone), meta, lists };
}

/** An answer that was on its way while a newer one arrived. */
const isOlder = ({ meta }: DomainState, { record, version }: Item): boolean => {
  const held = meta[record.id]?.version ?? null;
  return held !== null && version !== null && version < held;
};

function isHeld({ entities, meta }: DomainState, { record, version, state: at }: Item): boolean {
  const held = meta[record.id];
  if (!held || held.version !== version || held.state !== at) return false;
  // The local side hands out the record itself; the server's answer is a new object of the same version.
  return entities[record.id] === record || (version !== null && at === "synced");
}
