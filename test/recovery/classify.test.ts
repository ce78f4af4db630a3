import { expect, test } from "vitest";
import { AdapterError } from "../../src/domain/errors.ts";
import { classify } from "../../src/recovery/classify.ts";

test("a failure is classed by its code, never by its words; what nobody knows may pass", () => {
  expect(classify(new AdapterError("RATE_LIMITED", "401 unauthorized"))).toBe("transient");
  expect(classify(new AdapterError("UNAUTHENTICATED", "x"))).toBe("auth");
  expect(classify(new AdapterError("REFERENCE_MISSING", "x"))).toBe("consistency");
  expect(classify(new AdapterError("TENANT_MISSING", "x"))).toBe("critical");
  expect(classify(new Error("401"))).toBe("transient");
  expect(classify("401")).toBe("transient");
});

test("F18: a code that was guessed from a status is believed only where somebody is turned away", () => {
  const guessed = { facts: { guessed: true } };
  expect(classify(new AdapterError("RECORD_INVALID", "x", guessed))).toBe("transient");
  expect(classify(new AdapterError("LIMIT", "x", guessed))).toBe("transient");
  expect(classify(new AdapterError("FORBIDDEN", "x", guessed))).toBe("auth");
});
