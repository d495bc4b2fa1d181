import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawKey } from "../../../src/core/api-key.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { call, expectCommonHeaders, expectFault, SURFACES } from "../call.ts";

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
  const { db } = gateway;
  await addUpstream(db, { id: "one", baseUrl: "http://127.0.0.1:9/v1" });
  await addModel(db, { id: "plain", ownedBy: "vendor", autoWeight: 1, routes: [{ upstreamId: "one" }] });
  await addModel(db, { id: "vendor/plain", ownedBy: "vendor", routes: [{ upstreamId: "one" }] });
  await addModel(db, { id: "a model: with ümlauts", routes: [{ upstreamId: "one" }] });
  await addModel(db, { id: "stranded", routes: [] });
  await addModel(db, { id: "retired", disabled: true, routes: [{ upstreamId: "one" }] });
  await addModel(db, { id: "unreadable", operation: "of a later release", routes: [{ upstreamId: "one" }] });
});

afterAll(async () => gateway.close());

const CREATED = 1_700_000_000;

describe.each(SURFACES)("models on %s", (mount) => {
  it.each<[string, Record<string, string | undefined>]>([
    ["without a key", { authorization: undefined }],
    ["with a key", {}],
  ])("are listed %s, auto first", async (_title, headers) => {
    const answer = await call(gateway, `${mount}/models`, { headers });
    expect(answer.status, answer.story).toBe(200);
    expectCommonHeaders(answer);
    expect(answer.body, answer.story).toEqual({
      object: "list",
      data: [
        { id: "auto", object: "model", created: CREATED, owned_by: "gateway" },
        { id: "a model: with ümlauts", object: "model", created: CREATED, owned_by: "gateway" },
        { id: "plain", object: "model", created: CREATED, owned_by: "vendor" },
        { id: "vendor/plain", object: "model", created: CREATED, owned_by: "vendor" },
      ],
    });
  });

  it.each(["/models", "/models/plain"])("are a way to test a key, on %s", async (path) => {
    const unknown = await call(gateway, mount + path, { headers: { authorization: `Bearer ${drawKey()}` } });
    expectFault(unknown, mount, { fault: "invalid_key" });
    const malformed = await call(gateway, mount + path, { headers: { authorization: undefined, "api-key": "sk-1" } });
    expectFault(malformed, mount, { fault: "invalid_key" });
    const key = await addKey(gateway.db, { account: { disabled: true } });
    const disabled = await call(gateway, mount + path, { headers: { "x-api-key": key } });
    expectFault(disabled, mount, { fault: "account_disabled" });
  });

  it.each([
    ["plain", "plain"],
    ["auto", "auto"],
    ["vendor/plain", "vendor/plain"],
    ["vendor%2Fplain", "vendor/plain"],
    ["vendor%2fplain", "vendor/plain"],
    ["vendor/plain/", "vendor/plain"],
    [encodeURIComponent("a model: with ümlauts"), "a model: with ümlauts"],
  ])("are found one by one: %s", async (path, id) => {
    const answer = await call(gateway, `${mount}/models/${path}`, { headers: { authorization: undefined } });
    expect(answer.status, answer.story).toBe(200);
    expect(answer.body, answer.story).toMatchObject({ id, object: "model", created: CREATED });
  });

  it.each(["gpt-99", "vendor", "vendor/plain/more", "stranded", "retired", "unreadable", "PLAIN", "%E0%A4%A"])(
    "that do not exist are 404: %s",
    async (id) => {
      const answer = await call(gateway, `${mount}/models/${id}`, { headers: { authorization: undefined } });
      expect([400, 404], answer.story).toContain(answer.status);
      expectFault(answer, mount, { fault: "model_not_found", param: "model" });
      expect(answer.body["message"], answer.story).toContain(`'${id}'`);
    },
  );
});
