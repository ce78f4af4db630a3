/** What goes on beside the adapter for the old app's sake: its archive on the way to the server, and the mirror. */
import { isAdapterError } from "../domain/errors.ts";
import type { SchoolId } from "../domain/ids.ts";
import type { RemoteOptions } from "../migration/options.ts";
import { type Bell, createBell } from "../platform/bell.ts";
import { browserOldStorage } from "../platform/old-storage.ts";
import { browserSaveFile } from "../platform/save-file.ts";
import type { LegacyOptions } from "./adopt-legacy.ts";
import type { AdapterParts } from "./contract.ts";
import { adoptedPlaces, notePlace, readArchived, readPlace } from "./legacy-archive.ts";
import { namespaceFor } from "./legacy-records.ts";
import { type LegacyStatus, type MirrorStatus, newMirror, warningsOf } from "./legacy-status.ts";
import { sendArchives } from "./send-archive.ts";

export interface LegacyHouseOptions {
  readonly parts: Omit<AdapterParts, "losses" | "adopted">;
  readonly legacy: LegacyOptions;
  readonly name: string;
  readonly school: SchoolId;
  readonly server: Pick<RemoteOptions, "fetch" | "baseUrl" | "token"> | null;
  readonly signal: AbortSignal;
  readonly changed: () => void;
}

export interface LegacyHouse {
  status(): LegacyStatus;
  /** The mirror looks again: a loss was settled. */
  look(): void;
  /** Resolves when the signal has aborted and all that was under way is over. */
  readonly ended: Promise<void>;
}

/** Of the sources: the one place that the mirror writes to. */
const mirrored = "localStorage";
const gatherFor = 1000;

export function keepLegacy(options: LegacyHouseOptions): LegacyHouse {
  const { parts, legacy, signal, changed, server } = options;
  const { timers, connectivity } = parts.platform;
  const bells = { archive: createBell(timers), mirror: createBell(timers) };
  let unsent: Pick<LegacyStatus, "unsentArchives" | "unsentWhy"> = { unsentArchives: 0, unsentWhy: null };
  let mirror: MirrorStatus | null = legacy.mirrorLegacy ? newMirror : null;

  const ends = [
    connectivity.subscribe(() => {
      bells.archive.ring();
      bells.mirror.ring();
    }),
    parts.sync?.subscribe(({ phase }) => {
      // It has just had an answer: the server is there.
      if (phase === "idle") bells.archive.ring();
    }),
  ];
  signal.addEventListener("abort", () => {
    for (const end of ends) end?.();
  });

  async function archives(): Promise<void> {
    if (server === null) return;
    const { storage, platform } = parts;
    const told = (waiting: number, why: string | null): void => {
      unsent = { unsentArchives: waiting, unsentWhy: why };
      changed();
    };
    await sendArchives({ storage, platform, name: options.name, server, bell: bells.archive, signal, told });
  }

  async function mirroring(): Promise<void> {
    const tell = (status: MirrorStatus): void => {
      mirror = status;
      changed();
    };
    try {
      await keep(options, bells.mirror, tell);
    } catch (error) {
      // The place itself is shut off, or the notes cannot be read: said, and tried again at the next start.
      tell({ ...newMirror, state: "paused", why: isAdapterError(error) ? error.code : "STORAGE_UNAVAILABLE" });
    }
  }

  const ended = Promise.all([archives(), legacy.mirrorLegacy ? mirroring() : undefined]).then(() => undefined);
  return {
    status: () => ({ ...unsent, mirror, warnings: warningsOf(mirror) }),
    look: bells.mirror.ring,
    ended,
  };
}

/** Only a place whose records are all in the store may be mirrored: what is not here would be taken for deleted. */
async function keep(options: LegacyHouseOptions, bell: Bell, told: (status: MirrorStatus) => void): Promise<void> {
  const { parts, legacy, school, name, signal } = options;
  const { storage, platform, store } = parts;
  const place = await readPlace(storage, mirrored);
  const others = (await adoptedPlaces(storage)).filter((other) => other !== mirrored);
  if (place === null && others.length > 0) return told({ ...newMirror, state: "paused", why: "KEPT_ELSEWHERE" });
  if (place !== null && place.fingerprint === null) return told({ ...newMirror, state: "paused", why: "NOT_ADOPTED" });
  const namespace = place?.namespace ?? namespaceFor(school, legacy.shared, platform.entropy.uuid());
  // Nothing was there: that is known as well.
  if (place === null) await notePlace(storage, mirrored, { namespace, fingerprint: "" });
  const settings = typeof legacy.mirrorLegacy === "object" ? legacy.mirrorLegacy : {};
  const { place: old = browserOldStorage(), saveFile = browserSaveFile, afterMs = gatherFor } = settings;
  const begin = async (): Promise<ReadonlyMap<string, string>> => {
    const source = place?.fingerprint ? await readArchived(storage, place.fingerprint) : null;
    return new Map((source?.values ?? []).map(({ key, raw }) => [key, raw]));
  };
  const { keepMirror } = await import("./mirror/keep-mirror.ts");
  const end = old.subscribe(bell.ring);
  const { domains } = parts;
  const about = { store, storage, domains, platform, name, place: mirrored, namespace, begin };
  await keepMirror({ ...about, old, saveFile, afterMs, bell, signal, told }).finally(end);
}
