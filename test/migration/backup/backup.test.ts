/** Backups: what goes in comes out; nothing else is ever believed. */
import { expect, test } from "vitest";
import { hasCode } from "../../../src/domain/errors.ts";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { seededRandom } from "../../../src/domain/random.ts";
import { createBackup, maxBackupBytes, proveBackup, readBackup } from "../../../src/migration/backup/backup.ts";
import { concat, uint32, utf8 } from "../../../src/migration/backup/bytes.ts";
import { sealChunks } from "../../../src/migration/backup/chunks.ts";
import type { BackupContent } from "../../../src/migration/backup/content.ts";
import { gzip } from "../../../src/migration/backup/gzip.ts";
import { chunkSize, readHeader, writeHeader } from "../../../src/migration/backup/header.ts";

const school = schoolIdOf("north");
const createdAt = "2026-01-02T03:04:05.678Z";
const password = "correct horse — Скопје";

/** Seeded, so that a failing run is the same run again. */
const bytes = (seed = 1) => {
  const random = seededRandom(seed);
  return (length: number) => Uint8Array.from({ length }, () => random.below(256));
};

const source = (values: Readonly<Record<string, string>>): BackupContent => ({
  kind: "source",
  source: {
    name: "dump.json",
    container: "dump",
    fingerprint: "f".repeat(64),
    values: Object.entries(values).map(([key, raw]) => ({ key, raw })),
  },
});

const small = source({ students: '[{"id":"1","name":"Ѓорѓи \\u0000"}]', "half\ud800": "cut \udc00 text", empty: "" });

/** Text that gzip cannot make small, so that a backup of it has several chunks. */
function noise(size: number): string {
  const random = seededRandom(7);
  return Array.from({ length: size }, () => String.fromCharCode(33 + random.below(90))).join("");
}

const made = (content: BackupContent, secret?: string) =>
  createBackup({ content, school, createdAt, password: secret, random: bytes() });

/** The file with other words in its head, and the head's own hash made right again: what an attacker can do. */
function forged(file: Uint8Array, change: (header: Record<string, unknown>) => Record<string, unknown>): Uint8Array {
  const { header, body } = readHeader(file);
  const changed = change({ ...header }) as unknown as typeof header;
  return concat([writeHeader(changed).bytes, file.subarray(body)]);
}

const flipped = (file: Uint8Array, at: number, bit = 0): Uint8Array => {
  const copy = file.slice();
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
};

const refused = async (file: Uint8Array, secret?: string, of = school) => {
  const answer = await readBackup(file, { school: of, password: secret }).catch((error: unknown) => error);
  expect(answer).toSatisfy(hasCode("BACKUP_AUTH"));
};

test("a backup restores to what was backed up, with and without a password", async () => {
  for (const secret of [undefined, password]) {
    const file = await made(small, secret);
    expect(await readBackup(file, { school, password: secret })).toEqual(small);
    expect(await proveBackup(file, small, { school, password: secret })).toMatchObject({
      kind: "source",
      bytes: file.length,
      values: 3,
      encrypted: secret !== undefined,
      restoredEqual: true,
    });
  }
});

test("a school's records are backed up in the same format", async () => {
  const id = "6ba7b811-9dad-41d1-80b4-00c04fd430c8" as never;
  const records: BackupContent = {
    kind: "records",
    records: { students: [{ id, externalId: "1", name: "Ada", extra: { note: ["ѓ", null] } }], teachers: [] },
  };
  const file = await made(records);
  expect(await readBackup(file, { school })).toEqual(records);
  expect((await proveBackup(file, records, { school })).values).toBe(2);
});

test("the same input gives the same file, and a password leaves no text of it readable", async () => {
  const content = source({ students: noise(200) });
  expect(await made(content)).toEqual(await made(content));
  expect(new TextDecoder("latin1").decode(await made(content, password))).not.toContain("dump.json");
});

test("a backup counts only when it restores to what is here: one changed, missing or moved value is seen", async () => {
  const file = await made(source({ a: "1", b: "2" }));
  for (const other of [source({ a: "1", b: "3" }), source({ a: "1" }), source({ b: "2", a: "1" })]) {
    await expect(proveBackup(file, other, { school })).rejects.toSatisfy(hasCode("BACKUP_UNPROVEN"));
  }
});

test("B14: a wrong password, a missing one, and one too many are refused", async () => {
  const file = await made(small, password);
  await refused(file, "wrong");
  await refused(file);
  await refused(await made(small), password);
});

test("B14: the backup of another school is refused, also with the school's name exchanged in the head", async () => {
  const other = schoolIdOf("south");
  const file = await made(small, password);
  await refused(file, password, other);
  await refused(
    forged(file, (header) => ({ ...header, school: other })),
    password,
    other,
  );
  const open = await made(small);
  await refused(
    forged(open, (header) => ({ ...header, school: other })),
    undefined,
    other,
  );
});

test("B14: one flipped bit at any byte of the file is refused", async () => {
  const file = await made(small);
  for (let at = 0; at < file.length; at++) await refused(flipped(file, at, at % 8));
});

