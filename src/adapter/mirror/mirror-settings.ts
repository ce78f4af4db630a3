/** How the old layout is kept current, where the usual way does not do. */
import type { OldStorage } from "../../platform/old-storage.ts";
import type { SaveFile } from "../../platform/save-file.ts";

export interface MirrorSettings {
  /** The page's own localStorage without it. */
  readonly place?: OldStorage;
  /** For what does not fit; a download of the page without it. */
  readonly saveFile?: SaveFile;
  /** How long writes are gathered, in milliseconds; 1,000 without it. */
  readonly afterMs?: number;
}
