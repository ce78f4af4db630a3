/** The signs by which the writes of a run are told apart: each stands in the fields of one write, and nowhere else. */
import type { LoggedMutation } from "../../src/local/record-store.ts";

export const signOf = (step: number, op: number): string => `w${step}.${op}`;

export const signPattern = /^w\d+\.\d+$/;

/** The signs of a mutation, or the record that it deletes. */
export const namesOf = ({ kind, domain, recordId, fields }: LoggedMutation): string[] =>
  kind === "delete"
    ? [`${domain}/${recordId}`]
    : Object.values(fields).filter((value): value is string => typeof value === "string" && signPattern.test(value));
