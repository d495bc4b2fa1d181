/** Which request fields reach an upstream: a grid of odd fields through the real gateway. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { upstreams } from "../../../schema/index.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { ODD_FIELDS, type Fate } from "../../wire/openai/odd-fields.ts";
import { call, expectFault, MESSAGES, type Answer, type JsonObject } from "../call.ts";
import { eq } from "drizzle-orm";

let gateway: Gateway;
let upstream: ScriptedUpstream;

const FEES = [
  { unit: "searches", nanos: 5_000_000 },
  { unit: "calls", nanos: 7_000_000 },
  { unit: "cacheWrite1h", nanos: 3_000_000 },
  { unit: "input", when: { tier: "priority" }, nanos: 2_000_000 },
];

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  for (const id of ["one", "open", "listing"]) await addUpstream(gateway.db, { id, baseUrl: upstream.baseUrl });
  await gateway.db.update(upstreams).set({ fields: "open" }).where(eq(upstreams.id, "open"));
  const listed = JSON.stringify(["a_field_of_tomorrow", "metadata", "web_search_options", "tools.web_search"]);
  await gateway.db.update(upstreams).set({ fields: listed }).where(eq(upstreams.id, "listing"));
  for (const [suffix, wire, operation] of [
    ["chat", "openai.chat", "chat"],
    ["completions", "openai.completions", "complete"],
  ] as const) {
    const routes = (upstreamId: string, name: string) => [{ upstreamId, wire, upstreamModel: `upstream-${name}` }];
    await addModel(gateway.db, { id: `plain-${suffix}`, operation, routes: routes("one", "plain") });
    await addModel(gateway.db, { id: `priced-${suffix}`, operation, routes: routes("one", "priced"), rates: FEES });
    await addModel(gateway.db, { id: `open-${suffix}`, operation, routes: routes("open", "plain") });
    await addModel(gateway.db, { id: `listing-${suffix}`, operation, routes: routes("listing", "plain") });
  }
  await addModel(gateway.db, { id: "plain", routes: [{ upstreamId: "one" }] });
  for (const model of ["upstream-plain", "upstream-priced"]) {
    upstream.script(model, (exchange) => {
      if (exchange.body["stream"] === true) {
        exchange.openStream();
        exchange.event(chunk({ content: "Hi" }, "stop"));
        exchange.done();
      } else if (exchange.path.endsWith("/chat/completions")) exchange.json(completion("Hi"));
      else exchange.json({ ...completion(""), choices: [{ index: 0, text: "Hi", finish_reason: "stop" }] });
    });
  }
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

const ENDPOINTS = {
  chat: { path: "/v1/chat/completions", body: { messages: MESSAGES } },
  completions: { path: "/v1/completions", body: { prompt: "Hello" } },
} as const;
type Endpoint = keyof typeof ENDPOINTS;

interface Sent {
  readonly answer: Answer;
  /** What reached the upstream; undefined = nothing. */
  readonly body: JsonObject | undefined;
  readonly warnings: readonly string[];
}

async function send(endpoint: Endpoint, model: string, fields: JsonObject, key = gateway.key): Promise<Sent> {
  const before = upstream.received.length;
  const { path, body } = ENDPOINTS[endpoint];
  const answer = await call(gateway, path, {
    body: { model: `${model}-${endpoint}`, ...body, ...fields },
    headers: { authorization: `Bearer ${key}` },
  });
  const received = upstream.received.slice(before).at(-1)?.body;
  if (received !== undefined) expectOneOfEach(received);
  return { answer, body: received, warnings: answer.headers.get("x-gateway-warnings")?.split(", ") ?? [] };
}

/** A reader that compares names without regard to case must see each name once. */
function expectOneOfEach(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) {
    const names = Object.keys(value).map((name) => name.normalize("NFKC").toUpperCase().toLowerCase());
    expect(names.length, JSON.stringify(value)).toBe(new Set(names).size);
  }
  for (const inner of Object.values(value)) expectOneOfEach(inner);
}

