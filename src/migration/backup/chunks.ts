/** The body of a backup: chunks, each bound to the head, its own number and their total, sealed with or without a key. */
import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, bytesOfHex, concat, equalBytes, uint32, utf8 } from "./bytes.ts";
import { type BackupHeader, chunkSize, damaged, type Encryption } from "./header.ts";

/** Seals or opens one chunk; `bound` is authenticated with it and not stored. */
interface Seal {
  /** Bytes that a sealed chunk is longer. */
  readonly overhead: number;
  close(index: number, plain: Bytes, bound: Bytes): Promise<Bytes>;
  /** `null`: the chunk is not what was sealed. */
  open(index: number, sealed: Bytes, bound: Bytes): Promise<Bytes | null>;
}

/** Without a password a hash shows damage; it does not show who wrote the file. */
const hashSeal: Seal = {
  overhead: 32,
  close: async (_, plain, bound) => concat([plain, sha256(concat([bound, plain]))]),
  async open(_, sealed, bound) {
    const plain = sealed.slice(0, sealed.length - 32);
    return equalBytes(sha256(concat([bound, plain])), sealed.subarray(sealed.length - 32)) ? plain : null;
  },
};

async function passwordSeal(password: string, { rounds, salt, nonce }: Encryption): Promise<Seal> {
  // NFC: the same password typed on two systems may come in two Unicode forms.
  const material = await crypto.subtle.importKey("raw", utf8(password.normalize("NFC")), "PBKDF2", false, [
    "deriveKey",
  ]);
  const key = await crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", iterations: rounds, salt: bytesOfHex(salt) },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
  const prefix = bytesOfHex(nonce);
  const how = (index: number, bound: Bytes): AesGcmParams => ({
    name: "AES-GCM",
    iv: concat([prefix, uint32(index)]),
    additionalData: bound,
    tagLength: 128,
  });
  return {
    overhead: 16,
    close: async (index, plain, bound) => new Uint8Array(await crypto.subtle.encrypt(how(index, bound), key, plain)),
    open: (index, sealed, bound) =>
      crypto.subtle.decrypt(how(index, bound), key, sealed).then(
        (plain) => new Uint8Array(plain),
        () => null,
      ),
  };
}

const sealOf = (header: BackupHeader, password: string | undefined): Promise<Seal> =>
  header.encryption ? passwordSeal(password ?? "", header.encryption) : Promise.resolve(hashSeal);

const boundTo = (hash: Uint8Array, index: number, header: BackupHeader): Bytes =>
  concat([hash, uint32(index), uint32(header.chunks)]);

interface Head {
  readonly header: BackupHeader;
  readonly hash: Uint8Array;
  readonly password?: string | undefined;
}

export async function sealChunks(packed: Bytes, { header, hash, password }: Head): Promise<Bytes[]> {
  const seal = await sealOf(header, password);
  const sealed: Bytes[] = [];
  for (let index = 0; index < header.chunks; index++) {
    const plain = packed.slice(index * chunkSize, (index + 1) * chunkSize);
    sealed.push(await seal.close(index, plain, boundTo(hash, index, header)));
  }
  return sealed;
}

/** @throws BACKUP_AUTH when a chunk is missing, too much, in another place, or not as it was sealed */
export async function openChunks(body: Uint8Array, { header, hash, password }: Head): Promise<Bytes> {
  const overhead = header.encryption ? 16 : hashSeal.overhead;
  if (body.length !== header.size + header.chunks * overhead)
    throw damaged("The backup is cut off, or something was added to it.");
  const seal = await sealOf(header, password);
  const parts: Bytes[] = [];
  for (let index = 0; index < header.chunks; index++) {
    const at = index * (chunkSize + seal.overhead);
    const chunk = body.slice(at, at + chunkSize + seal.overhead);
    const plain = await seal.open(index, chunk, boundTo(hash, index, header));
    if (!plain)
      throw damaged(`Chunk ${index + 1} of ${header.chunks} is not as it was written, or the password is wrong.`);
    parts.push(plain);
  }
  return concat(parts);
}
