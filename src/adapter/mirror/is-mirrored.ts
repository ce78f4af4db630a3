/** Whether the mirror has begun. */
import type { Storage } from "../../local/storage.ts";

export const mirrorStateKey = "mirror/state";

/** True when the mirror has begun there: what the place holds since is its own writing, or for it to take over. */
export async function isMirrored(storage: Storage, place: string): Promise<boolean> {
  const text = (await storage.read([mirrorStateKey])).get(mirrorStateKey);
  return text !== undefined && (JSON.parse(text) as { readonly place: string }).place === place;
}
