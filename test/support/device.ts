/** A device as the server sees it: numbers its mutations, pushes them, and knows its cursor. */
import { expect } from "vitest";
import { formatHlc } from "../../src/domain/hlc.ts";
import type { Mutation, PatchAnswer } from "../../src/domain/sync-wire.ts";
import type { Answer, TestServer, TokenFor } from "./server.ts";

export type Part = Pick<Mutation, "kind" | "domain" | "recordId"> & Partial<Mutation>;

export interface Device {
  readonly clientId: string;
  /** The next mutation, made but not sent. */
  make(part: Part): Mutation;
  send(mutations: readonly unknown[], more?: object): Promise<Answer>;
  /** Makes and sends, and expects it to be answered. */
  push(...parts: readonly Part[]): Promise<PatchAnswer>;
  pull(cursor: string | null): Promise<PatchAnswer>;
}

const at = "2024-09-01T08:00:00.000Z";
/** Over all devices: what is made later has the later stamp. */
let made = 0;

export function device(server: TestServer, clientId: string, who: TokenFor = {}): Device {
  let id = 0;
  const make = (part: Part): Mutation => {
    id += 1;
    made += 1;
    const hlc = formatHlc({ ms: Date.parse(at) + made, counter: 0, node: clientId });
    return { id, base: null, fields: {}, at, hlc, ...part };
  };
  const send = (mutations: readonly unknown[], more: object = {}) =>
    server.call("POST", "/api/sync/patch", { ...who, body: { clientId, epoch: 0, mutations, cursor: null, ...more } });
  return {
    clientId,
    make,
    send,
    push: async (...parts) => answered(await send(parts.map(make))),
    pull: async (cursor) => answered(await send([], { cursor })),
  };
}

function answered(answer: Answer): PatchAnswer {
  expect(answer.body).toMatchObject({ results: expect.anything() });
  return answer.body as unknown as PatchAnswer;
}
