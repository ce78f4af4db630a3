/** The part of the OpenAPI document that is the same whatever the domains: sync, the live channel and the stage. */
import { digestAnswer, digestRecords } from "../../domain/migration-wire.ts";
import * as wire from "../../domain/sync-wire.ts";
import { content, operation, problem } from "./openapi-operation.ts";

const domain = "Names of domains, separated by commas.";
const ofImport = "Only records of this import; for administrators.";

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
    get: operation({
      tag: "sync",
      summary: "How far the server is with these clients",
      answer: wire.clientsAnswer,
      query: { ids: "Separated by commas." },
    }),
  },
  "/api/sync/digest": {
    get: operation({
      tag: "sync",
      summary: "Number and sum of the digests by domain and id range",
      answer: digestAnswer,
      query: {
        domain,
        prefix: "Beginnings of ids, separated by commas.",
        width: "Digits of the ranges, 0 to 8.",
        import: ofImport,
      },
    }),
  },
  "/api/sync/digest/records": {
    get: operation({
      tag: "sync",
      summary: "The digests of single records of one domain",
      answer: digestRecords,
      query: { domain, prefix: "Beginnings of ids, separated by commas.", import: ofImport },
    }),
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