test("B14: one flipped bit in any region of an encrypted file is refused", async () => {
  const file = await made(small, password);
  const { body } = readHeader(file);
  // magic, length, head, its hash: refused before a key is derived, so all of it can be tried
  for (let at = 0; at < body; at++) await refused(flipped(file, at, at % 8), password);
  // ciphertext: first, middle, last byte; tag: first and last byte
  const tag = file.length - 16;
  for (const at of [body, (body + tag) >> 1, tag - 1, tag, file.length - 1]) await refused(flipped(file, at), password);
});

test("B14: a file cut off anywhere, or with something behind its end, is refused", async () => {
  const file = await made(small);
  for (let length = 0; length < file.length; length += 3) await refused(file.slice(0, length));
  await refused(file.slice(0, -1));
  await refused(concat([file, new Uint8Array(1)]));
});

test("B14: chunks swapped, doubled, taken away or from another backup are refused", async () => {
  const content = source({ students: noise(3_000_000) });
  for (const secret of [undefined, password]) {
    const file = await made(content, secret);
    const { header, body } = readHeader(file);
    expect(header.chunks).toBeGreaterThan(2);
    const step = chunkSize + (secret === undefined ? 32 : 16);
    const [head, one, two, rest] = [
      file.slice(0, body),
      file.slice(body, body + step),
      file.slice(body + step, body + 2 * step),
      file.slice(body + 2 * step),
    ];
    expect(await readBackup(concat([head, one, two, rest]), { school, password: secret })).toEqual(content);
    for (const wrong of [
      [head, two, one, rest],
      [head, one, one, rest],
      [head, one, rest],
    ])
      await refused(concat(wrong), secret);
    const later = await createBackup({ content, school, createdAt, password: secret, random: bytes(2) });
    if (secret) await refused(concat([head, one, two, later.slice(readHeader(later).body + 2 * step)]), secret);
    await refused(
      forged(concat([head, one, two]), (h) => ({ ...h, size: 2 * chunkSize, chunks: 2 })),
      secret,
    );
  }
});

test("B2: a newer format is not guessed at", async () => {
  const file = forged(await made(small), (header) => ({ ...header, format: 2, more: "words" }));
  await expect(readBackup(file, { school })).rejects.toSatisfy(hasCode("SCHEMA_NEWER"));
});

test("S18: a head that asks for weaker keys is refused before one is derived", async () => {
  const file = await made(small, password);
  const asking = (change: Record<string, unknown>) =>
    forged(file, (header) => ({ ...header, encryption: { ...(header.encryption as object), ...change } }));
  const begun = performance.now();
  for (const change of [
    { rounds: 599_999 },
    { rounds: 1 },
    { rounds: 10_000_001 },
    { rounds: 600_000.5 },
    { kdf: "PBKDF2-SHA-1" },
    { cipher: "AES-128-CBC" },
    { salt: "" },
    { nonce: "00" },
    { extra: 1 },
  ])
    await refused(asking(change), password);
  await refused(
    forged(file, (header) => ({ ...header, encryption: null })),
    password,
  );
  await refused(forged(file, (header) => ({ ...header, encryption: null })));
  // One derivation takes longer than all of these refusals together.
  const derived = performance.now();
  await readBackup(file, { school, password });
  expect(derived - begun).toBeLessThan(2 * (performance.now() - derived));
});

test("S18: no nonce meets a key twice, even when the source of randomness repeats itself", async () => {
  const stuck = (length: number) => new Uint8Array(length);
  const keys = await Promise.all(
    ["one", "two"].map(async (text) => {
      const content = source({ students: text });
      const file = await createBackup({ content, school, createdAt, password, random: stuck });
      return readHeader(file).header.encryption?.salt;
    }),
  );
  expect(new Set(keys).size).toBe(2);
});

test("S13: a gzip bomb stops at the cap on what really comes out", async () => {
  const packed = await gzip(new Uint8Array(64 * 1024 * 1024));
  expect(packed.length).toBeLessThan(chunkSize);
  const head = readHeader(await made(small)).header;
  const { bytes: written, hash } = writeHeader({ ...head, size: packed.length, chunks: 1 });
  const bomb = concat([
    written,
    ...(await sealChunks(packed, { header: { ...head, size: packed.length, chunks: 1 }, hash })),
  ]);
  await expect(readBackup(bomb, { school, limit: 1_000_000 })).rejects.toSatisfy(hasCode("LIMIT"));
  expect(maxBackupBytes).toBeLessThan(2 ** 29);
});

test("B14: a length that lies, garbage and an empty file are refused", async () => {
  const file = await made(small);
  for (const length of [0, 1, 5000, 0xffff_ffff])
    await refused(concat([file.subarray(0, 8), uint32(length), file.subarray(12)]));
  await refused(new Uint8Array(0));
  await refused(utf8('{"students":[]}'));
});

test("an empty password is refused when the backup is made", async () => {
  await expect(made(small, "")).rejects.toSatisfy(hasCode("CONFIG_INVALID"));
});
