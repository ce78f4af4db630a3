/** A small app's domains and stores over them, for tests of the local side. */
import { type AnyRecord, defineDomain, domainSet } from "../../src/domain/define-domain.ts";
import { id, integer, nullable, text } from "../../src/domain/fields.ts";
import { parseRecordId, type RecordId } from "../../src/domain/ids.ts";
import type { MutationResult } from "../../src/domain/sync-wire.ts";
import { type OpenOptions, openRecordStore } from "../../src/local/open-record-store.ts";
import type { LoggedMutation, RecordStore, ReplyStep } from "../../src/local/record-store.ts";
import type { Storage } from "../../src/local/storage.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { uuid } from "./records.ts";

const everybody = { admin: "write", teacher: "write", student: "read", viewer: "read" } as const;
const shape = { sortKeys: {}, conflict: "mergeFields", rights: everybody, migrations: [] } as const;

export const teams = defineDomain({
  ...shape,
  name: "teams",
  fields: { name: text({ min: 1 }), parentId: nullable(id()) },
  references: { parentId: { to: "teams", onDelete: "detach" } },
});

export const tasks = defineDomain({
  ...shape,
  name: "tasks",
  fields: { title: text({ min: 1 }), points: nullable(integer()), teamId: nullable(id()) },
  references: { teamId: { to: "teams", onDelete: "restrict" } },
});

export const taskDomains = domainSet([teams, tasks]);

export const recordId = (n: number): RecordId => parseRecordId(uuid(n));

export const task = (n: number, title = `task ${n}`, more: object = {}): AnyRecord => ({
  id: recordId(n),
  externalId: null,
  title,
  points: null,
  teamId: null,
  extra: {},
  ...more,
});

export const team = (n: number, name = `team ${n}`, more: object = {}): AnyRecord => ({
  id: recordId(n),
  externalId: null,
  name,
  parentId: null,
  extra: {},
  ...more,
});

export const createTask = (n: number, title?: string, more?: object) =>
  ({ kind: "create", domain: "tasks", record: task(n, title, more) }) as const;
export const updateTask = (n: number, fields: object) =>
  ({ kind: "update", domain: "tasks", id: recordId(n), fields: { ...fields } }) as const;
export const deleteTask = (n: number) => ({ kind: "delete", domain: "tasks", id: recordId(n) }) as const;

export const openStore = (
  storage: Storage,
  platform: Platform,
  more: Partial<OpenOptions> = {},
): Promise<RecordStore> => openRecordStore({ storage, platform, domains: taskDomains, name: "test", ...more });

/** What is seen of a domain: title or name by number, in the order of the ids. */
export const titles = (store: RecordStore, domain = "tasks"): string[] =>
  [...store.all(domain)]
    .sort((a, b) => (a.record.id < b.record.id ? -1 : 1))
    .map(({ record }) => String(record.title ?? record.name));

export const position = (stage: ReplyStep["position"]["stage"], epoch = 1): ReplyStep["position"] => ({
  stage,
  stages: {},
  epoch,
});

export const cursorAt = (seq: number): string => `${seq}.${"0".repeat(16)}`;

export const change = (domain: string, record: AnyRecord | null, version: number | null, recordId?: RecordId) => ({
  domain,
  id: record?.id ?? recordId ?? uuid(0),
  record: record && { ...record },
  version,
});

/** All of them applied, at the versions given by their place in the school's history. */
export const applied = (mutations: readonly LoggedMutation[], from = 1): (MutationResult & { client: string })[] =>
  mutations.map(({ client, id, kind }, i) => ({
    client,
    id,
    status: "applied",
    ...(kind === "delete" ? {} : { version: from + i }),
  }));

export const reply = (seq: number, part: Partial<ReplyStep> = {}): ReplyStep => ({
  results: [],
  changes: [],
  cursor: cursorAt(seq),
  seq,
  position: position("dualwrite"),
  ...part,
});

export const wide = { maxBytes: 1e9, maxMutations: 1e9 };
