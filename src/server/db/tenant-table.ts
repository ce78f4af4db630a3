/** The statements that put a table under the policy "one school never sees another". */

/** The role whose rights every runtime role has; it owns nothing and cannot log in. */
export const appRole = "hda_app";

/** Read once a statement, not once a row; a pooled connection keeps `''` after a transaction, hence nullif. */
const currentSchool = "(select nullif(current_setting('app.school', true), '')::uuid)";

/**
 * Row security, forced on the owner too, and the rights of the runtime role.
 * @param column the column that names the school
 */
export function tenantTable(
  name: string,
  { column = "school_id", grant = "select, insert, update, delete" }: { column?: string; grant?: string } = {},
): string {
  return `
alter table ${name} enable row level security;
alter table ${name} force row level security;
create policy tenant on ${name} using (${column} = ${currentSchool}) with check (${column} = ${currentSchool});
grant ${grant} on ${name} to ${appRole};
`;
}
