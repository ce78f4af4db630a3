/** The page's own `fetch`, looked up at each call: what replaces it later (a mock, a tracer) is heeded. */
export const browserFetch = (request: Request): Promise<Response> => globalThis.fetch(request);
