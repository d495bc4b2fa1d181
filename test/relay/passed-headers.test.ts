import { expect, it } from "vitest";
import { passedHeaders } from "../../src/relay/passed-headers.ts";

it.each([
  ["42", { "openai-processing-ms": "42" }],
  ["4.25", { "openai-processing-ms": "4.25" }],
  ["https://vendor.example.com sk-secret", {}],
])("the time %s of an upstream is passed on only if it is a number", (value, passed) => {
  expect(passedHeaders(new Headers({ "openai-processing-ms": value, "x-vendor": "secret" }))).toEqual(passed);
});
