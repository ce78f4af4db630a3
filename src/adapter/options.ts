/** What an adapter is made of, and whether it makes sense. */
import type { Domain } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import { type Stage, stage } from "../domain/stages.ts";
import type { OpenOptions } from "../local/open-record-store.ts";
import type { Storage } from "../local/storage.ts";
import type { Platform } from "../platform/platform.ts";
import type { AutoRecoveryOptions } from "../recovery/auto-recovery-manager.ts";
import type { TokenProvider } from "../remote/api/school-base-query.ts";
import type { LiveChannelOptions } from "../remote/live-channel.ts";
import type { LegacyOptions } from "./adopt-legacy.ts";

/** `local-first`: in a stage that reads from the server the local side answers at once, and a subscription tells of the server's answer. */
export type ReadPolicy = "network-first" | "local-first";

export interface ServerOptions {
  /** Up to, not including, `/api`; empty for the page's own server. */
  readonly baseUrl: string;
  readonly token: TokenProvider;
  /** The page's own without it. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** For pokes; the page's own without it, none with `null`: then the timer alone looks. */
  readonly WebSocket?: LiveChannelOptions["WebSocket"] | null;
}

export interface HybridDataAdapterOptions<D extends Domain = Domain> {
  /** A UUID, or a word that stands for one: the same word is the same school everywhere. */
  readonly school: string;
  /** On a shared computer everybody has a store of their own. */
  readonly user: string;
  /** The twelve domains of a school without it; give the same as to the server. */
  readonly domains?: readonly D[];
  /** Of this build of the app, such as `1.4.0`: what a server that names a `minimumClient` goes by. */
  readonly clientVersion?: string;
  /** Without it everything stays in this browser. */
  readonly server?: ServerOptions;
  /** `network-first` without it. */
  readonly readPolicy?: ReadPolicy;
  /** How long a caller waits for the server, in milliseconds; 4,000 without it. */
  readonly answerWithinMs?: number;
  /** The share of reads that are compared with the other side, 0 to 1; a tenth without it. */
  readonly compareShare?: number;
  /** False while this device's journal is not verified, or the rollout leaves this user out; always true without it. */
  readonly readsFromServer?: () => boolean;
  /** In which stage a store without a server works; `off` without it. */
  readonly stage?: Stage;
  /**
   * Archives what the old app stored in this browser, here and on the server, and adopts it, on the first start; with
   * `mirrorLegacy` its layout is kept current for its previous version. Nothing is looked for without it.
   */
  readonly legacy?: LegacyOptions;
  readonly recovery?: Omit<AutoRecoveryOptions, "timers" | "entropy">;
  readonly store?: Pick<OpenOptions, "limits" | "promoteUnconfirmed" | "maxEntriesBeforeCompaction">;
  /** Our driver on this browser's IndexedDB without it. */
  readonly storage?: Storage;
  /** The page's own without it. */
  readonly platform?: Platform;
}

/** Names that the adapter itself has: a domain of that name could not be reached. */
const taken: ReadonlySet<string> = new Set([
  "domain",
  "batch",
  "status",
  "onStatus",
  "onMismatch",
  "setMode",
  "setStage",
  "syncNow",
  "tokenChanged",
  "logout",
  "exportUnsent",
  "close",
  "parts",
  "then",
]);

/** @throws CONFIG_INVALID naming the setting (B18) */
export function checkOptions(options: HybridDataAdapterOptions, domains: readonly Domain[]): void {
  const { school, user, server, readPolicy = "network-first", answerWithinMs = 1, compareShare = 0 } = options;
  if (school.trim() === "") throw invalid("school", "it is empty");
  if (user.trim() === "") throw invalid("user", "it is empty");
  if (server?.baseUrl.endsWith("/")) throw invalid("server/baseUrl", "it ends with a slash");
  if (readPolicy !== "network-first" && readPolicy !== "local-first") {
    throw invalid("readPolicy", "it is neither network-first nor local-first");
  }
  // A timer cannot hold more than 2^31 - 1 milliseconds.
  if (!(answerWithinMs > 0 && answerWithinMs < 2 ** 31)) throw invalid("answerWithinMs", "no number of milliseconds");
  if (!(compareShare >= 0 && compareShare <= 1)) throw invalid("compareShare", "it is not between 0 and 1");
  if (options.stage !== undefined && !stage.safeParse(options.stage).success) throw invalid("stage", "no such stage");
  if (options.stage !== undefined && server) throw invalid("stage", "with a server, the server says it");
  const { mirrorLegacy } = options.legacy ?? {};
  const afterMs = typeof mirrorLegacy === "object" ? (mirrorLegacy.afterMs ?? 0) : 0;
  if (!(afterMs >= 0 && afterMs < 2 ** 31)) throw invalid("legacy/mirrorLegacy/afterMs", "no number of milliseconds");
  const clash = domains.find(({ name }) => taken.has(name));
  if (clash) throw invalid("domains", `the name ${clash.name} is the adapter's own`);
}

const invalid = (place: string, what: string): AdapterError =>
  new AdapterError("CONFIG_INVALID", `The adapter's setting ${place} is refused: ${what}.`, { place });
