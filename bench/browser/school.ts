/** The server behind the page for T9: PostgreSQL 18, a new school for each measurement. */
import { randomUUID } from "node:crypto";
import { formatHlc } from "../../src/domain/hlc.ts";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { startPostgres } from "../../test/support/postgres.ts";
import { create } from "../../test/support/records.ts";
import { classId, studentId } from "./records.ts";

interface BenchSchool {
  readonly database: string;
  fetch(request: Request): Promise<Response>;
  /** A token for a school that has the student and the class of all marks, in stage `dualwrite`. */
  token(): Promise<string>;
  close(): Promise<void>;
}

export async function benchSchool(): Promise<BenchSchool> {
  const cluster = await startPostgres();
  const server = await cluster.server({ rateLimit: { perSecond: 1e6, burst: 1e6 } });
  const hlc = (counter: number): string => formatHlc({ ms: Date.now(), counter, node: "00000000" });
  return {
    database: "PostgreSQL 18",
    fetch: server.fetch,
    async token() {
      const school = schoolIdOf(randomUUID());
      const at = new Date().toISOString();
      const mutations = [
        { id: 1, base: null, at, hlc: hlc(0), ...create("students", studentId, { name: "Ada" }) },
        { id: 2, base: null, at, hlc: hlc(1), ...create("classes", classId, { name: "1a" }) },
      ];
      const body = { clientId: randomUUID(), epoch: 0, mutations, cursor: null };
      for (const [method, path, sent] of [
        ["POST", "/api/sync/patch", body],
        ["PUT", "/api/migration/stage", { stage: "dualwrite", epoch: 0 }],
      ] as const) {
        const answer = await server.call(method, path, { school, body: sent });
        if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
      }
      return server.token({ school });
    },
    async close() {
      await server.close();
      await cluster.stop();
    },
  };
}
