/** What a human decides after an import: conflicts, and records entered twice; one typed function for each route. */
import * as conflicts from "../domain/conflict-wire.ts";
import * as people from "../domain/people-wire.ts";
import { httpClient } from "./http-client.ts";
import type { RemoteOptions } from "./options.ts";

export interface ConflictsOptions {
  readonly remote: RemoteOptions;
  /** Only those of this import. */
  readonly importId?: string;
}

/** Every open conflict that the caller may see, those of sync first. @throws IMPORT_UNKNOWN */
export async function listConflicts({ remote, importId }: ConflictsOptions): Promise<conflicts.OpenConflict[]> {
  const client = httpClient(remote);
  const found: conflicts.OpenConflict[] = [];
  let after: string | null = null;
  do {
    const search = new URLSearchParams({ limit: "500" });
    if (importId !== undefined) search.set("import", importId);
    if (after !== null) search.set("after", after);
    const path = `/api/conflicts?${search}`;
    const page: conflicts.ConflictPage = await client.send({ method: "GET", path, answer: conflicts.conflictPage });
    found.push(...page.conflicts);
    after = page.next;
  } while (after !== null);
  return found;
}

/**
 * Decides conflicts, all or none; a decision sent again is left as it is.
 * @throws NOT_FOUND, FORBIDDEN, REFERENCED, REFERENCE_MISSING, UNIQUE_TAKEN, with the conflict as its place
 */
export const resolveConflicts = (
  remote: RemoteOptions,
  body: conflicts.ResolveOpen,
): Promise<conflicts.ResolveOpenAnswer> =>
  httpClient(remote).send({
    method: "POST",
    path: "/api/conflicts/resolve",
    body,
    answer: conflicts.resolveOpenAnswer,
  });

/** Two records of one domain; without a domain it is the one that holds them. */
interface Two {
  readonly domain?: string;
  /** Says what would be done; does nothing. */
  readonly dryRun?: boolean;
}

/** Records that were entered twice, and what a human made of them. */
export interface People {
  /** Pairs with the same natural key, but for those kept apart. */
  candidates(domain?: string): Promise<people.CandidatePairs["pairs"]>;
  aliases(): Promise<people.AliasList["aliases"]>;
  /** @throws NOT_FOUND, UNIQUE_TAKEN */
  join(pair: Two & { readonly survivor: string; readonly other: string }): Promise<people.JoinAnswer>;
  /** @throws NOT_FOUND for a record that was not joined; REFERENCED when its survivor was joined itself */
  split(one: Two & { readonly other: string }): Promise<people.SplitAnswer>;
  /** @throws NOT_FOUND */
  keepApart(pair: {
    readonly domain?: string;
    readonly a: string;
    readonly b: string;
  }): Promise<{ readonly domain: string }>;
}

export function peopleOf(remote: RemoteOptions): People {
  const client = httpClient(remote);
  const path = "/api/people";
  return {
    candidates: async (domain) => {
      const query = domain === undefined ? "" : `?${new URLSearchParams({ domain })}`;
      return (await client.send({ method: "GET", path: `${path}${query}`, answer: people.candidatePairs })).pairs;
    },
    aliases: async () =>
      (await client.send({ method: "GET", path: `${path}/aliases`, answer: people.aliasList })).aliases,
    join: (body) => client.send({ method: "POST", path: `${path}/join`, body, answer: people.joinAnswer }),
    split: (body) => client.send({ method: "POST", path: `${path}/split`, body, answer: people.splitAnswer }),
    keepApart: (body) => client.send({ method: "POST", path: `${path}/apart`, body, answer: people.keepApartAnswer }),
  };
}
