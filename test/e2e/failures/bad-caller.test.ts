import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawKey } from "../../../src/core/api-key.ts";
import { upstreams } from "../../../schema/index.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, expectFault, logLine, MESSAGES, SURFACES, type ExpectedFault } from "../call.ts";

const BODY = { model: "plain", stream: false, messages: MESSAGES };

let gateway: Gateway;
let upstream: ScriptedUpstream;
const keys: Record<string, string> = {};

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  const { db } = gateway;
  await addUpstream(db, { id: "one", baseUrl: upstream.baseUrl });
  await addUpstream(db, { id: "penniless", baseUrl: upstream.baseUrl, credentials: [] });
  await db
    .insert(upstreams)
    .values({ id: "closed", name: "Closed", kind: "bearer", baseUrl: upstream.baseUrl, disabled: true, createdAt: 0 });
  await addModel(db, { id: "plain", autoWeight: 1, routes: [{ upstreamId: "one" }] });
  await addModel(db, {
    id: "continuer",
    operation: "complete",
    routes: [{ upstreamId: "one", wire: "openai.completions" }],
  });
  await addModel(db, { id: "stranded", routes: [] });
  await addModel(db, { id: "switched-off", routes: [{ upstreamId: "one", disabled: true }] });
  await addModel(db, { id: "of-closed", routes: [{ upstreamId: "closed" }] });
  await addModel(db, { id: "of-penniless", routes: [{ upstreamId: "penniless" }] });
  await addModel(db, { id: "of-tomorrow", routes: [{ upstreamId: "one", wire: "vendor.unheard-of" }] });
  await addModel(db, { id: "retired", disabled: true, routes: [{ upstreamId: "one" }] });
  upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));

  keys["disabled"] = await addKey(db, { key: { disabled: true } });
  keys["expired"] = await addKey(db, { key: { expiresAt: 1 } });
  keys["of a disabled account"] = await addKey(db, { account: { disabled: true } });
  keys["unknown"] = drawKey();
  keys["mistyped"] = gateway.key.slice(0, -1) + (gateway.key.endsWith("0") ? "1" : "0");
  keys["of another vendor"] = "sk-proj-0123456789";
  keys["with strange characters"] = "sk-'; DROP TABLE api_keys; --";
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

let callers = 0;

describe.each(SURFACES)("callers on %s", (mount) => {
  const path = mount + CHAT;

  async function expectRefused(
    headers: Record<string, string | undefined>,
    expected: ExpectedFault,
    body: unknown = BODY,
  ) {
    const before = upstream.received.length;
    // Refusals of one address within a second have one log line together.
    const from = { "cf-connecting-ip": `198.51.100.${++callers}` };
    const answer = await call(gateway, path, { body, headers: { ...from, ...headers } });
    expectFault(answer, path, expected);
    expect(upstream.received.length, `reached the upstream: ${answer.story}`).toBe(before);
    return answer;
  }

  it.each([
    ["no header", undefined],
    ["a scheme and nothing more", "Bearer"],
    ["a scheme and a blank", "Bearer  "],
  ])("asks for a key that is missing: %s", async (_title, authorization) => {
    await expectRefused({ authorization }, { fault: "missing_key" });
  });

  it.each([
    ["unknown", "invalid_key"],
    ["mistyped", "invalid_key"],
    ["disabled", "invalid_key"],
    ["expired", "invalid_key"],
    ["of another vendor", "invalid_key"],
    ["with strange characters", "invalid_key"],
    ["of a disabled account", "account_disabled"],
  ] as const)("refuses a key %s", async (which, fault) => {
    const key = keys[which] ?? "";
    const answer = await expectRefused({ authorization: `Bearer ${key}` }, { fault });
    expect(answer.text).not.toContain(key);
    const line = await logLine(gateway, answer);
    expect(line).toMatchObject({ status: 401, fault });
    expect(JSON.stringify(line)).not.toContain(key);
    await expectRefused({ authorization: undefined, "x-api-key": key }, { fault });
  });

  it("checks the key before the body", async () => {
    await expectRefused({ authorization: `Bearer ${keys["unknown"]}` }, { fault: "invalid_key" }, "not JSON");
  });
});

describe.each(SURFACES)("methods on %s", (mount) => {
  it.each([
    ["GET", "/chat/completions", "POST, OPTIONS"],
    ["PUT", "/chat/completions", "POST, OPTIONS"],
    ["DELETE", "/completions", "POST, OPTIONS"],
    ["POST", "/models", "GET, HEAD, OPTIONS"],
    ["DELETE", "/models/plain", "GET, HEAD, OPTIONS"],
  ])("refuses %s %s", async (method, path, allow) => {
    const answer = await call(gateway, mount + path, { method });
    expectFault(answer, mount, { fault: "method_not_allowed", says: new RegExp(method) });
    expect(answer.headers.get("allow"), answer.story).toBe(allow);
  });
});

describe.each(SURFACES)("models on %s", (mount) => {
  it.each<[string, string, unknown, ExpectedFault]>([
    [
      "an unknown model",
      CHAT,
      { ...BODY, model: "gpt-99" },
      { fault: "model_not_found", param: "model", says: /gpt-99/ },
    ],
    [
      "an unknown model for a completion",
      "/completions",
      { model: "gpt-99", prompt: "Hello" },
      { fault: "model_not_found", param: "model", says: /gpt-99/ },
    ],
    ["a model that is switched off", CHAT, { ...BODY, model: "retired" }, { fault: "model_not_found", param: "model" }],
    [
      "a model named like a property of all objects",
      CHAT,
      { ...BODY, model: "constructor" },
      { fault: "model_not_found", param: "model", says: /'constructor'/ },
    ],
    [
      "a model with braces in its name",
      CHAT,
      { ...BODY, model: "{param} {model}" },
      { fault: "model_not_found", param: "model", says: /'\{param\} \{model\}'/ },
    ],
    [
      "a model that does not chat",
      CHAT,
      { ...BODY, model: "continuer" },
      { fault: "model_endpoint_mismatch", param: "model", says: /continuer/ },
    ],
    ["a model without routes", CHAT, { ...BODY, model: "stranded" }, { fault: "no_route" }],
    ["a model whose routes are off", CHAT, { ...BODY, model: "switched-off" }, { fault: "no_route" }],
    ["a model whose upstream is off", CHAT, { ...BODY, model: "of-closed" }, { fault: "no_route" }],
    ["a model whose upstream has no credential", CHAT, { ...BODY, model: "of-penniless" }, { fault: "no_route" }],
    ["a model on a wire of a later release", CHAT, { ...BODY, model: "of-tomorrow" }, { fault: "no_route" }],
    [
      "auto for a request that no model can serve",
      CHAT,
      { model: "auto", messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] }] },
      { fault: "model_endpoint_mismatch", param: "messages", says: /image/ },
    ],
  ])("refuses %s", async (_title, path, body, expected) => {
    const before = upstream.received.length;
    const answer = await call(gateway, mount + path, { body });
    expectFault(answer, mount, expected);
    expect(upstream.received.length, `reached the upstream: ${answer.story}`).toBe(before);
    expect(await logLine(gateway, answer)).toMatchObject({ fault: expected.fault, status: answer.status });
  });

  it.each(["auto", "", null, undefined, "  "])("takes %j for auto", async (model) => {
    const answer = await call(gateway, mount + CHAT, { body: { ...BODY, model } });
    expect(answer.status, answer.story).toBe(200);
    expect(answer.body["model"], answer.story).toBe("plain");
    expect(answer.headers.get("x-gateway-model"), answer.story).toBe("plain");
  });
});
