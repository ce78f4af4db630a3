/** What the server has of the records that a demo shows, asked by SQL past the network. */
import { sql } from "drizzle-orm";
import type { SchoolId } from "../../src/domain/ids.ts";
import type { Database } from "../../src/server/db/database.ts";

export interface ServerRow {
  readonly domain: "students" | "attendance";
  readonly id: string;
  /** The student's name; of a mark, its status. */
  readonly value: string;
  readonly version: number;
  /** Of a mark: the day. */
  readonly date: string | null;
  readonly studentId: string;
}

export const serverRows = (db: Database, school: SchoolId): Promise<readonly ServerRow[]> =>
  db.owner((tx) =>
    tx.rows<ServerRow>(sql`
      select 'students' as domain, id::text, name as value, version, null as date, id::text as "studentId"
        from students where school_id = ${school}::uuid
      union all
      select 'attendance', id::text, status, version, date::text, student_id::text
        from attendance where school_id = ${school}::uuid`),
  );
