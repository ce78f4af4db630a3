/** The part of the OpenAPI document that is the same whatever the domains: sync, the live channel and the stage. */
import * as z from "zod/mini";
import * as wire from "../../domain/sync-wire.ts";

const problem = { $ref: "#/components/responses/Problem" };
const shape = (schema: z.ZodMiniType): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { unrepresentable: "any", io: "input" });
  return rest;
};
const content = (schema: z.ZodMiniType) => ({ "application/json": { schema: shape(schema) } });

interface Operation {
  readonly tag: string;
  readonly summary: string;
  readonly answer: z.ZodMiniType;
  readonly body?: z.ZodMiniType;
}

const operation = ({ tag, summary, answer, body }: Operation) => ({
  tags: [tag],
  summary,
  ...(body ? { requestBody: { required: true, content: content(body) } } : {}),
  responses: { 200: { description: summary, content: content(answer) }, default: problem },
});

const ids = {
  name: "ids",
  in: "query",
  required: true,
  schema: { type: "string" },
  description: "Separated by commas.",
};

export const syncPaths: Readonly<Record<string, unknown>> = {
  "/api/sync/patch": {
    post: operation({
      tag: "sync",
      summary: "Mutations up, their results and the changes behind the cursor down",
      body: wire.patch,
      answer: wire.patchAnswer,
    }),
  },
  "/api/sync/full": {
    post: operation({
      tag: "sync",
      summary: "A page of a snapshot at one moment",
      body: wire.full,
      answer: wire.fullAnswer,
    }),
  },
  "/api/sync/clients": {
    get: {
      ...operation({ tag: "sync", summary: "How far the server is with these clients", answer: wire.clientsAnswer }),
      parameters: [ids],
    },
  },
  "/api/live": {
    get: {
      tags: ["sync"],
      summary: `A WebSocket (subprotocols ${wire.liveProtocol} and bearer.<token>) on which pokes come`,
      responses: { 101: { description: "Pokes", content: content(wire.poke) }, default: problem },
    },
  },
  "/api/migration/stage": {
    get: operation({ tag: "stage", summary: "The school's stage and epoch", answer: wire.stageAnswer }),
    put: operation({
      tag: "stage",
      summary: "Another stage, under a new epoch; for administrators",
      body: wire.putStage,
      answer: wire.stageAnswer,
    }),
  },
};
