/** Sync: stamps of changes, stages of single domains and who changed them, what clients have seen, and how far was purged. */
import { tenantTable } from "../tenant-table.ts";

export const sync = {
  name: "0003-sync",
  sql: `
alter table history add column hlc text;
-- What stood before an old change goes after a while; that there was a change stays, with its hash.
grant update (before) on history to hda_app;

-- A client that only pulls has a row, too: nothing is purged that it has not seen.
alter table clients add column seen_seq bigint not null default 0;
alter table clients add column seen_at timestamptz;
alter table client_mutations add column at timestamptz not null default now();
create index on client_mutations (school_id, at) where result is not null;

-- purged_seq: before images up to here are gone, so that no pull can start below it.
alter table schools add column purged_seq bigint not null default 0;
-- By domain, only those that are not in the school's stage. In the row that is locked, so that it is read with the epoch.
alter table schools add column stages json not null default '{}';

create table stage_changes (
  school_id uuid not null,
  -- That began with this change.
  epoch integer not null,
  domain text,
  from_stage text not null,
  to_stage text not null,
  author text not null,
  at timestamptz not null,
  primary key (school_id, epoch)
);
${tenantTable("stage_changes", { grant: "select, insert" })}
`,
};
