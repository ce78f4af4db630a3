/** `token`: makes a token for development. */
import { parseRecordId, schoolIdOf } from "../../domain/ids.ts";
import { withPeers } from "../../server/with-peers.ts";
import type { Command } from "../command.ts";
import { defaultSchool } from "../connect.ts";
import type { Io } from "../io.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { placeOf } from "../place.ts";
import { serverSecret } from "../secrets.ts";

export type TokenCommandOptions = Pick<AllOptions, "to" | "school" | "role" | "user" | "student" | "hours">;

/** @throws CONFIG_INVALID without a secret; ID_INVALID for a student that is no UUID */
export async function token(options: TokenCommandOptions, io: Io) {
  const { school = defaultSchool, role = "admin", user = "developer", student, hours = 12 } = options;
  const secret = await serverSecret(placeOf(options, io), io);
  const studentId = student === undefined ? undefined : parseRecordId(student);
  const now = io.now();
  const { makeToken } = await withPeers(() => import("../../server/token.ts"));
  const made = await makeToken({ secret, school, role, user, studentId, expiresIn: hours * 3600, now });
  const expiresAt = new Date(now.getTime() + hours * 3_600_000).toISOString();
  return done({ token: made, school: schoolIdOf(school), role, user, expiresAt }, made);
}

export const tokenCommand: Command<TokenCommandOptions> = {
  name: "token",
  summary: "make a token for development, from HDA_SECRET or the folder of the embedded database",
  options: ["to", "school", "role", "user", "student", "hours"],
  examples: [
    ['token --school "Hill School"', "an administrator's, for 12 hours"],
    ["token --role viewer --hours 1", "one that may only read"],
    ["HDA_SECRET=… hybrid-data-adapter token", "for a server on PostgreSQL"],
  ],
  run: token,
};
