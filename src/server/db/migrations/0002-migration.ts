/** Imports, the archive of the legacy bytes, the two ledger tables, proofs and notes of exports. */
import { tenantTable } from "../tenant-table.ts";

// What comes from the old app (keys, positions, ids, payloads) is kept as the text of a JSON value: such text may hold
// U+0000 or half a surrogate pair, which no column of PostgreSQL holds, but as an escape every one does.
export const migration = {
  name: "0002-migration",
  sql: `
create table imports (
  school_id uuid not null,
  id uuid not null,
  fingerprint text not null,
  namespace uuid not null,
  attempt integer not null,
  source text not null,
  container text not null,
  state text not null check (state in ('open', 'sealed', 'rolledBack')),
  declared_entries bigint,
  declared_parts bigint,
  opened_at timestamptz not null,
  opened_by text not null,
  primary key (school_id, id),
  unique (school_id, fingerprint, namespace, attempt)
);
${tenantTable("imports", { grant: "select, insert, update" })}

-- The legacy bytes, never deleted by an import or a rollback.
create table archive_values (
  school_id uuid not null,
  import_id uuid not null,
  value integer not null,
  key text not null,
  encoding text not null check (encoding in ('utf8', 'json')),
  sha256 bytea not null,
  size bigint not null,
  chunks integer not null,
  complete boolean not null,
  primary key (school_id, import_id, value),
  foreign key (school_id, import_id) references imports (school_id, id)
);
${tenantTable("archive_values", { grant: "select, insert, update" })}
create table archive_chunks (
  school_id uuid not null,
  import_id uuid not null,
  value integer not null,
  chunk integer not null,
  data bytea not null,
  primary key (school_id, import_id, value, chunk),
  foreign key (school_id, import_id, value) references archive_values (school_id, import_id, value)
);
-- The client has packed what can be packed; trying again costs time for nothing.
alter table archive_chunks alter column data set storage external;
${tenantTable("archive_chunks", { grant: "select, insert, update" })}

create table ledger_entries (
  school_id uuid not null,
  import_id uuid not null,
  no integer not null,
  key text not null,
  position text not null,
  kind text not null,
  legacy_id text,
  start_at bigint not null,
  end_at bigint not null,
  sha256 bytea not null,
  parts integer not null,
  primary key (school_id, import_id, no),
  foreign key (school_id, import_id) references imports (school_id, id)
);
${tenantTable("ledger_entries", { grant: "select, insert" })}

-- No foreign key to entries, because parts may arrive first; the balance finds a part without its entry.
create table ledger_parts (
  school_id uuid not null,
  import_id uuid not null,
  entry integer not null,
  part integer not null,
  domain text not null,
  path text not null,
  record_id uuid,
  outcome text not null check (outcome in ('quarantined', 'conflict', 'erased', 'excluded', 'merged', 'migrated')),
  reason text,
  -- Of the row as it was when this part became, or was found equal to, it.
  digest bigint,
  payload text,
  resolved_at timestamptz,
  resolved_by text,
  primary key (school_id, import_id, entry, part)
);
-- Few parts are not rows, and they are what people look for.
create index on ledger_parts (school_id, import_id, outcome, entry, part) where outcome <> 'migrated';
${tenantTable("ledger_parts", { grant: "select, insert, update" })}

create table proofs (
  school_id uuid not null,
  import_id uuid not null,
  no integer not null,
  body text not null,
  sha256 bytea not null,
  signature bytea not null,
  signed_at timestamptz not null,
  signed_by text not null,
  primary key (school_id, import_id, no),
  foreign key (school_id, import_id) references imports (school_id, id)
);
${tenantTable("proofs", { grant: "select, insert" })}
-- Ed25519, made at a school's first proof.
create table signing_keys (
  school_id uuid primary key,
  public_key text not null,
  private_key text not null
);
${tenantTable("signing_keys", { grant: "select, insert" })}

-- "Everything up to seq was exported": what permits the rollback of rows that were changed before.
create table exports (
  school_id uuid not null,
  no bigint not null,
  seq bigint not null,
  at timestamptz not null,
  author text not null,
  primary key (school_id, no)
);
${tenantTable("exports", { grant: "select, insert" })}
`,
};