describe.each(["chat", "completions"] as const)("on %s, the field", (endpoint) => {
  const expectFate = async (model: string, { name, value }: { name: string; value: unknown }, fate: Fate) => {
    const { answer, body, warnings } = await send(endpoint, model, { [name]: value });
    if (fate === "refused" || fate === "tool") {
      const isPromise = name === "provider" || fate === "tool";
      const param = name === "provider" ? `provider.${Object.keys(value as JsonObject)[0]}` : name;
      expectFault(answer, "/v1", { fault: isPromise ? "unsupported_feature" : "invalid_parameter", param });
      expect(body, "nothing reached the upstream").toBeUndefined();
      return;
    }
    expect(answer.status, answer.story).toBe(200);
    const arrived = body !== undefined && Object.hasOwn(body, name);
    expect(arrived, `${JSON.stringify(body)}\n${answer.story}`).toBe(fate === "arrives" || fate === "renamed");
    if (fate === "arrives") expect(body?.[name]).toEqual(value);
    if (fate === "renamed") expect(JSON.stringify(body?.[name])).not.toContain("alice");
    const shown = name.replaceAll(/[^\x20-\x7e]/g, "?");
    expect(warnings, answer.story).toEqual(fate === "dropped" ? [`dropped=${shown}`] : []);
  };

  it.each(ODD_FIELDS.map((field) => ({ ...field, text: JSON.stringify(field.value) })))(
    "$name: $text ($source) has its fate",
    async ({ fate, inCompletions, ...field }) => {
      const here = endpoint === "completions" ? (inCompletions ?? fate) : fate;
      await expectFate("plain", field, here === "fee" ? "dropped" : here);
      await expectFate("priced", field, here === "fee" || here === "tool" ? "arrives" : here);
    },
  );
});

describe("fields that name someone", () => {
  it("name the account by a hash, and nothing of the client's", async () => {
    const other = await addKey(gateway.db);
    const fields = { user: "alice", safety_identifier: "alice", prompt_cache_key: "session", session_id: "session" };
    const [first, again, others] = [
      await send("chat", "plain", fields),
      await send("chat", "plain", { ...fields, user: "bob" }),
      await send("chat", "plain", fields, other),
    ];
    const alias = first.body?.["user"];
    expect(alias).toMatch(/^[0-9a-f]{24}$/);
    expect(first.body).toMatchObject({
      safety_identifier: alias,
      prompt_cache_key: `${String(alias)}-session`,
      session_id: `${String(alias)}-session`,
    });
    expect(again.body?.["user"]).toBe(alias);
    expect(others.body?.["user"]).not.toBe(alias);
    expect(others.body?.["prompt_cache_key"]).not.toBe(first.body?.["prompt_cache_key"]);
    const long = await send("chat", "plain", { prompt_cache_key: "x".repeat(100) });
    expect(String(long.body?.["prompt_cache_key"])).toHaveLength(64);
  });
});

const FUNCTION_TOOL = { type: "function", function: { name: "look_up", parameters: { type: "object" } } };

describe("inside fields", () => {
  it("tools that the upstream runs are dropped, and what cannot stand without them", async () => {
    const tools = [{ type: "web_search" }, FUNCTION_TOOL, { type: "code_interpreter" }, { mcp: {} }];
    const tool_choice = { type: "web_search" };
    const { body, warnings } = await send("chat", "plain", { tools, tool_choice });
    expect(body?.["tools"]).toEqual([FUNCTION_TOOL]);
    expect(body).not.toHaveProperty("tool_choice");
    expect(warnings).toEqual(["dropped=tools.web_search", "dropped=tools.code_interpreter", "dropped=tools.untyped"]);
    const priced = await send("chat", "priced", { tools, tool_choice });
    expect(priced.body).toMatchObject({ tools, tool_choice });
    expect(priced.warnings).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ["tools.web_search", { tools: [{ type: "web_search" }], tool_choice: "auto" }],
    ["tools.mcp", { tools: [{ type: "mcp", server_label: "s", server_url: "https://example.com" }] }],
    ["web_search_options", { web_search_options: {} }],
  ])("%s is refused without a price, where the request has no other tools", async (param, asked) => {
    const before = upstream.received.length;
    const { answer } = await send("chat", "plain", asked);
    expectFault(answer, "/v1", { fault: "unsupported_feature", param });
    expect(answer.text).toContain("has no price for it");
    expect(upstream.received.length).toBe(before);
    expect((await send("chat", "priced", asked)).answer.status).toBe(200);
  });

  it("a prompt cache of an hour becomes one of minutes without a price", async () => {
    const mark = { type: "ephemeral", ttl: "1h" };
    const content = [{ type: "text", text: "Hello", cache_control: mark }];
    const messages = [{ role: "user", content, cache_control: mark, a_member_of_tomorrow: 1 }];
    const fields = { messages, tools: [{ ...FUNCTION_TOOL, cache_control: mark }], cache_control: mark };
    const { body, warnings } = await send("chat", "plain", fields);
    const short = JSON.parse(JSON.stringify(fields).replaceAll(',"ttl":"1h"', "")) as JsonObject;
    expect(body).toMatchObject(short);
    expect(JSON.stringify(body)).not.toContain("ttl");
    expect(warnings).toEqual(["dropped=cache_control.ttl"]);
    expect((await send("chat", "priced", fields)).body).toMatchObject(fields);
  });

  it("preferences of upstreams that mean nothing here are named", async () => {
    const { warnings } = await send("chat", "plain", { provider: { order: ["a"], quantizations: ["fp8"] } });
    expect(warnings).toEqual(["dropped=provider.quantizations"]);
  });

  it.each([
    ["stream_options.Include_Usage", { stream_options: { Include_Usage: false } }],
    ["messages[0].Content", { messages: [{ role: "user", content: "Hello", Content: "x".repeat(1000) }] }],
    ["messages[0].content[1].Text", { messages: [{ role: "user", content: [{ type: "text" }, { Text: "x" }] }] }],
    ["messages[0].Cache_Control", { messages: [{ role: "user", content: "", Cache_Control: { ttl: "1h" } }] }],
    ["tools[0].Type", { tools: [{ Type: "web_search" }] }],
    ["provider.Data_Collection", { provider: { Data_Collection: "deny" } }],
  ])("a lookalike is refused: %s", async (param, fields) => {
    const { answer, body } = await send("chat", "open", fields);
    expectFault(answer, "/v1", { fault: "invalid_parameter", param });
    expect(body).toBeUndefined();
  });
});

