/** The page's own `WebSocket`; `null` where there is none. */
export const browserSocket = (): typeof globalThis.WebSocket | null => globalThis.WebSocket ?? null;
