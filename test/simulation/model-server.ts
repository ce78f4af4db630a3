/** A server in memory that answers the wire of `/api/sync` and the stage as the real one does: for breadth. */
import type * as z from "zod/mini";
import type { DomainSet } from "../../src/domain/define-domain.ts";
import { AdapterError, errorKinds, isAdapterError } from "../../src/domain/errors.ts";
import { isUuid } from "../../src/domain/ids.ts";
import type { Stage } from "../../src/domain/stages.ts";
import {
  type ChangeDown,
  full,
  type MutationResult,
  maxMutations,
  patch,
  putStage,
} from "../../src/domain/sync-wire.ts";
import type { Tenant } from "../../src/server/db/with-tenant.ts";
import { push } from "./model-push.ts";
import { copySchool, emptySchool, type HistoryLine, type School } from "./model-school.ts";

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
  readonly tenant: Tenant;
}

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The process died: nobody gets an answer, and what was not committed is forgotten. */
export class ServerDied extends Error {}

export interface ModelOptions {
  readonly domains: DomainSet;
  /** True time. */
  readonly now: () => number;
  readonly stage?: Stage;
  /** Called at each place where the process may die; it may throw `ServerDied`. */
  readonly point?: (name: string) => void;
  readonly onCommit?: (seq: number) => void;
  /** A server that is busy: it takes fewer mutations and answers fewer changes than it is asked for. */
  readonly most?: { readonly mutations: number; readonly changes: number };
}

const day = 86_400_000;
const keptFor = 30 * day;

