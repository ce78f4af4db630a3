/** RTK Query's hooks for the endpoints of a school, in a page; the network is the seam. */
import { configureStore } from "@reduxjs/toolkit";
import { act, cleanup, render, waitFor } from "@testing-library/react";
import { createElement, type ReactNode } from "react";
import { Provider } from "react-redux";
import { afterEach, expect, test } from "vitest";
import { createSchoolApiWithHooks } from "../../../../src/react/create-school-api-with-hooks.ts";
import { fieldsOf, uuid } from "../../../support/records.ts";

afterEach(cleanup);

const pupil = (n: number, name: string) => ({
  record: { ...fieldsOf("students", { name, extra: {} }), id: uuid(n), externalId: null },
  version: 1,
});
const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json" },
  });

function page(answer: (request: Request) => Response) {
  const sent: string[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    sent.push(`${request.method} ${new URL(request.url).pathname}`);
    return answer(request);
  };
  const api = createSchoolApiWithHooks({ baseUrl: "http://school.example", token: async () => "token", fetch });
  const store = configureStore({
    reducer: { [api.reducerPath]: api.reducer },
    middleware: (defaults) => defaults().concat(api.middleware),
  });
  const draw = <T>(use: () => T): (() => T | undefined) => {
    let last: T | undefined;
    const Probe = (): ReactNode => {
      last = use();
      return null;
    };
    const inside = { store, children: createElement(Probe) };
    render(createElement(Provider, inside));
    return () => last;
  };
  return { api, sent, draw };
}

test("a list and a record come through their hooks, typed by their domain", async () => {
  const { api, sent, draw } = page((request) =>
    request.url.includes(uuid(1)) ? json(200, pupil(1, "Ada")) : json(200, { items: [pupil(1, "Ada")], next: null }),
  );
  const list = draw(() => api.useListStudentsQuery({ sort: "name", limit: 50 }));
  const one = draw(() => api.useGetStudentsQuery(uuid(1)));
  await waitFor(() => expect(one()?.data).toMatchObject({ version: 1, record: { name: "Ada" } }));
  await waitFor(() => expect(list()?.isSuccess).toBe(true));
  const name: string | undefined = list()?.data?.items[0]?.record.name;
  expect(name).toBe("Ada");
  expect(sent).toEqual(["GET /api/students", `GET /api/students/${uuid(1)}`]);
});

test("an infinite list asks for the page behind the last", async () => {
  const { api, draw } = page((request) =>
    new URL(request.url).searchParams.has("cursor")
      ? json(200, { items: [pupil(2, "Bob")], next: null })
      : json(200, { items: [pupil(1, "Ada")], next: "behind" }),
  );
  const list = draw(() => api.useInfiniteStudentsInfiniteQuery({ limit: 1 }));
  const names = () => list()?.data?.pages.flatMap(({ items }) => items.map(({ record }) => record.name));
  await waitFor(() => expect(names()).toEqual(["Ada"]));
  await act(async () => {
    await list()?.fetchNextPage();
  });
  await waitFor(() => expect(names()).toEqual(["Ada", "Bob"]));
  expect(list()?.hasNextPage).toBe(false);
});

test("L11: a mutation that is refused gives the typed error to its hook", async () => {
  const problem = { code: "RECORD_INVALID", title: "The name is empty.", status: 422, place: "/name", fix: "Mend it." };
  const { api, draw } = page(() => json(422, problem));
  const mutation = draw(() => api.useCreateStudentsMutation());
  await act(async () => {
    await mutation()?.[0]({ name: "" });
  });
  expect(mutation()?.[1].error).toMatchObject({ code: "RECORD_INVALID" });
});
