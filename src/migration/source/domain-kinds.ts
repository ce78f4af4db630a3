/** The kind that a bare list of a domain holds. */
import { type EntryKind, legacyKinds } from "../../domain/legacy.ts";
import { domainOf } from "../transform/context.ts";

/** `attendance` gives `session`, whose reader takes flat marks too; a domain that is not the school's is its own kind. */
export const kindOfDomain = (domain: string): EntryKind =>
  legacyKinds.find((kind) => domainOf(kind) === domain) ?? `domain:${domain}`;
