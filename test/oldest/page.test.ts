/** These projects are worth something only if really the old versions are loaded. */
import { version } from "react";
import { version as versionOfDom } from "react-dom";
import { expect, test } from "vitest";
import { dependencies as asked } from "./package.json";

test("React and its renderer are the oldest that are allowed", () => {
  expect([version, versionOfDom]).toEqual([asked.react, asked["react-dom"]]);
});
