/** Four small domains that have every rule for conflicts and deletes, and nothing to do with schools. */
import { byText, byValue, type ConflictRule, defineDomain, domainSet } from "../../src/domain/define-domain.ts";
import { id, integer, nullable, text } from "../../src/domain/fields.ts";

const rights = { admin: "write", teacher: "write", student: "read", viewer: "read" } as const;
const words = { a: nullable(text()), b: nullable(text()), c: nullable(text()) };

const teams = defineDomain({
  name: "teams",
  // A reference to its own domain: parents have to go before what names them.
  fields: { ...words, partOf: nullable(id()) },
  references: { partOf: { to: "teams", onDelete: "detach" } },
  sortKeys: { a: byText("a") },
  conflict: "lastWriteWins",
  rights,
  migrations: [],
});

const people = defineDomain({
  name: "people",
  fields: { ...words, teamId: nullable(id()), age: nullable(integer()) },
  references: { teamId: { to: "teams", onDelete: "detach" } },
  sortKeys: { a: byText("a"), age: byValue("age") },
  conflict: "mergeFields",
  rights,
  migrations: [],
});

const marks = defineDomain({
  name: "marks",
  fields: { ...words, personId: nullable(id()) },
  references: { personId: { to: "people", onDelete: "restrict" } },
  sortKeys: { a: byText("a") },
  conflict: "userDecision",
  rights,
  migrations: [],
});

const seats = defineDomain({
  name: "seats",
  fields: { ...words, personId: nullable(id()) },
  references: { personId: { to: "people", onDelete: "cascade" } },
  sortKeys: { a: byText("a") },
  conflict: "serverWins",
  rights,
  migrations: [],
});

export const domains = domainSet([teams, people, marks, seats]);
export const domainNames = ["teams", "people", "marks", "seats"] as const;
export type DomainName = (typeof domainNames)[number];

/** The fields that carry the sign of the write that set them. */
export const signFields = ["a", "b", "c"] as const;
export type SignField = (typeof signFields)[number];

export const ruleOf = (domain: string): ConflictRule => domains.get(domain).conflict;

/** The reference of each domain. */
export const parentOf: Readonly<Record<DomainName, { readonly field: string; readonly to: DomainName }>> = {
  teams: { field: "partOf", to: "teams" },
  people: { field: "teamId", to: "teams" },
  marks: { field: "personId", to: "people" },
  seats: { field: "personId", to: "people" },
};
