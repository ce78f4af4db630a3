/** People entered twice: which record stands for which, what a join moved, and which pairs a human keeps apart. */
import { tenantTable } from "../tenant-table.ts";

export const joins = {
  name: "0004-joins",
  sql: `
-- A joined record and the one that stands for it. A child that was in the way of a unique key is joined along with it.
create table aliases (
  school_id uuid not null,
  domain text not null,
  id uuid not null,
  survivor uuid not null,
  -- Kept here and not only in the history, whose before images expire.
  before json not null,
  -- The join that this one belongs to; null: a human's own.
  cause_domain text,
  cause_id uuid,
  -- Where the values that lost are kept.
  conflict_id uuid,
  author text not null,
  at timestamptz not null,
  primary key (school_id, domain, id),
  check (id <> survivor)
);
create index on aliases (school_id, domain, survivor);
create index on aliases (school_id, cause_domain, cause_id) where cause_id is not null;
${tenantTable("aliases")}
-- References that named the joined record and now name its survivor; a split moves them back.
create table alias_moves (
  school_id uuid not null,
  domain text not null,
  id uuid not null,
  child_domain text not null,
  child_id uuid not null,
  field text not null,
  primary key (school_id, domain, id, child_domain, child_id, field),
  foreign key (school_id, domain, id) references aliases (school_id, domain, id) on delete cascade
);
${tenantTable("alias_moves", { grant: "select, insert, delete" })}
create table kept_apart (
  school_id uuid not null,
  domain text not null,
  a uuid not null,
  b uuid not null,
  author text not null,
  at timestamptz not null,
  primary key (school_id, domain, a, b),
  check (a < b)
);
${tenantTable("kept_apart", { grant: "select, insert, delete" })}

-- What an import was told of records that its source only names: read again, the source means the same.
create table import_known (
  school_id uuid not null,
  import_id uuid not null,
  domain text not null,
  id uuid not null,
  held boolean not null,
  primary key (school_id, import_id, domain, id),
  foreign key (school_id, import_id) references imports (school_id, id)
);
${tenantTable("import_known", { grant: "select, insert" })}
-- How a conflict was closed, and by whom.
alter table conflicts add column resolution text;
alter table conflicts add column resolved_by text;
create index conflicts_open on conflicts (school_id, at, id) where resolved_at is null;
`,
};
