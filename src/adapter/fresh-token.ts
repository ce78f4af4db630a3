/** A `fetch` that asks for the token once more when the server turns it away, and sends again if it is another one. */
import type { TokenProvider } from "../remote/api/school-base-query.ts";

type Fetch = (request: Request) => Promise<Response>;

const scheme = "Bearer ";

export const withFreshToken =
  (fetch: Fetch, token: TokenProvider): Fetch =>
  async (request) => {
    const again = request.clone();
    const response = await fetch(request);
    if (response.status !== 401) return response;
    const refused = (again.headers.get("authorization") ?? "").slice(scheme.length);
    const fresh = await token(refused);
    if (fresh === refused) return response;
    again.headers.set("authorization", scheme + fresh);
    return fetch(again);
  };
