/** Fields and rights that several school domains share. */
import type { Right, Role } from "../domain/define-domain.ts";
import { instant, nullable, text } from "../domain/fields.ts";

export const optionalText = nullable(text());

/** When the old app wrote the record; the server keeps times of its own in the history. */
export const stamps = { createdAt: nullable(instant()), updatedAt: nullable(instant()) };

type Rights = Readonly<Record<Role, Right>>;
export const kept: Rights = { admin: "write", teacher: "read", student: "read", viewer: "read" };
export const people: Rights = { admin: "write", teacher: "read", student: "own", viewer: "read" };
export const teaching: Rights = { admin: "write", teacher: "write", student: "own", viewer: "read" };
export const money: Rights = { admin: "write", teacher: "none", student: "own", viewer: "none" };
