/** A layout that a user wrote down as JSON. */
import * as z from "zod/mini";
import { AdapterError } from "../../domain/errors.ts";
import { dateForms } from "./date-forms.ts";
import { defineLayout, type Layout, type LayoutSpec, ledgerLevels } from "./layout.ts";

const texts = z.record(z.string(), z.string());
const schema = z.strictObject({
  name: z.string(),
  prefix: z.optional(z.string()),
  keys: z
    .array(
      z.strictObject({
        key: z.string(),
        kind: z.string(),
        at: z.optional(z.string()),
        mapById: z.optional(z.boolean()),
        levels: z.optional(z.array(z.enum(ledgerLevels))),
      }),
    )
    .check(z.minLength(1)),
  noRecords: z.optional(texts),
  aliases: z.optional(z.record(z.string(), texts)),
  words: z.optional(z.record(z.string(), texts)),
  dates: z.optional(z.array(z.enum(dateForms))),
  dayZero: z.optional(z.string()),
  none: z.optional(z.array(z.string())),
});

/**
 * The layout in a parsed JSON file.
 * @throws CONFIG_INVALID, naming the place
 */
export function parseLayout(value: unknown): Layout {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = `/${(issue?.path ?? []).map(String).join("/")}`;
    throw new AdapterError("CONFIG_INVALID", `The layout is wrong at ${place}: ${issue?.message ?? "invalid"}.`, {
      place,
    });
  }
  // The kinds are checked by `defineLayout`, with the same code for a layout in a program.
  return defineLayout(parsed.data as LayoutSpec);
}
