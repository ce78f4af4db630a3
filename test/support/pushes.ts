/** The pushes of a device that carry a mutation of one record. */
import type { Fault, Network } from "./network.ts";

interface Pushed {
  readonly id: number;
  readonly kind: string;
  readonly recordId: string;
}

const carriedBy = ({ mutations }: Readonly<Record<string, unknown>>, recordId: string): readonly Pushed[] =>
  Array.isArray(mutations) ? (mutations as readonly Pushed[]).filter((mutation) => mutation.recordId === recordId) : [];

/** In their order: under which id the mutation went out, and the status that came back; `null`: nothing did. */
export const pushesOf = (
  { sent }: Network,
  recordId: string,
  kind?: string,
): (readonly [id: number, status: number | null])[] =>
  sent.flatMap(({ body, status }) =>
    carriedBy(body, recordId)
      .filter((mutation) => kind === undefined || mutation.kind === kind)
      .map(({ id }) => [id, status] as const),
  );

/** The fault of the first push that carries the record; whatever else is sent goes through. */
export function onPush(network: Network, recordId: string, fault: Fault): void {
  let struck = false;
  network.refuse((body) => {
    if (struck || carriedBy(body, recordId).length === 0) return null;
    struck = true;
    return fault;
  });
}