export class ModelServer {
  school: School;
  readonly #options: ModelOptions;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.school = emptySchool(options.stage ?? "off");
  }

  handle({ method, path, body, tenant }: Asked): Answered {
    try {
      const [route = "", query = ""] = path.split("?");
      const answer = this.#route(`${method} ${route}`, new URLSearchParams(query), body, tenant);
      return { status: 200, body: answer };
    } catch (error) {
      if (!isAdapterError(error)) throw error;
      const { code, place, facts, fix, message: detail } = error;
      const { status } = errorKinds[code];
      return {
        status,
        body: { title: code, status, code, detail, ...(place === undefined ? {} : { place }), fix, facts },
      };
    }
  }

  /** A copy to go back to. */
  backup(): School {
    return copySchool(this.school);
  }

  /** What a server does that was restored: stage and epoch are those of the backup as well. */
  restore(backup: School): void {
    this.school = copySchool(backup);
  }

  setStage(stage: Stage, domain?: string): void {
    const draft = copySchool(this.school);
    draft.epoch += 1;
    if (domain === undefined) {
      draft.stage = stage;
      draft.stages = {};
    } else {
      const { [domain]: _, ...others } = draft.stages;
      draft.stages = stage === draft.stage ? others : { ...others, [domain]: stage };
    }
    this.school = draft;
  }

  /** Forgets what is older than thirty days, but nothing that a device which was seen since then still needs. */
  purge(): void {
    const now = this.#options.now();
    const live = [...this.school.clients.values()].filter(({ seenAt }) => seenAt > now - keptFor);
    const needed = Math.min(this.school.seq, ...live.map(({ seenSeq }) => seenSeq));
    const draft = copySchool(this.school);
    const old = draft.history.filter(({ seq, at }) => seq <= needed && at <= now - keptFor);
    const newest = old.at(-1);
    if (newest) {
      draft.archive = [...draft.archive, ...old.filter(({ seq }) => seq <= newest.seq)];
      draft.floor = { seq: newest.seq, chain: newest.chain };
      draft.history = draft.history.filter(({ seq }) => seq > newest.seq);
    }
    for (const { domain, id, version } of old) {
      const key = `${domain}/${id}`;
      const slot = draft.slots.get(key);
      if (!slot) continue;
      const past = new Map([...slot.past].filter(([ended]) => ended >= version));
      // That a record was there is not forgotten: a late update brings nothing back.
      draft.slots.set(key, { ...slot, past });
    }
    for (const [key, known] of draft.known) {
      if (known.at <= now - keptFor) draft.known.set(key, { ...known, known: null });
    }
    this.school = draft;
  }

  #route(route: string, query: URLSearchParams, body: unknown, tenant: Tenant): Record<string, unknown> {
    switch (route) {
      case "POST /api/sync/patch":
        return this.#patch(body, tenant);
      case "POST /api/sync/full":
        return this.#full(body);
      case "GET /api/sync/clients": {
        const ids = (query.get("ids") ?? "").split(",").filter((id) => id !== "");
        if (ids.some((id) => !isUuid(id))) throw new AdapterError("BAD_REQUEST", "ids", { place: "/ids" });
        const last = (id: string): number => {
          const client = this.school.clients.get(id);
          return client?.user === tenant.user ? client.last : 0;
        };
        return { clients: ids.map((id) => ({ id, last: last(id) })), seq: this.school.seq };
      }
      case "GET /api/migration/stage":
        return this.#stage();
      case "PUT /api/migration/stage": {
        if (tenant.role !== "admin") throw new AdapterError("FORBIDDEN", "Only an administrator changes the stage.");
        const { stage, domain, epoch } = parse(putStage, body);
        if (domain !== undefined) this.#options.domains.get(domain);
        if (epoch !== this.school.epoch) {
          throw new AdapterError("EPOCH_STALE", "The epoch is another.", { facts: { epoch: this.school.epoch } });
        }
        this.setStage(stage, domain);
        return this.#stage();
      }
      default:
        throw new AdapterError("NOT_FOUND", "There is no such route.");
    }
  }

  #stage(): Record<string, unknown> {
    const { stage, epoch, stages, seq } = this.school;
    return { stage, epoch, stages, seq };
  }

  #patch(raw: unknown, tenant: Tenant): Record<string, unknown> {
    const body = parse(patch, raw);
    const { domains, now, point = () => {}, onCommit, most } = this.#options;
    if (body.mutations.length > maxMutations) {
      throw new AdapterError("LIMIT", "Too many mutations.", { facts: { limit: maxMutations } });
    }
    refuseOtherSchemas(domains, body);
    point("begun");
    const draft = copySchool(this.school);
    const from = placeOf(draft, body.cursor);
    const pushed = push(draft, { domains, tenant, now: now(), point, most: most?.mutations }, body);
    const pulled = pull(domains, draft, from, Math.min(body.limit ?? 1000, most?.changes ?? 5000));
    // A client that only pulls is remembered, too: nothing is purged that it has not seen.
    const client = draft.clients.get(body.clientId) ?? { user: tenant.user, last: 0, retired: false };
    draft.clients.set(body.clientId, { ...client, seenSeq: from, seenAt: now() });
    point("before commit");
    const moved = draft.seq > this.school.seq;
    this.school = draft;
    if (moved) onCommit?.(draft.seq);
    point("committed");
    const { seq, epoch, stage, stages } = draft;
    const results: readonly MutationResult[] = pushed.results;
    return { results, ...pulled, last: pushed.last, seq, epoch, stage, stages, serverTime: this.#time() };
  }

  #full(raw: unknown): Record<string, unknown> {
    const { token, limit: asked = 1000 } = parse(full, raw);
    const limit = Math.min(asked, this.#options.most?.changes ?? 5000);
    const { school } = this;
    const [cursor = cursorOf(school), domain = "", after = ""] = token?.split("~") ?? [];
    const seq = placeOf(school, cursor);
    const first = new Map<string, HistoryLine>();
    for (const line of school.history) {
      const key = `${line.domain}/${line.id}`;
      if (line.seq > seq && !first.has(key)) first.set(key, line);
    }
    const { all } = this.#options.domains;
    const start = token === undefined ? 0 : all.findIndex(({ name }) => name === domain);
    if (start < 0) throw new AdapterError("BAD_REQUEST", "The token is not one of a snapshot.", { place: "/token" });
    const rows = all.slice(start).flatMap(({ name }) =>
      [...school.slots]
        .filter(([key]) => key.startsWith(`${name}/`))
        .map(([key, slot]): ChangeDown & { key: string } => {
          const line = first.get(key);
          const record = line ? line.before : slot.record;
          const version = line ? line.version - 1 : slot.version;
          return { key, domain: name, id: key.slice(name.length + 1), record, version };
        })
        .filter((row) => row.record !== null && !(name === domain && row.id <= after))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const { epoch, stage, stages } = school;
    return {
      records: page.map(({ domain: name, id, record, version }) => ({ domain: name, id, record, version })),
      cursor,
      token: rows.length > limit && last ? `${cursor}~${last.domain}~${last.id}` : null,
      epoch,
      stage,
      stages,
      serverTime: this.#time(),
    };
  }

  #time(): string {
    return new Date(this.#options.now()).toISOString();
  }
}

