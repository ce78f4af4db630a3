/** What kind of thing elements are, guessed from the names of their fields. */

import { isForbiddenKey } from "../../domain/json.ts";
import type { LegacyKind } from "../../domain/legacy.ts";

export interface Guess {
  readonly kind: LegacyKind;
  /** From 0 to 1. */
  readonly confidence: number;
}

/** From here on a guess is read, and shown for confirmation. */
export const readThreshold = 0.6;

/** `all`: without them it is none. `signs`: the more of them, the surer. `not`: with one of them it is another kind. */
interface Signature {
  readonly all: readonly (readonly string[])[];
  readonly signs: readonly string[];
  readonly not?: readonly string[];
}

const named = ["name", "fullname", "firstname", "prenom", "nom", "displayname"];
const student = ["studentid", "studentname", "student"];

const signatures: Readonly<Record<LegacyKind, Signature>> = {
  session: {
    all: [
      ["studentrecords", "records", "marks", "attendance"],
      ["classid", "classname", "sessiondate", "date"],
    ],
    signs: ["studentrecords", "sessiondate", "classid", "classname", "teacherid"],
    not: ["amount"],
  },
  mark: {
    all: [student, ["status", "present", "attendance"], ["date", "sessiondate"]],
    signs: ["status", "date", "sessiondate", "classid", "present", "sessionid"],
    not: ["amount", "starttime", "duedate", "value", "score"],
  },
  // Names nothing but keys: it has to be declared.
  ledger: { all: [[]], signs: [] },
  assessment: {
    all: [
      ["title", "name"],
      ["type", "category", "totalpoints", "maxscore", "maxmarks"],
      ["classid", "classname", "date"],
    ],
    signs: ["title", "totalpoints", "maxscore", "maxmarks", "classid", "type"],
    not: ["studentid", "studentids", "email", "schedule"],
  },
  grade: {
    all: [student, ["value", "score", "grade", "mark", "marks"]],
    signs: ["assessmentid", "daterecorded", "value", "score", "comments", "studentname"],
    not: ["amount", "starttime", "email"],
  },
  obligation: {
    all: [
      ["amount", "amountdue", "due"],
      ["duedate", "due"],
    ],
    signs: ["studentid", "studentname", "status", "period", "type", "paid"],
    not: ["method", "obligationid"],
  },
  payment: {
    all: [["amount"], ["method", "paymentmethod", "obligationid", "paymentdate", "paidat"]],
    signs: ["obligationid", "method", "paymentmethod", "studentid", "reference", "receipt", "date", "paymentdate"],
    not: ["duedate", "starttime"],
  },
  privateLesson: {
    all: [
      [...student, "studentids"],
      ["starttime", "duration", "start"],
      ["teacherid", "teachername", "date"],
    ],
    signs: ["teacherid", "starttime", "endtime", "classroomid", "paymentobligation", "paymentrecords", "subject"],
    not: ["maxstudents", "schedule"],
  },
  enrollment: {
    all: [student, ["classid", "classname"]],
    signs: ["begindate", "enddate", "startdate", "enrolledat", "enrollmentdate", "leftat"],
    not: ["amount", "date", "value", "score", "email", "starttime", "present"],
  },
  class: {
    all: [
      [...named, "title"],
      ["teacher", "teacherid", "teachername", "schedule", "studentids", "maxstudents", "studentcount"],
    ],
    signs: ["schedule", "studentids", "maxstudents", "room", "roomid", "level", "teacher", "students", "studentcount"],
    not: ["email", "studentid", "amount"],
  },
  classroom: {
    all: [named, ["capacity", "seats"], ["location", "building", "equipment", "floor", "facilityid", "type", "status"]],
    signs: ["capacity", "location", "equipment", "building", "floor"],
    not: ["email", "teacher", "teacherid", "schedule", "studentids"],
  },
  teacher: {
    all: [named, ["subject", "subjects", "classids", "qualifications", "specializations", "hiredate"]],
    signs: ["email", "phone", "subject", "subjects", "classids", "joindate", "qualifications"],
    not: ["studentids", "schedule", "parentcontact", "maxstudents", "amount", "studentid"],
  },
  student: {
    all: [
      named,
      [
        "parentcontact",
        "parentemail",
        "parent",
        "guardian",
        "guardianemail",
        "classid",
        "dateofbirth",
        "dob",
        "birthdate",
        "gradelevel",
        "enrollmentdate",
      ],
    ],
    signs: ["email", "phone", "parentcontact", "classid", "dateofbirth", "joindate", "status", "guardian", "parent"],
    not: ["studentid", "subject", "amount", "schedule", "teacherid"],
  },
  term: {
    all: [
      [...named, "title"],
      ["startdate", "begindate", "start"],
      ["enddate", "end", "finishdate"],
    ],
    signs: ["startdate", "begindate", "enddate", "current", "year"],
    not: ["studentid", "email", "teacherid", "classid", "amount", "schedule", "studentids"],
  },
};

