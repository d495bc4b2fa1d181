/** What an operator's variables change for clients. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, expectCommonHeaders, expectFault, MESSAGES, SURFACES, type Answer } from "../call.ts";

let upstream: ScriptedUpstream;
let usual: Gateway;
let special: Gateway;

beforeAll(async () => {
  const vars = { XLEI_ERROR_DIALECT: "legacy", LEGACY_DEFAULTS: "true", REQUIRE_MODEL: "true" };
  [upstream, usual, special] = await Promise.all([startUpstream(), startGateway(), startGateway({ vars })]);
  for (const { db } of [usual, special]) {
    await addUpstream(db, { id: "one", baseUrl: upstream.baseUrl });
    await addModel(db, { id: "plain", autoWeight: 1, routes: [{ upstreamId: "one" }] });
    await addModel(db, { id: "busy", routes: [{ upstreamId: "one" }] });
  }
  upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
  upstream.script("upstream-busy", (exchange) => exchange.json({ error: { message: "slow down" } }, 429));
});

afterAll(async () => {
  await Promise.all([upstream.close(), usual.close(), special.close()]);
});

async function ask(gateway: Gateway, path: string, body: object, key = gateway.key): Promise<Answer> {
  const asked = path.endsWith(CHAT) ? { messages: MESSAGES } : { prompt: "Hello" };
  return call(gateway, path, { body: { stream: false, ...asked, ...body }, headers: { "x-api-key": key } });
}

describe.each(SURFACES)("the code of 'too frequent' on %s", (mount) => {
  const codeOf = async (gateway: Gateway, key?: string) => {
    const answer = await ask(gateway, mount + CHAT, { model: "busy" }, key);
    expect(answer.status, answer.story).toBe(429);
    expect(answer.body, answer.story).toMatchObject({
      error: { type: "rate_limit_exceeded", code: "upstream_rate_limited", legacy_code: 2004 },
    });
    return answer.body["code"];
  };

  it("is 429, or 2004 by the site's setting", async () => {
    expect(await codeOf(usual)).toBe(429);
    expect(await codeOf(special)).toBe(2004);
  });

  it("goes by the key's setting before the site's", async () => {
    const legacy = await addKey(usual.db, { key: { errorDialect: "legacy" } });
    const current = await addKey(special.db, { key: { errorDialect: "current" } });
    expect(await codeOf(usual, legacy)).toBe(2004);
    expect(await codeOf(special, current)).toBe(429);
  });

  it("is the only code that changes", async () => {
    const answer = await ask(special, mount + CHAT, { model: "gpt-99" });
    expectFault(answer, mount, { fault: "model_not_found", param: "model" });
  });
});

describe("legacy defaults", () => {
  const sent = async (gateway: Gateway, path: string, body: object) => {
    const answer = await ask(gateway, path, { model: "plain", ...body });
    expect(answer.status, answer.story).toBe(200);
    const { max_tokens, max_completion_tokens, temperature } = upstream.received.at(-1)?.body ?? {};
    return { max_tokens, max_completion_tokens, temperature };
  };

  it.each(["/xlei/v1/chat/completions", "/xlei/v1/completions"])("fill in what is absent on %s", async (path) => {
    expect(await sent(special, path, {})).toEqual({ max_tokens: 1000, temperature: 0.7 });
    expect(await sent(special, path, { max_tokens: null, temperature: null })).toMatchObject({
      max_tokens: 1000,
      temperature: 0.7,
    });
    expect(await sent(special, path, { max_tokens: 5, temperature: 0 })).toEqual({ max_tokens: 5, temperature: 0 });
    // In the field that the route's model obeys.
    expect(await sent(special, path, { max_completion_tokens: 5 })).toEqual({ max_tokens: 5, temperature: 0.7 });
  });

  it("are for Xlei alone, and off unless turned on", async () => {
    expect(await sent(special, "/v1/chat/completions", {})).toEqual({});
    expect(await sent(special, "/v1/completions", {})).toEqual({});
    for (const mount of SURFACES) expect(await sent(usual, mount + CHAT, {})).toEqual({});
  });
});

describe("a site that requires a model", () => {
  it.each([{}, { model: null }, { model: "" }])("refuses %j on /v1", async (body) => {
    expectFault(await ask(special, `/v1${CHAT}`, body), "/v1", {
      fault: "invalid_parameter",
      param: "model",
      says: /model.*required/,
    });
    const usually = await ask(usual, `/v1${CHAT}`, body);
    expect(usually.status, usually.story).toBe(200);
  });

  it("takes auto when it is asked for", async () => {
    const answer = await ask(special, `/v1${CHAT}`, { model: "auto" });
    expect(answer.body["model"], answer.story).toBe("plain");
  });

  // Xlei's published texts say that `model` may be left out; only /v1 has products that require it.
  it("requires none on Xlei", async () => {
    const answer = await ask(special, `/xlei/v1${CHAT}`, {});
    expect(answer.status, answer.story).toBe(200);
  });
});

describe("in a stream", () => {
  it("errors have the codes of the key's setting", async () => {
    upstream.script("upstream-plain", (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ content: "Hi" }));
      exchange.event({ error: { message: "broken" } });
      exchange.done();
    });
    const answer = await ask(special, `/xlei/v1${CHAT}`, { model: "plain", stream: true });
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
    expect(answer.events.at(-2), answer.story).toMatchObject({ code: 4002, error: { code: "bad_gateway" } });
  });
});

describe.each<[string, { vars?: Record<string, string>; secrets?: Record<string, string> }]>([
  ["MAX_BODY_BYTES", { vars: { MAX_BODY_BYTES: "plenty" } }],
  ["FIRST_EVENT_MS", { vars: { FIRST_EVENT_MS: "-1" } }],
  ["KEEP_ALIVE_MS", { vars: { KEEP_ALIVE_MS: "1.5" } }],
  ["REQUIRE_MODEL", { vars: { REQUIRE_MODEL: "perhaps" } }],
  ["XLEI_ERROR_DIALECT", { vars: { XLEI_ERROR_DIALECT: "ancient" } }],
  ["CREDENTIALS_KEY", { secrets: { CREDENTIALS_KEY: "too-short-secret" } }],
])("with a wrong %s", (variable, wrong) => {
  let broken: Gateway;

  beforeAll(async () => {
    broken = await startGateway(wrong);
  });
  afterAll(async () => broken.close());

  const [value = ""] = Object.values({ ...wrong.vars, ...wrong.secrets });

  it("/healthz names it, and not its value", async () => {
    const answer = await call(broken, "/healthz", { headers: { authorization: undefined } });
    expect(answer.status, answer.story).toBe(503);
    expect(answer.body, answer.story).toMatchObject({
      status: "failing",
      configuration: { status: "failing", problems: [variable] },
    });
    expect(JSON.stringify(answer.body["configuration"]), answer.story).not.toContain(value);
  });

  it.each([`/v1${CHAT}`, `/xlei/v1${CHAT}`, "/v1/models", "/v1/nothing"])("%s answers 503", async (path) => {
    const answer = await call(broken, path, path.endsWith(CHAT) ? { body: { messages: MESSAGES } } : {});
    expectFault(answer, path, { fault: "maintenance", says: new RegExp(variable) });
    expectCommonHeaders(answer);
  });

  it("preflight requests are still answered, and / still describes the gateway", async () => {
    expect((await call(broken, "/v1/models", { method: "OPTIONS" })).status).toBe(204);
    expect((await call(broken, "/")).status).toBe(200);
  });
});
