/** Puts records on the server as a device would: by a push, parents first. */
import type { Domain, DomainSet } from "../src/domain/define-domain.ts";
import { AdapterError, errorKinds } from "../src/domain/errors.ts";
import { tickHlc } from "../src/domain/hlc.ts";
import { parseRecordId } from "../src/domain/ids.ts";
import { emptyRecord } from "../src/domain/record.ts";
import { type Mutation, maxMutations, patchAnswer } from "../src/domain/sync-wire.ts";

/** By domain; a field that may be absent may be left out, and so may the id. */
export type SeedRecords = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** One client for all of them; a reset forgets it together with what it sent. */
const clientId = "00000000-0000-4000-8000-5eed00000000";

/** @throws NOT_FOUND for a domain that is not there; the server's refusal, naming the record */
export async function seedRecords(
  domains: DomainSet,
  records: SeedRecords,
  send: (body: object) => Promise<unknown>,
): Promise<void> {
  for (const name of Object.keys(records)) domains.get(name);
  const mutations = creates(domains.all.flatMap((domain) => (records[domain.name] ?? []).map((r) => ({ domain, r }))));
  for (let from = 0; from < mutations.length; ) {
    const batch = mutations.slice(from, from + maxMutations);
    const { results } = patchAnswer.parse(await send({ clientId, epoch: 0, mutations: batch, cursor: null, limit: 1 }));
    for (const [i, { status, code, place }] of results.entries()) {
      if (status === "applied") continue;
      const refused = batch[i];
      const known =
        code !== undefined && Object.hasOwn(errorKinds, code) ? (code as keyof typeof errorKinds) : "INTERNAL";
      throw new AdapterError(known, `A seed record of ${refused?.domain} was ${status}: ${code ?? "no reason"}.`, {
        place: place ?? refused?.recordId,
      });
    }
    // The server takes as many as fit its time, and at least one.
    from += Math.max(1, results.length);
  }
}

function creates(seeds: readonly { readonly domain: Domain; readonly r: Readonly<Record<string, unknown>> }[]) {
  let hlc: string | null = null;
  const now = Date.now();
  return seeds.map(({ domain, r: { id = crypto.randomUUID(), ...given } }, i): Mutation => {
    const recordId = parseRecordId(String(id));
    const { id: _, ...empty } = emptyRecord(domain, recordId, null);
    hlc = tickHlc(hlc, now, clientId);
    const fields = { ...empty, ...given };
    const at = new Date(now).toISOString();
    return { id: i + 1, kind: "create", domain: domain.name, recordId, base: null, fields, at, hlc };
  });
}
