/** The peer "one POST per record": our own REST, one request under way, on a slice; the whole is extrapolated. */
import type { Sql } from "postgres";
import type { Stage } from "./stage.ts";
import { median } from "./table.ts";

const slice = 2_000;
const users = 20; // what one user may send in a second is limited; this limit is not what is measured

/** Milliseconds for one record, the median over tenths of the slice. */
export async function postEach(stage: Stage, school: string): Promise<number> {
  console.error(`${slice} POSTs …`);
  const tokens = await Promise.all(Array.from({ length: users }, (_, i) => stage.token(school, `bench-${i}`)));
  const marks = await likeThoseOf(stage.sql, school);
  const tenths: number[] = [];
  for (let tenth = 0; tenth < 10; tenth++) {
    const began = performance.now();
    for (let i = 0; i < slice / 10; i++) {
      const response = await fetch(`${stage.url}/api/attendance`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${tokens[(tenth * (slice / 10) + i) % users]}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(marks[(tenth * (slice / 10) + i) % marks.length]),
      });
      const text = await response.text();
      if (response.status !== 201) throw new Error(`A POST was answered with ${response.status}: ${text}`);
    }
    tenths.push((performance.now() - began) / (slice / 10));
  }
  return median(tenths);
}

/** Marks as the school has them, without their ids. */
async function likeThoseOf(sql: Sql, school: string): Promise<readonly object[]> {
  const rows = await sql<{ mark: object }[]>`
    select json_build_object('sessionId', session_id, 'studentId', student_id, 'classId', class_id,
      'teacherId', teacher_id, 'date', date::text, 'status', status, 'reason', reason, 'notes', notes) as mark
    from attendance where school_id = ${school}::uuid order by id limit ${slice}`;
  return rows.map((row) => row.mark);
}
