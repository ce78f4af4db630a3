/** What the parts of one tab's store share. */
import type { DomainSet } from "../domain/define-domain.ts";
import type { Channel, Platform } from "../platform/platform.ts";
import type { Loading } from "./load.ts";
import type { Model } from "./model.ts";
import type { Serial } from "./serial.ts";
import type { Storage } from "./storage.ts";
import type { Generation, Meta } from "./stored.ts";

/** What the tabs tell each other: there is something on disk, up to this number; or, `lost`, what is there cannot be read. */
export type TabMessage =
  /** These steps; `null`: records, too. */
  | { readonly kind: "lost"; readonly steps: readonly number[] | null }
  /** `seen`: how far its tab has read the logs of others, which goes out before it. */
  | {
      readonly kind: "wal";
      readonly client: string;
      readonly entry: number;
      readonly seen?: Readonly<Record<string, number>>;
    }
  | { readonly kind: "sync"; readonly entry: number }
  | { readonly kind: "generation" };

export interface Limits {
  /** Records in all; more is `LIMIT` before loading. */
  readonly maxRecords: number;
  /** Mutations that may wait; more is `OUTBOX_FULL`. */
  readonly maxOutbox: number;
  /** What may wait, in UTF-16 code units of its JSON. */
  readonly maxOutboxBytes: number;
}

export interface Tab {
  readonly storage: Storage;
  readonly platform: Platform;
  readonly domains: DomainSet;
  readonly clientId: string;
  readonly limits: Limits;
  readonly loading: Loading;
  readonly channel: Channel;
  readonly serial: Serial;
  model: Model;
  meta: Meta;
  metaText: string;
  /** The generation that the model's chunks are those of; `null` after another tab wrote one. */
  mapped: Generation | null;
  /** What is in memory may be ahead of the disk: a step for which it was changed did not come to be. */
  stale: boolean;
  /** Settles when the entry that this tab forms and writes now is on disk, or is not to be. */
  writing: Promise<unknown>;
  /** Why nothing may be written: the stored form is newer than this program. */
  readOnly: string | null;
  /** Tells the listeners what the model says has changed. */
  emit(): void;
}

export const post = (tab: Tab, message: TabMessage): void => tab.channel.post(message);
