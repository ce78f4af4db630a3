/** These projects are worth something only if really the old versions are loaded. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "react";
import { version as versionOfDom } from "react-dom/server";
import { expect, test } from "vitest";
import { createSchoolStore } from "../../slices/create-school-store.ts";
import { studentsSlice } from "../../slices/students.ts";
import { memoryAdapter } from "../support/memory-adapter.ts";
import { dependencies as asked } from "./package.json";

test("React and its server renderer are the oldest that are allowed", () => {
  expect([version, versionOfDom]).toEqual([asked.react, asked["react-dom"]]);
});

test("the Redux Toolkit that runs the slices is the oldest that is allowed", async () => {
  const folder = join(import.meta.dirname, "node_modules/@reduxjs/toolkit");
  const { version: installed } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  expect(installed).toBe(asked["@reduxjs/toolkit"]);
  const adapter = memoryAdapter();
  let callers = "";
  const domain: typeof adapter.domain = (name) => {
    callers = new Error("who calls").stack ?? "";
    return adapter.domain(name);
  };
  const store = createSchoolStore({ adapter: { ...adapter, domain } });
  callers = "";
  await store.dispatch(studentsSlice.actions.load({})).unwrap();
  expect(callers).toContain(folder);
});
