/** All records of a school as of one moment, page by page. */
import type { AnyRecord } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import { parseRecord } from "../domain/record.ts";
import { type FullAnswer, fullAnswer } from "../domain/sync-wire.ts";
import type { RecordsByDomain } from "../migration/backup/content.ts";
import { httpClient } from "../migration/http-client.ts";
import type { MigrationBase } from "../migration/options.ts";

export interface Snapshot {
  readonly records: RecordsByDomain;
  /** The school's last change before the moment. */
  readonly seq: number;
}

const pageSize = 2000;

/** @throws SERVER_ANSWER when a record does not fit its domain; and what the server answers */
export async function readRecords(
  { remote, domains }: Pick<MigrationBase, "remote" | "domains">,
  onRecords: (done: number) => void = () => {},
): Promise<Snapshot> {
  const client = httpClient(remote);
  const records = new Map<string, AnyRecord[]>(domains.all.map((domain) => [domain.name, []]));
  let done = 0;
  let seq = 0;
  let token: string | null | undefined;
  do {
    const body = token === undefined ? { limit: pageSize } : { token, limit: pageSize };
    const page: FullAnswer = await client.send({ method: "POST", path: "/api/sync/full", body, answer: fullAnswer });
    for (const { domain, record } of page.records) {
      const list = records.get(domain);
      // A server may have domains that this program was not told of; they are not ours to read.
      if (!list || record === null) continue;
      list.push(believed(domains.get(domain), record));
    }
    done += page.records.length;
    seq = Number(page.cursor.split(".")[0]);
    onRecords(done);
    token = page.token;
  } while (token !== null);
  return { records: Object.fromEntries(records), seq };
}

function believed(domain: Parameters<typeof parseRecord>[0], record: unknown): AnyRecord {
  try {
    return parseRecord(domain, record);
  } catch (cause) {
    throw new AdapterError("SERVER_ANSWER", `A record of ${domain.name} from the server does not fit its schema.`, {
      cause,
      fix: "Server and program may be of different versions: compare them with doctor.",
    });
  }
}
