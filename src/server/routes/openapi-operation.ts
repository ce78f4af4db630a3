/** One operation of the OpenAPI document, from the schemas that the routes check with. */
import * as z from "zod/mini";

export const problem = { $ref: "#/components/responses/Problem" };

const shape = (schema: z.ZodMiniType): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { unrepresentable: "any", io: "input" });
  return rest;
};
export const content = (schema: z.ZodMiniType) => ({ "application/json": { schema: shape(schema) } });

interface Operation {
  readonly tag: string;
  readonly summary: string;
  readonly answer: z.ZodMiniType;
  readonly body?: z.ZodMiniType;
  /** Names in the path, all of them required. */
  readonly path?: readonly string[];
  /** Names after the question mark, with what they mean; none of them is required. */
  readonly query?: Readonly<Record<string, string>>;
}

export function operation({ tag, summary, answer, body, path = [], query = {} }: Operation) {
  const parameters = [
    ...path.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
    ...Object.entries(query).map(([name, description]) => ({
      name,
      in: "query",
      required: false,
      schema: { type: "string" },
      description,
    })),
  ];
  return {
    tags: [tag],
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: content(body) } } : {}),
    responses: { 200: { description: summary, content: content(answer) }, default: problem },
  };
}
