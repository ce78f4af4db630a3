/** What the browser says about the network, and when the page comes back to the front. */
import type { Connectivity } from "./platform.ts";

export function browserConnectivity(): Connectivity {
  return {
    // Only a clear "no" counts: some surroundings do not know the question.
    online: () => globalThis.navigator?.onLine !== false,
    subscribe(listener) {
      const stop = new AbortController();
      const { signal } = stop;
      const { document } = globalThis;
      for (const event of ["online", "offline", "pageshow"])
        globalThis.addEventListener?.(event, () => listener(), { signal });
      document?.addEventListener(
        "visibilitychange",
        () => {
          if (document.visibilityState === "visible") listener();
        },
        { signal },
      );
      return () => stop.abort();
    },
  };
}
