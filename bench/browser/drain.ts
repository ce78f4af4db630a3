/** T9 in the page: an outbox that drains through the sync engine, and the same rows pushed by hand. */
import { formatHlc } from "../../src/domain/hlc.ts";
import { maxMutations } from "../../src/domain/sync-wire.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import { browserPlatform } from "../../src/platform/browser-platform.ts";
import { createSyncTransport } from "../../src/remote/sync-transport.ts";
import { createSyncEngine } from "../../src/sync/engine.ts";
import { domains, openOurs } from "./ours.ts";
import { marksUpTo } from "./records.ts";

const platform = browserPlatform();

export interface Drained {
  /** Milliseconds. */
  readonly took: number;
  readonly requests: number;
}

/** From the engine's start until everything is answered and stored, on a device that has synchronised before. */
export async function drained(name: string, token: string, count: number): Promise<Drained> {
  const store = await openOurs(name);
  await synced(store, name, token);
  await Promise.all(marksUpTo(count).map((record) => store.commit([{ kind: "create", domain: "attendance", record }])));
  const drain = await synced(store, name, token);
  if (store.count("attendance") !== count || store.parked().length > 0) throw new Error("not all arrived");
  await store.close();
  return drain;
}

async function synced(store: RecordStore, name: string, token: string): Promise<Drained> {
  let requests = 0;
  const transport = createSyncTransport({
    fetch: (request) => {
      requests += 1;
      return fetch(request);
    },
    baseUrl: location.origin,
    token: () => token,
    timers: platform.timers,
  });
  const engine = createSyncEngine({ store, transport, platform, domains, name });
  const done = Promise.withResolvers<void>();
  // Not syncNow(), which would ask once more after the round that is under way.
  engine.subscribe(({ phase, outbox, error, paused }) => {
    if (phase === "idle" && outbox.mutations === 0) done.resolve();
    else if (error !== null || paused.length > 0) done.reject(new Error(`${error?.code} ${paused.join()}`));
  });
  const began = performance.now();
  engine.start();
  await done.promise;
  const took = performance.now() - began;
  await engine.close();
  return { took, requests };
}

/** The same creates by hand: their JSON is made beforehand, the answers are parsed and thrown away. */
export async function pushed(token: string, count: number): Promise<Drained> {
  const clientId = crypto.randomUUID();
  const texts = marksUpTo(count).map(({ id, ...fields }, at) =>
    JSON.stringify({
      id: at + 1,
      kind: "create",
      domain: "attendance",
      recordId: id,
      base: null,
      fields,
      at: new Date().toISOString(),
      hlc: formatHlc({ ms: Date.now(), counter: at, node: clientId }),
    }),
  );
  const began = performance.now();
  let requests = 0;
  let batch = maxMutations;
  for (let done = 0; done < count; requests += 1) {
    const mutations = texts.slice(done, done + batch).join(",");
    const answer = await fetch("/api/sync/patch", {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: `{"clientId":"${clientId}","epoch":1,"mutations":[${mutations}],"cursor":null,"limit":1}`,
    });
    const said = (await answer.json()) as { readonly results?: readonly unknown[]; readonly code?: string };
    if (said.results === undefined) throw new Error(`the push was refused: ${answer.status} ${said.code}`);
    // The server takes as many as it can in the time it may hold the school: fewer, perhaps, than it was sent.
    batch = Math.min(maxMutations, 2 * Math.max(1, said.results.length));
    done += said.results.length;
  }
  return { took: performance.now() - began, requests };
}
