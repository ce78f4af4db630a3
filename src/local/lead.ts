/** Taking the lead: a new token stands where the old one stood, and whoever holds the old one is fenced off. */
import { hasCode } from "../domain/errors.ts";
import { leaderKey } from "./keys.ts";
import type { StorageCommit } from "./storage.ts";
import type { Tab } from "./tab.ts";

/** How often the lead is tried for before another tab is left to it. */
const mostTries = 5;

/**
 * The new token.
 * @throws FENCED when others are faster again and again
 */
export async function takeLead({ storage, platform }: Pick<Tab, "storage" | "platform">): Promise<string> {
  for (let tries = 1; ; tries++) {
    const before = (await storage.read([leaderKey])).get(leaderKey) ?? null;
    const token = `${1 + (Number.parseInt(before ?? "0", 10) || 0)}.${platform.entropy.uuid()}`;
    try {
      await storage.commit({ puts: [[leaderKey, token]], expect: { key: leaderKey, value: before } });
      return token;
    } catch (error) {
      if (!hasCode("FENCED")(error) || tries === mostTries) throw error;
    }
  }
}

/** The condition under which a step of the leader is committed. */
export const fence = (token: string): NonNullable<StorageCommit["expect"]> => ({ key: leaderKey, value: token });