describe("an upstream", () => {
  it("that is open gets every field that no rule forbids", async () => {
    const extra = { a_field_of_tomorrow: 1, top_k: 5, documents: [{ text: "x" }] };
    const forbidden = { metadata: { a: "b" }, api_base: "x", mock_response: "x", plugins: [] };
    const { body, warnings } = await send("chat", "open", { ...extra, ...forbidden, user: "alice" });
    expect(body).toMatchObject(extra);
    expect(warnings).toEqual(Object.keys(forbidden).map((name) => `dropped=${name}`));
    expect(body?.["user"]).not.toBe("alice");
  });

  it("that is open gets no two names that differ in case alone", async () => {
    const { answer } = await send("chat", "open", { foo: 1, FOO: 2 });
    expectFault(answer, "/v1", { fault: "invalid_parameter", param: "FOO" });
  });

  it("with a list gets its fields too, also those with a fee", async () => {
    const fields = {
      a_field_of_tomorrow: 1,
      metadata: { a: "b" },
      web_search_options: {},
      tools: [{ type: "web_search" }],
    };
    const { body, warnings } = await send("chat", "listing", { ...fields, another_field: 1 });
    expect(body).toMatchObject(fields);
    expect(warnings).toEqual(["dropped=another_field"]);
  });
});

describe("warnings", () => {
  it("stand on streams too, hold only what a header can hold, and are not endless", async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, position) => [`field_${position}`, 1]));
    const { answer, warnings } = await send("chat", "plain", { stream: true, "a b\r\n世": 1, ...many });
    expect(answer.status, answer.story).toBe(200);
    expect(warnings[0]).toBe("dropped=a?b????".slice(0, "dropped=a?b???".length));
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe("more_dropped=11");
  });
});

describe("a fee that was asked for", () => {
  it("is charged at least once where the upstream does not count it, and as often as it counts", async () => {
    const charged = async (extra: JsonObject) => {
      upstream.script("upstream-priced", (exchange) => {
        const { usage, ...rest } = completion("Hi");
        exchange.json({ ...rest, usage: { ...(usage as JsonObject), ...extra } });
      });
      const { answer } = await send("chat", "priced", { web_search_options: {} });
      expect(answer.status, answer.story).toBe(200);
      const id = answer.headers.get("x-request-id");
      await expect
        .poll(() => gateway.requestLog().find((line) => line["request_id"] === id)?.["usage"], { timeout: 10_000 })
        .toBeDefined();
      return gateway.requestLog().find((line) => line["request_id"] === id)?.["usage"];
    };
    expect(await charged({})).toMatchObject({ searches: 1 });
    expect(await charged({ server_tool_use: { web_search_requests: 3 } })).toMatchObject({ searches: 3 });
  });
});
