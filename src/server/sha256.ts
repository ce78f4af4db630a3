/** SHA-256 by the platform: several times faster than in JavaScript, which counts where every record is hashed. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

// Asked for at run time: in a page (mocks, demos) there is no Node, and the hash must be there in the same turn.
const crypto = globalThis.process?.getBuiltinModule?.("node:crypto");

/** Of bytes, or of a text in UTF-8; 64 hexadecimal digits. */
export const sha256Hex = (data: Uint8Array | string): string =>
  crypto ? crypto.hash("sha256", data, "hex") : bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data));
