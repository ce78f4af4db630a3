/** What `--to` means: a folder with an embedded database, a PostgreSQL, or a server. */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { AdapterError } from "../domain/errors.ts";
import type { Io } from "./io.ts";
import { defaultFolder } from "./options.ts";

export type Place =
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "postgres"; readonly url: string; readonly ownerUrl: string | undefined }
  | { readonly kind: "http"; readonly url: string };

export interface PlaceOptions {
  readonly to?: string;
  readonly ownerUrl?: string;
}

/** @throws CONFIG_INVALID for an address of another kind, or one that is none */
export function placeOf({ to, ownerUrl }: PlaceOptions, { env, cwd }: Pick<Io, "env" | "cwd">): Place {
  const text = to ?? (env.DATABASE_URL || defaultFolder);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return { kind: "folder", folder: resolve(cwd, text) };
  const from = to === undefined ? "DATABASE_URL" : "--to";
  const url = parseUrl(text, from);
  if (scheme === "postgres" || scheme === "postgresql") {
    return { kind: "postgres", url: text, ownerUrl: ownerUrl ?? (env.HDA_OWNER_URL || undefined) };
  }
  if (scheme === "http" || scheme === "https") {
    return { kind: "http", url: `${url.origin}${url.pathname}`.replace(/\/+$/, "") };
  }
  throw new AdapterError("CONFIG_INVALID", `${from} names ${scheme}://, which is no place for records.`, {
    place: from,
    fix: "Give a folder, postgres://…, or http(s)://…",
  });
}

function parseUrl(text: string, from: string): URL {
  const url = URL.parse(text);
  // The text is not repeated: it may hold a password.
  if (!url?.hostname) throw new AdapterError("CONFIG_INVALID", `${from} is no address.`, { place: from });
  return url;
}

/** For people; without user and password. */
export function describePlace(place: Place): string {
  if (place.kind === "folder") return place.folder;
  const { protocol, host, pathname } = new URL(place.url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}

/** Where a command keeps its own files (journal, backups) about a place. */
export function ownFolder(place: Place, cwd: string): string {
  if (place.kind === "folder") return place.folder;
  const name = createHash("sha256").update(describePlace(place)).digest("hex").slice(0, 12);
  return join(resolve(cwd, defaultFolder), "remote", name);
}
