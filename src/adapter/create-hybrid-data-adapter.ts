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
import type { Platform } from "../platform/platform.ts";
import { AutoRecoveryManager } from "../recovery/auto-recovery-manager.ts";
import type { SchoolDomain } from "../remote/api/school-domain.ts";
import { createLiveChannel } from "../remote/live-channel.ts";
import { createSyncTransport } from "../remote/sync-transport.ts";
import { schoolDomains } from "../school/domains.ts";
import { createSyncEngine, type SyncEngineOptions } from "../sync/engine.ts";
import { assemble } from "./assemble.ts";
import type { HybridDataAdapter } from "./contract.ts";
import { withFreshToken } from "./fresh-token.ts";
import { checkOptions, type HybridDataAdapterOptions, type ServerOptions } from "./options.ts";
import { tokenOfSchool } from "./token-of-school.ts";

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
  const { legacy, clientVersion } = options;
  const schoolId = schoolIdOf(options.school);
  const adopting = { store, storage, domains, school: schoolId, clock: platform.clock };
  // Loaded by an app that has a past only.
  const [adoptHere, keepLegacy] = legacy
    ? [(await import("./adopt-here.ts")).adoptHere, (await import("./legacy-house.ts")).keepLegacy]
    : [null, null];
  const adopted = legacy && adoptHere ? await adoptHere(adopting, legacy, timers) : [];
  const server = options.server && {
    ...options.server,
    token: tokenOfSchool(options.server.token, schoolId),
    fetch: options.server.fetch ?? browserFetch,
  };
  const sync = server
    ? createSyncEngine({ store, platform, domains, name, clientVersion, ...channels(server, platform) })
    : null;
  const parts = { store, storage, domains, platform, recovery, sync, adopted };
  return assemble<D>(parts, { ...options, name, schoolId, keepLegacy, server: server ?? null });
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
