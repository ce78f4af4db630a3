/** Ids: made in the browser, or derived from a legacy id so that a second import is the same import. */
import { sha1 } from "@noble/hashes/legacy.js";
import { AdapterError } from "./errors.ts";

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A record's id: a UUID in lower case. */
export type RecordId = Brand<string, "RecordId">;
/** A school (the tenant). */
export type SchoolId = Brand<string, "SchoolId">;
/** The UUID under which a source's legacy ids are hashed; browsers that held one data set share it. */
export type Namespace = Brand<string, "Namespace">;

/** One run of moving one source into one school. */
export type ImportId = Brand<string, "ImportId">;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isUuid = (text: string): boolean => uuidPattern.test(text);

const parser =
  <T extends string>(what: string) =>
  (text: string): T => {
    const lower = text.toLowerCase();
    if (!isUuid(lower)) throw new AdapterError("ID_INVALID", `This is not ${what} (a UUID is expected).`);
    return lower as T;
  };

/** @throws ID_INVALID */
export const parseRecordId = parser<RecordId>("a record id");
/** @throws ID_INVALID */
export const parseSchoolId = parser<SchoolId>("a school id");
/** @throws ID_INVALID */
export const parseNamespace = parser<Namespace>("a namespace");

const encoder = new TextEncoder();
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function uuidBytes(uuid: string): Uint8Array<ArrayBuffer> {
  const digits = uuid.replaceAll("-", "");
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

// An import derives every id in one namespace: read once, it is a third of the time.
let known = { namespace: "", bytes: new Uint8Array() };

function namespaceBytes(namespace: string): Uint8Array<ArrayBuffer> {
  if (known.namespace !== namespace) known = { namespace, bytes: uuidBytes(namespace) };
  return known.bytes;
}

function formatUuid(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += hex[bytes[i] ?? 0];
  }
  return text;
}

/** UUIDv5 (RFC 9562, section 5.5) of a name in a namespace. */
export function uuidV5(namespace: string, name: string): string {
  const nameBytes = encoder.encode(name);
  const input = new Uint8Array(16 + nameBytes.length);
  input.set(namespaceBytes(namespace));
  input.set(nameBytes, 16);
  const bytes = sha1(input).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return formatUuid(bytes);
}

/** The id that a legacy id of a domain becomes; the same for every import that shares the namespace. */
export const recordIdOf = (namespace: Namespace, domain: string, legacyId: string): RecordId =>
  uuidV5(namespace, `${domain}:${legacyId}`) as RecordId;

/** The root under which this package derives ids that are not legacy ids. */
const packageNamespace = uuidV5("6ba7b811-9dad-11d1-80b4-00c04fd430c8", "https://hybrid-data-adapter/");

/** A school named by a word instead of a UUID: the same word is the same school everywhere. */
export const schoolIdOf = (name: string): SchoolId =>
  isUuid(name.toLowerCase()) ? parseSchoolId(name) : (uuidV5(packageNamespace, `school:${name}`) as SchoolId);

/** The namespace that all sources of a school share when they held one data set. */
export const sharedNamespace = (school: SchoolId): Namespace => uuidV5(school, "namespace") as Namespace;

/** The namespace of a source that held a data set of its own. */
export const ownNamespace = (school: SchoolId, fingerprint: string): Namespace =>
  uuidV5(school, `namespace:${fingerprint}`) as Namespace;
