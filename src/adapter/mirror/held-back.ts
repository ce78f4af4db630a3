/** Records whose place in the old layout holds something that cannot be read: they are not written there a second time. */

import type { AnyRecord } from "../../domain/define-domain.ts";
import { recordIdOf } from "../../domain/ids.ts";
import { originShapes } from "../../migration/export/origin-shape.ts";
import type { Layout, LayoutOptions } from "./read-layout.ts";

/** What stands inside an element of another kind: by which field it names that, and in which space its id is derived. */
const inside: Readonly<Record<string, { readonly field: string; readonly kind: string; readonly space: string }>> = {
  attendance: { field: "sessionId", kind: "session", space: "session" },
  payments: { field: "privateLessonId", kind: "privateLesson", space: "privateLessons" },
  paymentObligations: { field: "privateLessonId", kind: "privateLesson", space: "privateLessons" },
};

/** `null`: everything could be read. */
export function heldBack(
  { unread, records }: Layout,
  { namespace }: Pick<LayoutOptions, "namespace">,
): ((domain: string, record: AnyRecord) => boolean) | null {
  const { keys, elements } = unread;
  if (keys.size + elements.size + unread.inside.size === 0) return null;
  const holders = new Set<string>();
  for (const element of [...elements, ...unread.inside]) {
    const [kind = "", legacyId = ""] = split(element);
    const spaces = Object.values(inside).filter((one) => one.kind === kind);
    for (const { space } of spaces) holders.add(recordIdOf(namespace, space, legacyId)).add(legacyId);
  }
  return (domain, record) => {
    if (records.has(`${domain}/${record.id}`)) return false;
    const shape = originShapes[domain];
    // An element that tells no id may be anybody whom the old app knew, but nobody who was made here.
    if (shape && keys.has(shape.key) && record.externalId !== null) return true;
    if (shape && elements.has(`${shape.kind}/${record.externalId ?? record.id}`)) return true;
    const holder = record[inside[domain]?.field ?? ""];
    return typeof holder === "string" && holders.has(holder);
  };
}

const split = (element: string): string[] => {
  const at = element.indexOf("/");
  return [element.slice(0, at), element.slice(at + 1)];
};
