/** A token of another school is not sent: the server would take this school's records for that one's. */
import { AdapterError } from "../domain/errors.ts";
import type { SchoolId } from "../domain/ids.ts";
import type { TokenProvider } from "../remote/api/school-base-query.ts";

/** The provider rejects with UNAUTHENTICATED, and what waits to be sent goes on waiting, until a token is for `school`. */
export const tokenOfSchool =
  (token: TokenProvider, school: SchoolId): TokenProvider =>
  async (refused) => {
    const given = await token(refused);
    const claimed = schoolIn(given);
    if (claimed === null || claimed === school) return given;
    throw new AdapterError("UNAUTHENTICATED", "The token is for another school than the adapter.", {
      place: "server/token",
      fix: "Sign in to this school. For development: hybrid-data-adapter token --school, with the name that the adapter has.",
    });
  };

/** What a token says of its school; `null` where it says nothing that can be read, which the server will judge. */
function schoolIn(token: string): string | null {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const { school } = JSON.parse(atob(payload));
    return typeof school === "string" ? school.toLowerCase() : null;
  } catch {
    return null;
  }
}
