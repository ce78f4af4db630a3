/** What needs no page: the first drawing, on a server. */
import { createElement, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { HybridDataProvider, useAdapter } from "../../src/react/hybrid-data-provider.ts";
import { useDomainList } from "../../src/react/use-domain-list.ts";
import { useMigrationStage } from "../../src/react/use-status.ts";
import { students } from "../../src/school/students.ts";
import { memoryAdapter } from "../support/memory-adapter.ts";

test("L11: outside the provider a hook says so, and what to do", () => {
  const Lost = (): ReactNode => String(useAdapter());
  const error = catchFrom(() => renderToString(createElement(Lost)));
  expect(error).toMatchObject({ code: "CONFIG_INVALID", place: "HybridDataProvider" });
});

test("the first drawing reads nothing and says that it loads", () => {
  const adapter = memoryAdapter();
  const First = (): ReactNode => `${useDomainList(students).status} in ${useMigrationStage().stage}`;
  expect(renderToString(createElement(HybridDataProvider, { adapter }, createElement(First)))).toBe("loading in off");
  expect(adapter.reads).toEqual([]);
});

function catchFrom(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}
