import { createHybridDataAdapter } from "hybrid-data-adapter";

// Keys that begin with "hybrid-data-adapter/" are not taken for records of the old app.
const tokenKey = "hybrid-data-adapter/token";

export const adapter = await createHybridDataAdapter({
  school: "Hill School",
  user: "office@hill.example",
  server: { baseUrl: "", token: () => localStorage.getItem(tokenKey) ?? "" },
  legacy: { shared: true }, // on the first start, copies what the old app stored; its keys stay
});

export function signIn(token: string): void {
  localStorage.setItem(tokenKey, token);
  adapter.tokenChanged();
}
