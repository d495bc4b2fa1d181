/** The headers that tell browsers what they may do. */
import { expect, it } from "vitest";
import { ADMIN_TOKEN, appWith, caller } from "./api/support.ts";

const app = appWith();

it.each([
  ["GET", "/admin/api/accounts", 200],
  ["GET", "/admin/api/nothing", 404],
  ["DELETE", "/admin/api/accounts", 405],
  ["OPTIONS", "/admin/api/accounts", 405],
  ["OPTIONS", "/admin", 404],
  ["POST", "/admin/api/accounts", 400],
])("no other site's script may use the operator API: %s %s", async (method, path, status) => {
  const answer = await caller(app, ADMIN_TOKEN)(method, path);
  expect(answer.status).toBe(status);
  expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
});

it.each(["/", "/healthz", "/v1/models", "/api/account", "/api/openapi.json", "/admin/api/accounts", "/nothing"])(
  "%s forbids browsers to guess its type, and to use http where they know https",
  async (path) => {
    const { headers } = await caller(app, undefined)("GET", path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
  },
);
