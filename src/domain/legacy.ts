/** What kind of thing an element of the old app's storage is. */

/** `session` holds the marks of one register, `mark` is a single flat mark, `ledger` one branch of marks nested by key. */
export const legacyKinds = [
  "student",
  "teacher",
  "classroom",
  "class",
  "enrollment",
  "session",
  "mark",
  "ledger",
  "assessment",
  "grade",
  "obligation",
  "payment",
  "privateLesson",
  "term",
] as const;
export type LegacyKind = (typeof legacyKinds)[number];

/** A kind of the school's, or `domain:<name>`: an element of a domain that the user of the package declared. */
export type EntryKind = LegacyKind | `domain:${string}`;

export const isLegacyKind = (text: string): text is LegacyKind => (legacyKinds as readonly string[]).includes(text);