const folded = (name: string): string => name.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();

const stems: readonly (readonly [LegacyKind, readonly string[]])[] = [
  ["session", ["attendance", "register", "presence"]],
  ["mark", ["mark"]],
  ["assessment", ["assessment", "exam", "homework", "quiz", "assignment"]],
  ["grade", ["grade", "score", "result"]],
  ["obligation", ["obligation", "fee", "invoice", "due"]],
  ["payment", ["payment", "receipt"]],
  ["privateLesson", ["lesson"]],
  ["enrollment", ["enrollment", "enrolment"]],
  ["classroom", ["classroom", "room"]],
  ["class", ["class", "course", "group"]],
  ["teacher", ["teacher", "staff", "instructor", "professeur"]],
  ["student", ["student", "pupil", "learner", "eleve"]],
  ["term", ["term", "semester"]],
];

/** What a key's name speaks for, by its last word. */
function kindInName(key: string): LegacyKind | null {
  const word = folded(key.slice(-200));
  let best: { kind: LegacyKind; at: number } | null = null;
  for (const [kind, words] of stems)
    for (const stem of words) {
      const at = word.lastIndexOf(stem);
      if (at >= 0 && (!best || at + stem.length > best.at)) best = { kind, at: at + stem.length };
    }
  return best?.kind ?? null;
}

/** A copy or a rest, by its name: reading it as records would enter people twice. */
const isByName = /(backup|bak|old|deleted|archive|draft|cache|temp|tmp|selected|recent|trash|removed)/i;

/**
 * The kind that a few elements of a list look most like; `null` when they look like none.
 * @param key name of the key or member they stand under; it weighs less than the fields
 */
export function inferKind(samples: readonly unknown[], key = ""): Guess | null {
  const counts = new Map<string, number>();
  const objects = samples.filter((s): s is object => typeof s === "object" && s !== null && !Array.isArray(s));
  if (objects.length === 0) return null;
  for (const sample of objects)
    for (const name of Object.keys(sample).slice(0, 200))
      if (!isForbiddenKey(name) && name.length <= 100) counts.set(folded(name), (counts.get(folded(name)) ?? 0) + 1);
  const has = (name: string): boolean => (counts.get(name) ?? 0) * 2 >= objects.length;
  const spoken = kindInName(key);
  let best: Guess | null = null;
  for (const [kind, { all, signs, not = [] }] of Object.entries(signatures) as [LegacyKind, Signature][]) {
    if (not.some(has) || !all.every((names) => names.some(has))) continue;
    const found = signs.filter(has).length;
    let confidence =
      0.35 + 0.35 * Math.min(1, found / 3) + (spoken === kind ? 0.3 : 0) - (spoken && spoken !== kind ? 0.1 : 0);
    if (isByName.test(key.slice(0, 200))) confidence -= 0.5;
    confidence = Math.round(100 * Math.max(0, Math.min(1, confidence))) / 100;
    if (!best || confidence > best.confidence) best = { kind, confidence };
  }
  return best;
}
