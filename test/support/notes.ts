/** A domain in the shape that an older build knows and in the one that a newer build has brought it to. */
import { defineDomain } from "../../src/domain/define-domain.ts";
import { integer, nullable, text } from "../../src/domain/fields.ts";

const rights = { admin: "write", teacher: "write", student: "read", viewer: "read" } as const;
const shape = { name: "notes", references: {}, sortKeys: {}, conflict: "mergeFields", rights } as const;

export const firstNotes = defineDomain({
  ...shape,
  fields: { title: text(), stars: nullable(text()) },
  migrations: [],
});

export const secondNotes = defineDomain({
  ...shape,
  fields: { title: text(), rating: nullable(integer()) },
  migrations: [
    {
      description: "stars become a rating",
      up: ({ stars, ...fields }) => ({ ...fields, rating: typeof stars === "string" ? Number(stars) : null }),
      down: ({ rating, ...fields }) => ({ ...fields, stars: rating === null ? null : String(rating) }),
    },
  ],
});
