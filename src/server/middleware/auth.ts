/** Who asks: a JSON Web Token whose algorithm this server chose, never the token. */
import { createMiddleware } from "hono/factory";
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { type Role, roles } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import { parseRecordId, parseSchoolId } from "../../domain/ids.ts";
import type { Tenant } from "../db/with-tenant.ts";
import type { Env } from "../env.ts";

export const defaultIssuer = "hybrid-data-adapter";
export const defaultAudience = "hybrid-data-adapter";

interface Expected {
  readonly issuer?: string;
  readonly audience?: string;
}
/** One shared secret (HS256), or the public keys of a sign-in service: the two never meet, so neither can pose as the other. */
export type AuthOptions = Expected & ({ readonly secret: string } | { readonly jwks: string | JSONWebKeySet });

const publicKeyAlgorithms = ["RS256", "PS256", "ES256", "EdDSA"];
const minSecretBytes = 32;

export const secretKey = (secret: string): Uint8Array => {
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < minSecretBytes) {
    throw new AdapterError("CONFIG_INVALID", `The secret for tokens is shorter than ${minSecretBytes} bytes.`);
  }
  return bytes;
};

export interface Authenticated {
  readonly tenant: Tenant;
  /** When the token ends. */
  readonly expires: Date;
}

/** Who a token stands for. @throws UNAUTHENTICATED */
export type Authenticator = (token: string | undefined) => Promise<Authenticated>;

/** @throws CONFIG_INVALID for a secret shorter than 32 bytes */
export function authenticator(options: AuthOptions, now: () => Date): Authenticator {
  const verify = verifier(options, now);
  return async (token) => {
    if (token === undefined || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
      throw new AdapterError("UNAUTHENTICATED", "The request has no bearer token.");
    }
    let payload: JWTPayload;
    try {
      payload = await verify(token);
    } catch (cause) {
      throw new AdapterError("UNAUTHENTICATED", "The token is not valid here.", { cause });
    }
    return { tenant: tenantOf(payload), expires: new Date((payload.exp ?? 0) * 1000) };
  };
}

export const auth = (authenticate: Authenticator) =>
  createMiddleware<Env>(async (c, next) => {
    const { tenant } = await authenticate(/^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1]);
    c.set("tenant", tenant);
    await next();
  });

function verifier(options: AuthOptions, now: () => Date): (token: string) => Promise<JWTPayload> {
  const expected = () => ({
    issuer: options.issuer ?? defaultIssuer,
    audience: options.audience ?? defaultAudience,
    requiredClaims: ["exp", "sub"],
    clockTolerance: 5,
    currentDate: now(),
  });
  if ("secret" in options) {
    const key = secretKey(options.secret);
    return async (token) => (await jwtVerify(token, key, { ...expected(), algorithms: ["HS256"] })).payload;
  }
  const keys =
    typeof options.jwks === "string" ? createRemoteJWKSet(new URL(options.jwks)) : createLocalJWKSet(options.jwks);
  return async (token) => (await jwtVerify(token, keys, { ...expected(), algorithms: publicKeyAlgorithms })).payload;
}

function tenantOf(payload: JWTPayload): Tenant {
  const { sub, school, role, studentId } = payload;
  const known = roles.find((r): r is Role => r === role);
  if (typeof sub !== "string" || sub === "" || sub.length > 200 || typeof school !== "string" || !known) {
    throw new AdapterError("UNAUTHENTICATED", "The token does not name a user, a school and a role.");
  }
  try {
    return {
      user: sub,
      school: parseSchoolId(school),
      role: known,
      studentId: typeof studentId === "string" ? parseRecordId(studentId) : null,
    };
  } catch (cause) {
    throw new AdapterError("UNAUTHENTICATED", "The token names its school or student wrongly.", { cause });
  }
}
