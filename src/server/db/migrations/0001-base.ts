/** The base of the schema: roles, schools, history, clients, the school's domains, and the table that other domains share. */
import { schoolDomains } from "../../../school/domains.ts";
import { ddlOf, sharedDigestDdl } from "../ddl.ts";
import { genericUniques } from "../table.ts";
import { appRole, tenantTable } from "../tenant-table.ts";

const uniques = Array.from({ length: genericUniques }, (_, i) => `unique_${i + 1}`);

/** A change of a domain changes this text; a test holds its hash, because a database that has run it does not run it again. */
export const base = {
  name: "0001-base",
  sql: `
do $$ begin
  create role ${appRole} nologin nosuperuser nobypassrls nocreatedb nocreaterole;
exception when duplicate_object or unique_violation then null; -- roles belong to the cluster: another database made it
end $$;
grant usage on schema public to ${appRole};

-- One row a school; every transaction that writes locks it first, so that seq is the order of commits.
create table schools (
  id uuid primary key,
  name text not null default '',
  seq bigint not null default 0,
  chain bytea not null default '\\x0000000000000000000000000000000000000000000000000000000000000000',
  stage text not null default 'off',
  epoch integer not null default 0
);
${tenantTable("schools", { column: "id", grant: "select, insert, update" })}

-- What happened, in order. Never updated, never deleted.
create table history (
  school_id uuid not null,
  seq bigint not null,
  domain text not null,
  record_id uuid not null,
  op text not null check (op in ('create', 'update', 'delete')),
  before json,
  digest_after bigint,
  author text not null,
  client_id uuid,
  mutation_id bigint,
  import_id uuid,
  at timestamptz not null,
  chain bytea not null,
  primary key (school_id, seq)
);
create index on history (school_id, domain, record_id, seq desc);
${tenantTable("history", { grant: "select, insert" })}

-- One tab's log of mutations as far as the server knows it.
create table clients (
  school_id uuid not null,
  id uuid not null,
  user_id text not null,
  last_mutation_id bigint not null default 0,
  primary key (school_id, id)
);
${tenantTable("clients")}
create table client_mutations (
  school_id uuid not null,
  client_id uuid not null,
  mutation_id bigint not null,
  body_hash bytea not null,
  result json,
  primary key (school_id, client_id, mutation_id),
  foreign key (school_id, client_id) references clients (school_id, id)
);
${tenantTable("client_mutations")}

-- When two writes met: the one that lost, kept with its author and time.
create table conflicts (
  school_id uuid not null,
  id uuid not null default gen_random_uuid(),
  domain text not null,
  record_id uuid not null,
  kind text not null,
  loser json not null,
  base_version integer,
  author text not null,
  client_id uuid,
  mutation_id bigint,
  at timestamptz not null,
  resolved_at timestamptz,
  primary key (school_id, id)
);
create index on conflicts (school_id, domain, record_id);
${tenantTable("conflicts")}

${sharedDigestDdl}
${schoolDomains.map(ddlOf).join("\n")}

-- Domains that a user of the package declares. body: the fields in schema order.
create table records (
  school_id uuid not null,
  domain text not null,
  id uuid not null,
  external_id text,
  body json not null,
  extra json not null,
  sort_keys json not null,
  ${uniques.map((name) => `${name} text,`).join("\n  ")}
  version integer not null,
  seq bigint not null,
  digest bigint not null generated always as (digest_records(domain, id, external_id, body, extra)) stored,
  primary key (school_id, domain, id)
);
${uniques.map((name) => `create unique index on records (school_id, domain, md5(${name})) where ${name} is not null;`).join("\n")}
${tenantTable("records")}
`,
};
