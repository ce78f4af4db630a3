import { expect, test } from "vitest";
import { byText, defineDomain, domainSet } from "../../src/domain/define-domain.ts";
import { hasCode } from "../../src/domain/errors.ts";
import { id, integer, nullable, text } from "../../src/domain/fields.ts";
import { schoolDomains } from "../../src/school/domains.ts";

const rights = { admin: "write", teacher: "read", student: "none", viewer: "read" } as const;
const shelves = defineDomain({
  name: "shelves",
  fields: { label: text({ min: 1 }) },
  references: {},
  sortKeys: { label: byText("label") },
  conflict: "mergeFields",
  rights,
  migrations: [],
});

const books = (over: object) =>
  defineDomain({
    name: "books",
    fields: { title: text(), shelfId: nullable(id()), pages: nullable(integer()) },
    references: { shelfId: { to: "shelves", onDelete: "detach" } },
    sortKeys: { title: byText("title") },
    conflict: "mergeFields",
    rights,
    migrations: [],
    ...over,
  });

const code = (run: () => unknown): string => {
  try {
    run();
    return "nothing was thrown";
  } catch (error) {
    return hasCode("CONFIG_INVALID")(error) ? "CONFIG_INVALID" : String(error);
  }
};

test("B18: a domain that cannot work is refused when it is declared", () => {
  expect(code(() => books({}))).toBe("nothing was thrown");
  expect(code(() => books({ name: "Books!" }))).toBe("CONFIG_INVALID");
  expect(code(() => books({ fields: { version: text() }, references: {}, sortKeys: {} }))).toBe("CONFIG_INVALID");
  expect(code(() => books({ references: { author: { to: "people", onDelete: "detach" } } }))).toBe("CONFIG_INVALID");
  expect(code(() => books({ references: { title: { to: "shelves", onDelete: "restrict" } } }))).toBe("CONFIG_INVALID");
  expect(code(() => books({ sortKeys: { year: byText("year") } }))).toBe("CONFIG_INVALID");
  expect(code(() => books({ unique: [["isbn"]] }))).toBe("CONFIG_INVALID");
  expect(code(() => books({ owner: "reader" }))).toBe("CONFIG_INVALID");
});

test("B18: a set refuses a name given twice, a reference to nothing, and a circle", () => {
  const ring = (name: string, to: string) => books({ name, references: { shelfId: { to, onDelete: "detach" } } });
  expect(code(() => domainSet([shelves, shelves]))).toBe("CONFIG_INVALID");
  expect(code(() => domainSet([books({})]))).toBe("CONFIG_INVALID");
  expect(code(() => domainSet([ring("a", "b"), ring("b", "a")]))).toBe("CONFIG_INVALID");
  expect(code(() => domainSet([ring("a", "a")]))).toBe("nothing was thrown");
});

test("a set puts parents before the children that name them", () => {
  expect(domainSet([books({}), shelves]).all.map((d) => d.name)).toEqual(["shelves", "books"]);
  const order = schoolDomains.map((d) => d.name);
  expect(order).toHaveLength(12);
  for (const domain of schoolDomains) {
    for (const reference of Object.values(domain.references)) {
      expect(order.indexOf(reference.to)).toBeLessThan(order.indexOf(domain.name));
    }
  }
});
