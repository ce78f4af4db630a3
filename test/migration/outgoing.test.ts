import { expect, test } from "vitest";
import { collectOutgoing, type Outgoing } from "../../src/migration/outgoing.ts";
import type { Reading } from "../../src/migration/reading.ts";
import type { LegacyEntry, Part } from "../../src/migration/types.ts";

const entries = [1, 2, 3].map((no) => ({ no }) as unknown as LegacyEntry);
const partsOf = ({ no }: LegacyEntry): readonly Part[] =>
  ["students", "classes", "students"].map((domain, at) => ({
    no: at + 1,
    domain,
    path: "",
    record: null,
    outcome: "quarantined",
    recordId: null,
    reason: "ORPHAN",
    payload: `${no}.${at + 1}`,
  }));

function collected(most?: number): { readonly outgoing: Outgoing; readonly transformed: number[] } {
  const transformed: number[] = [];
  const reading = {
    entries,
    of: (entry: LegacyEntry) => {
      transformed.push(entry.no);
      return { entry, parts: partsOf(entry), claims: [] };
    },
    account: () => {},
    audit: () => null,
  } satisfies Reading;
  const { outgoing, add } = collectOutgoing(reading, { most });
  for (const entry of entries) add(entry, partsOf(entry));
  return { outgoing, transformed };
}

const sent = (outgoing: Outgoing, from: number): unknown[] =>
  [...outgoing.of({ name: "students", entries, from })].map(({ value }) => JSON.parse(value.json).payload);

test("the parts of a domain go out in order, from where the journal says, and are not made a second time", () => {
  const { outgoing, transformed } = collected();
  expect(sent(outgoing, 0)).toEqual(["1.1", "1.3", "2.1", "2.3", "3.1", "3.3"]);
  expect(sent(outgoing, 2)).toEqual(["3.1", "3.3"]);
  expect(transformed).toEqual([]);
});

test("beyond the limit nothing is kept, and the same parts are made again from where they are needed", () => {
  const { outgoing, transformed } = collected(400);
  expect(sent(outgoing, 0)).toEqual(sent(collected().outgoing, 0));
  expect(sent(outgoing, 1)).toEqual(["2.1", "2.3", "3.1", "3.3"]);
  expect(transformed).toEqual([1, 2, 3, 2, 3]);
});
