import { type FormEvent, useState } from "react";
import { signIn } from "./adapter";

/** Stands for the app's own sign-in: takes what `npx hybrid-data-adapter token` printed. */
export function SignIn() {
  const [token, setToken] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    signIn(token.trim());
    setToken("");
  }

  return (
    <form onSubmit={submit}>
      <label>
        Token <input type="password" value={token} onChange={({ target }) => setToken(target.value)} />
      </label>
      <button type="submit">Sign in</button>
    </form>
  );
}
