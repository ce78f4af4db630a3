/** How much one request carries: halved when it was too much, growing back while it goes well. */

export interface Limits {
  /** Mutations in one push, and their JSON in bytes. */
  readonly mutations: number;
  readonly bytes: number;
  /** Changes or records in one page of what comes down. */
  readonly page: number;
}

/** The first page is a small one: code that has not run yet takes ten times as long, and the page must not stand still. */
export const startLimits: Limits = { mutations: 1000, bytes: 512 * 1024, page: 250 };
const mostLimits: Limits = { mutations: 2000, bytes: 2 * 1024 * 1024, page: 1000 };

const half = (n: number): number => Math.max(1, Math.floor(n / 2));

/** After a push of `sent` mutations that was too long. */
export function halvePush(limits: Limits, sent: number): Limits {
  return { ...limits, mutations: half(Math.min(sent, limits.mutations)), bytes: Math.max(1024, half(limits.bytes)) };
}

/** After an answer that was too long, or too long in coming. */
export const halvePage = (limits: Limits): Limits => ({ ...limits, page: Math.max(10, half(limits.page)) });

/**
 * After an answer to only the first `taken`: the server had no time for more. A little more is asked for all the same, since
 * a request that it answers whole does not show that it has time for more by now.
 */
export const afterPart = (limits: Limits, taken: number): Limits => ({
  ...limits,
  mutations: Math.min(limits.mutations, Math.ceil(taken * 1.25)),
});

/** After a round trip that went well. */
export function grow({ mutations, bytes, page }: Limits): Limits {
  return {
    mutations: Math.min(mutations * 2, mostLimits.mutations),
    bytes: Math.min(bytes * 2, mostLimits.bytes),
    page: Math.min(page * 2, mostLimits.page),
  };
}
