/** Many ids as one parameter. */
import { type SQL, sql } from "drizzle-orm";

/**
 * `t.id = any(${idArray(ids)})`: looked up through the index or hashed, whatever the planner believes. A join with the
 * list can turn quadratic while a table is being filled and has no statistics yet.
 */
export const idArray = (ids: Iterable<string>): SQL => sql`${`{${[...new Set(ids)].join()}}`}::uuid[]`;
