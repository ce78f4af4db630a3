/** The old app's bytes to the server, as soon as it can be reached; the note beside each archive is the journal of that. */
import { hasCode, isAdapterError } from "../domain/errors.ts";
import type { Storage } from "../local/storage.ts";
import type { RemoteOptions } from "../migration/options.ts";
import type { Bell } from "../platform/bell.ts";
import type { Platform } from "../platform/platform.ts";
import { noteSent, readArchived, readNote, unsentArchives } from "./legacy-archive.ts";

export interface SendingOptions {
  readonly storage: Storage;
  readonly platform: Platform;
  /** Of the store: its tabs share a lock by this name. */
  readonly name: string;
  readonly server: Pick<RemoteOptions, "fetch" | "baseUrl" | "token">;
  /** Rung when the server may be there again. */
  readonly bell: Bell;
  readonly signal: AbortSignal;
  /** @param unsent how many archives wait; @param why the code of what kept the last attempt from its end */
  readonly told: (unsent: number, why: string | null) => void;
}

/** Milliseconds, when nothing tells that the server is there again. */
const lookEvery = 60_000;

/**
 * Ends when the server has every archive, when it refuses them from this user, or when the signal aborts.
 * - What the command line sends of a dump of the same storage is the same import, with the same bytes and hashes.
 * - Broken off anywhere it goes on; what the server has is not sent again, and an archive is never there twice.
 */
export async function sendArchives(options: SendingOptions): Promise<void> {
  const { platform, name, signal, storage, bell, told } = options;
  await platform.locks.hold(`hda/${name}/archive`, signal, async (lost) => {
    const term = AbortSignal.any([signal, lost]);
    while (!term.aborted) {
      try {
        for (const fingerprint of await unsentArchives(storage)) await send(options, fingerprint, term);
        told(0, null);
        return;
      } catch (error) {
        if (term.aborted) return;
        const left = await unsentArchives(storage).catch(() => []);
        told(left.length, isAdapterError(error) ? error.code : "INTERNAL");
        // An administrator's session will send it.
        if (hasCode("FORBIDDEN")(error)) return;
      }
      await bell.wait(lookEvery, term);
    }
  });
}

async function send({ storage, platform, server }: SendingOptions, fingerprint: string, signal: AbortSignal) {
  const [source, note] = [await readArchived(storage, fingerprint), await readNote(storage, fingerprint)];
  if (!source || !note) return;
  const [{ archive }, { remote: remoteOf }] = await Promise.all([
    import("../migration/archive.ts"),
    import("../migration/remote.ts"),
  ]);
  const { timers, entropy, clock } = platform;
  // Retrying is the caller's, who knows better when.
  const remote = remoteOf({ ...server, sleep: timers.sleep, random: entropy.fraction, retries: 0, signal });
  const { container, name } = source;
  const { importId } = await remote.open({ fingerprint, container, source: name, namespace: note.namespace });
  await archive(remote, { importId, source, onValue: () => undefined });
  await noteSent(storage, fingerprint, { importId, at: new Date(clock.now()).toISOString() });
}
