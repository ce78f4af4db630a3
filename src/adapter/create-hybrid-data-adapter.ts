/** Makes an adapter: the one place where the real ports are built and everything is put together. */
import { type Domain, domainSet } from "../domain/define-domain.ts";
import { schoolIdOf } from "../domain/ids.ts";
import { openStorage } from "../local/localforage-storage.ts";
import { openRecordStore } from "../local/open-record-store.ts";
import { browserFetch } from "../platform/browser-fetch.ts";
import { browserPlatform } from "../platform/browser-platform.ts";
import { browserSocket } from "../platform/browser-socket.ts";
import { browserDisk } from "../platform/disk.ts";
import { browserHints } from "../platform/hints.ts";
import { browserLegacyValues } from "../platform/legacy-values.ts";
import type { Platform } from "../platform/platform.ts";
import { AutoRecoveryManager } from "../recovery/auto-recovery-manager.ts";
import type { SchoolDomain } from "../remote/api/school-domain.ts";
import { createLiveChannel } from "../remote/live-channel.ts";
import { createSyncTransport } from "../remote/sync-transport.ts";
import { schoolDomains } from "../school/domains.ts";
import { createSyncEngine, type SyncEngineOptions } from "../sync/engine.ts";
import { type Adopting, adoptLegacy, type LegacyOptions } from "./adopt-legacy.ts";
import { assemble } from "./assemble.ts";
import type { HybridDataAdapter } from "./contract.ts";
import { withFreshToken } from "./fresh-token.ts";
import { checkOptions, type HybridDataAdapterOptions, type ServerOptions } from "./options.ts";

/**
 * Opens this user's store and begins to keep it and the server equal.
 * @throws CONFIG_INVALID naming the setting, before anything is opened; what `openStorage` and `openRecordStore` throw
 * @example
 * ```ts
 * const adapter = await createHybridDataAdapter({
 *   school: "lindenhof",
 *   user: session.user,
 *   server: { baseUrl: "https://school.example", token: () => session.token() },
 * });
 * await adapter.students.create({ name: "Ada" });
 * const page = await adapter.students.list({ sort: "name", limit: 50 });
 * ```
 */
export async function createHybridDataAdapter<const D extends Domain = SchoolDomain>(
  options: HybridDataAdapterOptions<D>,
): Promise<HybridDataAdapter<D>> {
  const domains = domainSet(options.domains ?? schoolDomains);
  checkOptions(options, domains.all);
  const platform = options.platform ?? browserPlatform();
  const { timers, entropy } = platform;
  // Before anything is opened, because a policy that makes no sense throws here.
  const recovery = new AutoRecoveryManager({ timers, entropy, ...options.recovery });
  const name = `${schoolIdOf(options.school)}/${options.user}`;
  const storage = options.storage ?? (await openHere(name, platform));
  const store = await openRecordStore({ storage, domains, platform, name, ...options.store });
  const { legacy } = options;
  const adopting = { store, storage, domains, school: schoolIdOf(options.school), clock: platform.clock };
  const adopted = legacy ? await adopt(adopting, legacy) : [];
  const server = options.server && { ...options.server, fetch: options.server.fetch ?? browserFetch };
  const sync = server ? createSyncEngine({ store, platform, domains, name, ...channels(server, platform) }) : null;
  const parts = { store, storage, domains, platform, recovery, sync, adopted };
  return assemble<D>(parts, { ...options, name, server: server ?? null });
}

/** An app that cannot be made leaves no store open behind it. */
async function adopt(adopting: Adopting, { values = browserLegacyValues, shared }: LegacyOptions) {
  try {
    return await adoptLegacy(adopting, await values(), shared);
  } catch (error) {
    await adopting.store.close();
    throw error;
  }
}

const openHere = (name: string, { timers }: Platform) =>
  openStorage({ name: `hybrid-data-adapter/${name}`, disk: browserDisk(), timers, hints: browserHints() });

function channels(
  { baseUrl, token, fetch, WebSocket = browserSocket() }: ServerOptions & { readonly fetch: typeof browserFetch },
  { timers, entropy }: Platform,
): Pick<SyncEngineOptions, "transport" | "live"> {
  const bearer = (): string | Promise<string> => token();
  const transport = createSyncTransport({ fetch: withFreshToken(fetch, token), baseUrl, token: bearer, timers });
  if (WebSocket === null) return { transport };
  return { transport, live: createLiveChannel({ WebSocket, baseUrl, token: bearer, timers, entropy }) };
}