const cursorOf = ({ seq, chain }: { readonly seq: number; readonly chain: string }): string => `${seq}.${chain}`;

function refuseOtherSchemas(domains: DomainSet, { schemaVersions = {}, mutations }: z.infer<typeof patch>): void {
  for (const name of new Set(mutations.map((m) => m.domain))) {
    const theirs = schemaVersions[name];
    if (theirs === undefined || !domains.has(name) || theirs === domains.get(name).schemaVersion) continue;
    const code = theirs < domains.get(name).schemaVersion ? "CLIENT_OUTDATED" : "SCHEMA_NEWER";
    throw new AdapterError(code, `The schema of ${name} is another.`, { facts: { domain: name } });
  }
}

/** @throws RESYNC_REQUIRED when it is no cursor of this history */
function placeOf(school: School, cursor: string | null): number {
  if (cursor === null) {
    if (school.floor.seq === 0) return 0;
    throw refused(school, "purged");
  }
  const [text = "", chain = ""] = cursor.split(".");
  const seq = Number(text);
  const known = seq === school.floor.seq ? school.floor.chain : school.history[seq - school.floor.seq - 1]?.chain;
  if (!/^(0|[1-9]\d{0,14})$/.test(text) || known === undefined || known !== chain) {
    throw refused(school, /^\d+$/.test(text) && seq < school.floor.seq ? "purged" : "unknown");
  }
  return seq;
}

const refused = ({ seq }: School, reason: string): AdapterError =>
  new AdapterError("RESYNC_REQUIRED", "The cursor does not belong to this school's history.", {
    place: "/cursor",
    facts: { seq, reason },
  });

function pull(domains: DomainSet, school: School, from: number, limit: number) {
  const begin = from - school.floor.seq;
  const page = school.history.slice(begin, begin + limit);
  const changes: ChangeDown[] = [];
  for (const { name } of domains.all) {
    const lines = page.filter((line) => line.domain === name);
    for (const id of new Set(lines.map((line) => line.id))) {
      const slot = school.slots.get(`${name}/${id}`);
      if (slot?.record) changes.push({ domain: name, id, record: slot.record, version: slot.version });
      else if (lines.some((line) => line.id === id && line.before !== null)) {
        changes.push({ domain: name, id, record: null, version: null });
      }
    }
  }
  const last = page.at(-1);
  return {
    changes,
    cursor: last ? cursorOf(last) : cursorOf({ seq: from, chain: chainAt(school, from) }),
    more: school.history.length > begin + limit,
  };
}

const chainAt = (school: School, seq: number): string =>
  seq === school.floor.seq ? school.floor.chain : (school.history[seq - school.floor.seq - 1]?.chain ?? "");

function parse<T>(schema: z.ZodMiniType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.map(String).join("/") ?? "";
  throw new AdapterError("BAD_REQUEST", `The request does not fit at /${path}.`, { place: `/${path}` });
}
