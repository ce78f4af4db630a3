/** A school of its own on a test server; what its devices are made of is said by whoever opens it. */
import type { HybridDataAdapter } from "../../src/adapter/contract.ts";
import type { HybridDataAdapterOptions } from "../../src/adapter/options.ts";
import { schoolIdOf } from "../../src/domain/ids.ts";
import type { Stage } from "../../src/domain/stages.ts";
import type { SchoolDomain } from "../../src/remote/api/school-domain.ts";
import type { Network } from "../support/network.ts";
import type { TestServer, TokenFor } from "../support/server-on.ts";
import type { Stored } from "../support/stored.ts";

type Row = Record<string, unknown>;
export type More = Partial<HybridDataAdapterOptions<SchoolDomain>>;

/** A browser profile whose whole app is an adapter. */
export interface SchoolDevice {
  readonly adapter: HybridDataAdapter<SchoolDomain>;
  readonly network: Network;
  /** Lets time pass until the promise settles. */
  settled<T>(promise: Promise<T>): Promise<T>;
  /** Lets time pass until it is so. */
  until(check: () => boolean): Promise<void>;
  /** Pushes and pulls. */
  sync(): Promise<void>;
  /** Dies with its tab, and opens another one on the same disk. */
  crash(more?: More): Promise<void>;
  /** The network is gone, and the browser knows it; or both are back. */
  setOnline(online: boolean): void;
  /** What stands on its disk. */
  stored(): Promise<Stored>;
}

export interface School<D extends SchoolDevice = SchoolDevice> {
  readonly server: TestServer;
  readonly school: string;
  device(name: string, who?: TokenFor, more?: More): Promise<D>;
  setStage(stage: Stage, domain?: string): Promise<void>;
  rows(domain: string, columns?: readonly string[]): Promise<Row[]>;
  /** How many changes its history has; of one record, where an id is given. */
  changes(recordId?: string): Promise<number>;
  /** By a strange client: straight into the server. */
  post(domain: string, fields: Row): Promise<Row>;
  /** By REST, as an administrator. */
  ask(path: string): Promise<Row>;
  close(): Promise<void>;
}

/** Opens a school in a stage. */
export type OpenSchool = (stage: Stage) => Promise<School>;

export interface DeviceOptions {
  readonly server: TestServer;
  readonly school: string;
  readonly name: string;
  readonly who: TokenFor;
  readonly more: More;
  /** Another one for each device of the run. */
  readonly seed: number;
  /** To be closed with the school. */
  readonly opened: (closing: () => Promise<void>) => void;
}

interface SchoolOptions<D extends SchoolDevice> {
  readonly server: TestServer;
  readonly stage: Stage;
  readonly openDevice: (options: DeviceOptions) => Promise<D>;
  /** Where disks outlive a run: what tells its schools from those of another one. */
  readonly run?: string;
}

let schools = 0;

export async function schoolOn<D extends SchoolDevice>({
  server,
  stage,
  openDevice,
  run = "",
}: SchoolOptions<D>): Promise<School<D>> {
  schools += 1;
  const own = schools;
  const school = schoolIdOf(`adapter school ${own}${run}`);
  const closings: (() => Promise<void>)[] = [];
  let devices = 0;
  const it: School<D> = {
    server,
    school,
    device(name, who = {}, more = {}) {
      devices += 1;
      const opened = (closing: () => Promise<void>): void => void closings.push(closing);
      return openDevice({ server, school, name, who, more, seed: own * 100 + devices - 1, opened });
    },
    async setStage(to, domain) {
      const { epoch } = (await server.call("GET", "/api/migration/stage", { school })).body;
      const body = { stage: to, epoch, ...(domain === undefined ? {} : { domain }) };
      const answer = await server.call("PUT", "/api/migration/stage", { school, body });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    },
    rows: (domain, columns = ["name"]) =>
      server.sql(
        `select id::text, ${columns.join(", ")} from ${tableName(domain)} where school_id = '${school}' order by id`,
      ),
    async changes(recordId) {
      const only = recordId === undefined ? "" : ` and record_id = '${recordId}'`;
      const [row] = await server.sql(`select count(*)::int as n from history where school_id = '${school}'${only}`);
      return Number(row?.n);
    },
    async post(domain, fields) {
      const answer = await server.call("POST", `/api/${domain}`, { school, body: fields });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body;
    },
    async ask(path) {
      const answer = await server.call("GET", path, { school });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      return answer.body;
    },
    close: async () => {
      await Promise.all(closings.map((closing) => closing()));
    },
  };
  if (stage !== "off") await it.setStage(stage);
  return it;
}

const tableName = (domain: string): string => domain.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
