/** What a bench runs on: PostgreSQL 18 with fsync on, the built server in a process of its own, and commands against it. */
import { readdirSync, readFileSync } from "node:fs";
import postgres, { type Sql } from "postgres";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { makeToken } from "../../src/server/token.ts";
import { type Ended, ensureBuilt, type Scratch, scratch, start } from "../../test/e2e/program.ts";
import { startPostgres } from "../../test/support/postgres.ts";

const secret = "a secret of the bench, of at least 32 bytes";

export interface Stage {
  readonly place: Scratch;
  readonly url: string;
  /** As the owner of the database, bound by no policy. */
  readonly sql: Sql;
  token(school: string, user?: string): Promise<string>;
  /** A command against the server, with what it and the server used meanwhile. */
  command(args: readonly string[], school: string): Promise<Measured>;
  /** A database of its own for a peer. */
  peerDatabase(): Promise<string>;
  close(): Promise<void>;
}

export interface Measured extends Ended {
  /** The most memory that the command, and the server so far, have used, in MB; `null` where /proc does not tell. */
  readonly peak: { readonly command: number | null; readonly server: number | null };
  /** Seconds of processor time. */
  readonly cpu: { readonly command: number; readonly server: number; readonly database: number };
}

export async function openStage(): Promise<Stage> {
  ensureBuilt();
  const place = scratch();
  const cluster = await startPostgres();
  const ownerUrl = await cluster.createDatabase();
  const to = ownerUrl.replace("owner:owner", "runtime:runtime");
  const database = new URL(ownerUrl).pathname.slice(1);
  const args = ["serve", "--to", to, "--owner-url", ownerUrl, "--port", "0", "--json"];
  const server = start(args, { cwd: place.folder, env: { HDA_SECRET: secret } });
  const [, url = ""] = await server.printed(/"url":"([^"]+)"/);
  const sql = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  const token: Stage["token"] = (school, user = "bench") =>
    makeToken({ secret, school: schoolIdOf(school), role: "admin", user });
  return {
    place,
    url,
    sql,
    token,
    async command(args, school) {
      console.error(`${args.join(" ")} in ${school} …`);
      const env = { HDA_TOKEN: await token(school) };
      const before = { server: cpuOf(server.process.pid), database: backends(database, to) };
      const running = start([...args, "--to", url, "--json"], { cwd: place.folder, env });
      let peak: number | null = null;
      let command = 0;
      const watch = setInterval(() => {
        peak = peakOf(running.process.pid) ?? peak;
        command = cpuOf(running.process.pid) || command;
      }, 100);
      const ended = await running.ended;
      clearInterval(watch);
      return {
        ...ended,
        peak: { command: peak, server: peakOf(server.process.pid) },
        cpu: {
          command,
          server: cpuOf(server.process.pid) - before.server,
          database: backends(database, to) - before.database,
        },
      };
    },
    peerDatabase: () => cluster.createDatabase(),
    async close() {
      await sql.end();
      server.process.kill("SIGTERM");
      await server.ended;
      await cluster.stop();
      place.remove();
    },
  };
}

const proc = (pid: number | string | undefined, file: string): string | null => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return null;
  }
};

function peakOf(pid: number | undefined): number | null {
  const kib = /VmHWM:\s+(\d+)/.exec(proc(pid, "status") ?? "")?.[1];
  return kib ? Math.round(Number(kib) / 1024) : null;
}

const ticksPerSecond = 100;

/** Processor time of a process in seconds; 0 when it cannot be told. */
function cpuOf(pid: number | string | undefined): number {
  const fields = proc(pid, "stat")?.split(") ")[1]?.split(" ");
  return fields ? (Number(fields[11]) + Number(fields[12])) / ticksPerSecond : 0;
}

/** Processor time of the server's connections, which stay open. */
function backends(database: string, url: string): number {
  const { username } = new URL(url);
  const pids = proc("self", "stat") === null ? [] : readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => proc(pid, "cmdline")?.startsWith(`postgres: ${username} ${database} `))
    .reduce((sum, pid) => sum + cpuOf(pid), 0);
}
