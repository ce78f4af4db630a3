/** S1: tokens of a sign-in service, known by its public keys; nothing in a token chooses how it is checked. */
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer, type Server } from "../../src/server/create-server.ts";
import { openPglite } from "../../src/server/db/database.ts";
import { silentLogger } from "../../src/server/logger.ts";
import { emptyDatabase, secret, testSchool } from "../support/server.ts";

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

let elliptic: Keys;
let rsa: Keys;
let stranger: Keys;
let server: Server;
let withSecret: Server;
let close: () => Promise<void>;
const asked: string[] = [];

beforeAll(async () => {
  [elliptic, rsa, stranger] = await Promise.all([
    generateKeyPair("ES256", { extractable: true }),
    generateKeyPair("RS256", { extractable: true }),
    generateKeyPair("ES256", { extractable: true }),
  ]);
  const keys = [
    { ...(await exportJWK(elliptic.publicKey)), kid: "school-1", alg: "ES256", use: "sig" },
    { ...(await exportJWK(rsa.publicKey)), kid: "school-2", alg: "RS256", use: "sig" },
  ];
  const database = await openPglite({ client: await emptyDatabase() });
  const base = { database: { database }, log: silentLogger };
  server = await createServer({ ...base, auth: { jwks: { keys }, issuer: "https://id.example", audience: "school" } });
  withSecret = await createServer({ ...base, auth: { secret } });
  close = () => database.close();
});
afterAll(() => close());

const claims = { school: testSchool, role: "admin" };
const good: JWTPayload = { ...claims, sub: "head", iss: "https://id.example", aud: "school" };
const soon = () => Math.floor(Date.now() / 1000) + 600;

interface Signed {
  readonly header?: Partial<JWTHeaderParameters>;
  readonly payload?: JWTPayload;
  readonly key?: Parameters<SignJWT["sign"]>[0];
}
const sign = ({ header = {}, payload = {}, key = elliptic.privateKey }: Signed = {}): Promise<string> =>
  new SignJWT({ ...good, exp: soon(), ...payload })
    .setProtectedHeader({ alg: "ES256", kid: "school-1", ...header })
    .sign(key);

const ask = async (token: string, of = server): Promise<number> => {
  const request = new Request("http://server/api/students", { headers: { authorization: `Bearer ${token}` } });
  return (await of.fetch(request)).status;
};

test("a token signed with one of the service's keys is believed, whichever of its algorithms it is", async () => {
  expect(await ask(await sign())).toBe(200);
  expect(await ask(await sign({ header: { alg: "RS256", kid: "school-2" }, key: rsa.privateKey }))).toBe(200);
});

test("S1: alg none, and a public key used as a shared secret, are refused", async () => {
  const none = new UnsecuredJWT({ ...good, exp: soon() }).encode();
  expect(await ask(none)).toBe(401);
  const publicKeys = [await exportSPKI(rsa.publicKey), JSON.stringify(await exportJWK(rsa.publicKey))];
  for (const text of publicKeys) {
    for (const kid of ["school-1", "school-2", undefined]) {
      const confused = await sign({ header: { alg: "HS256", kid }, key: new TextEncoder().encode(text) });
      expect(await ask(confused)).toBe(401);
    }
  }
});

test("S1: a key that the token brings or points to is not used, and its address is not asked", async () => {
  const real = globalThis.fetch;
  globalThis.fetch = async (input) => {
    asked.push(String(input));
    throw new Error("nobody may be asked");
  };
  try {
    const jwk = await exportJWK(stranger.publicKey);
    const headers: Partial<JWTHeaderParameters>[] = [
      { jwk },
      { jwk, kid: undefined },
      { jku: "https://evil.example/jwks.json" },
      { x5u: "https://evil.example/key.pem" },
      { kid: "https://evil.example/jwks.json" },
      { kid: "../../../../dev/null" },
      { kid: "school-1' or '1'='1" },
    ];
    for (const header of headers) expect(await ask(await sign({ header, key: stranger.privateKey }))).toBe(401);
  } finally {
    globalThis.fetch = real;
  }
  expect(asked).toEqual([]);
});

test("S1: another key under a known name, and a known key under another's name, are refused", async () => {
  expect(await ask(await sign({ key: stranger.privateKey }))).toBe(401);
  expect(await ask(await sign({ header: { kid: "school-2" } }))).toBe(401);
  expect(await ask(await sign({ header: { kid: "school-3" } }))).toBe(401);
});

test("S1: wrong audience or issuer, expired, not yet valid, without an end, or a changed claim: refused", async () => {
  expect(await ask(await sign({ payload: { aud: "another app" } }))).toBe(401);
  expect(await ask(await sign({ payload: { iss: "https://evil.example" } }))).toBe(401);
  expect(await ask(await sign({ payload: { exp: soon() - 3600 } }))).toBe(401);
  expect(await ask(await sign({ payload: { nbf: soon() } }))).toBe(401);
  expect(await ask(await sign({ payload: { exp: undefined } }))).toBe(401);
  expect(await ask(await sign({ payload: { role: "owner" } }))).toBe(401);
  const [header, payload, signature] = (await sign({ payload: { role: "viewer" } })).split(".");
  const raised = Buffer.from(String(payload), "base64url").toString().replace("viewer", "admin");
  expect(await ask([header, Buffer.from(raised).toString("base64url"), signature].join("."))).toBe(401);
});

test("S1: secrets and public keys do not meet: a server with a secret believes no key pair, and the other way round", async () => {
  const ours = { iss: "hybrid-data-adapter", aud: "hybrid-data-adapter" };
  expect(await ask(await sign({ payload: ours }), withSecret)).toBe(401);
  const shared = await sign({ header: { alg: "HS256" }, payload: ours, key: new TextEncoder().encode(secret) });
  expect(await ask(shared, withSecret)).toBe(200);
  expect(await ask(await sign({ header: { alg: "HS256" }, key: new TextEncoder().encode(secret) }))).toBe(401);
});
