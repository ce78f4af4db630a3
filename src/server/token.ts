/** Makes a token for development and tests: HS256 over the server's own secret. */
import { SignJWT } from "jose";
import type { Role } from "../domain/define-domain.ts";
import { schoolIdOf } from "../domain/ids.ts";
import { defaultAudience, defaultIssuer, secretKey } from "./middleware/auth.ts";

export interface TokenOptions {
  /** At least 32 bytes; the same that the server was started with. */
  readonly secret: string;
  /** A UUID, or a word that stands for one. */
  readonly school: string;
  readonly role: Role;
  readonly user: string;
  readonly studentId?: string;
  /** In seconds; a day by default. */
  readonly expiresIn?: number;
  readonly issuer?: string;
  readonly audience?: string;
  readonly now?: Date;
}

/** @throws CONFIG_INVALID for a secret that is too short */
export async function makeToken(options: TokenOptions): Promise<string> {
  const issued = Math.floor((options.now ?? new Date()).getTime() / 1000);
  return new SignJWT({
    school: schoolIdOf(options.school),
    role: options.role,
    ...(options.studentId === undefined ? {} : { studentId: options.studentId }),
  })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(options.user)
    .setIssuer(options.issuer ?? defaultIssuer)
    .setAudience(options.audience ?? defaultAudience)
    .setIssuedAt(issued)
    .setExpirationTime(issued + (options.expiresIn ?? 86_400))
    .sign(secretKey(options.secret));
}
