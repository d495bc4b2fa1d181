/** Conversations over a socket: OpenAI's own clients, browsers, and what passes between client and upstream. */
import { once } from "node:events";
import { Agent } from "node:https";
import { connect as connectPlainly, type NetConnectOpts } from "node:net";
import type { Duplex } from "node:stream";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { OpenAIRealtimeWS as OpenAIRealtimeWS6 } from "openai6/realtime/ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { onlyCharge, RealtimeClient, refusal } from "../../support/realtime-client.ts";
import { answering, startRealtimeUpstream, textOf, type RealtimeUpstream } from "../../support/realtime-upstream.ts";
import { keyRecord } from "../../../src/core/api-key.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { send } from "../call.ts";
import { expectSoundBooks, pause } from "../money/books.ts";
import { SDKS } from "./openai-sdks.ts";

let gateway: Gateway;
let upstream: RealtimeUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startRealtimeUpstream()]);
  const { db } = gateway;
  await addUpstream(db, { id: "one", baseUrl: upstream.baseUrl });
  await addUpstream(db, { id: "two", baseUrl: upstream.baseUrl });
  const model = (id: string, upstreams: string[], extra: object = {}) =>
    addModel(db, {
      id,
      operation: "realtime",
      contextLength: 32_000,
      maxOutput: 4096,
      ...extra,
      routes: upstreams.map((upstreamId, at) => ({
        upstreamId,
        wire: "openai.realtime",
        upstreamModel: `${upstreamId}-${id}`,
        priority: -at,
      })),
    });
  await model("talker", ["one"], { autoWeight: 1 });
  for (const id of ["refused", "sorry", "hangs-up"]) await model(id, ["one", "two"]);
  await model("dead", ["one"]);
  await addModel(db, { id: "chatter", routes: [{ upstreamId: "one" }] });
  upstream.script("one-talker", answering("Hello there."));
  upstream.refuse("one-refused", 500);
  upstream.refuse("one-dead", 401, { message: "no key credential-of-one", code: "invalid_api_key" });
  upstream.script("one-sorry", ({ send: tell, socket }, { type }) => {
    if (type !== "opened") return;
    tell({ type: "error", error: { type: "server_error", code: "server_is_overloaded", message: "later" } });
    socket.close(1011);
  });
  upstream.script("one-hangs-up", ({ socket }) => socket.close(1013));
  for (const id of ["refused", "sorry", "hangs-up"]) upstream.script(`two-${id}`, answering("From the second."));
});

afterAll(async () => {
  await expectSoundBooks(gateway);
  await Promise.all([gateway.close(), upstream.close()]);
});

function address(path = "/v1/realtime?model=talker"): string {
  return gateway.url.replace("http", "ws") + path;
}

async function connect(path?: string, key = gateway.key): Promise<RealtimeClient> {
  return RealtimeClient.open(address(path), { authorization: `Bearer ${key}` });
}

/** A session of `talker`, with what its upstream sees. */
async function talk() {
  const client = await connect();
  await client.next("session.created");
  const call = upstream.calls.at(-1);
  if (call === undefined) throw new Error("nobody was called");
  return { client, call };
}

/** The SDKs speak TLS alone, which Cloudflare adds before the Worker. */
class WithoutTls extends Agent {
  override createConnection(options: NetConnectOpts): Duplex {
    return connectPlainly(options);
  }
}

describe.each([
  ["openai 7", OpenAIRealtimeWS, SDKS[0]],
  ["openai 6", OpenAIRealtimeWS6 as unknown as typeof OpenAIRealtimeWS, SDKS[1]],
] as const)("%s", (_, Socket, sdk) => {
  const client = () => {
    const [, Sdk] = sdk ?? [];
    if (Sdk === undefined) throw new Error("no SDK");
    return new Sdk({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  };

  it("talks", async () => {
    const socket = new Socket({ model: "talker", options: { agent: new WithoutTls() } }, client());
    await once(socket.socket, "open");
    const words: string[] = [];
    socket.on("response.output_text.delta", ({ delta }) => words.push(delta));
    const done = new Promise<{ response: { usage?: { total_tokens?: number } } }>((resolve) => {
      socket.on("response.done", resolve);
    });
    socket.send({ type: "session.update", session: { type: "realtime", output_modalities: ["text"] } });
    socket.send({ type: "response.create" });
    const { response } = await done;
    expect(words.join("")).toBe("Hello there.");
    expect(response.usage?.total_tokens).toBe(253);
    socket.close();
    await once(socket.socket, "close");
  });

  it("makes a secret for a browser, which opens one conversation", async () => {
    const made = await client().realtime.clientSecrets.create({
      expires_after: { anchor: "created_at", seconds: 60 },
      session: { type: "realtime", model: "talker", instructions: "Be brief." },
    });
    expect(made.value).toMatch(/^ek_/);
    expect(made.session).toMatchObject({ type: "realtime", model: "talker", instructions: "Be brief." });
    expect(made.expires_at - Date.now() / 1000).toBeGreaterThan(50);
    const protocols = ["realtime", `openai-insecure-api-key.${made.value}`];
    const browser = await RealtimeClient.open(address(), {}, protocols);
    expect(browser.socket.protocol).toBe("realtime");
    const call = upstream.calls.at(-1);
    expect(await call?.next("session.update")).toEqual({
      type: "session.update",
      session: { type: "realtime", model: "one-talker", instructions: "Be brief." },
    });
    await browser.ask("Hi");
    const again = await refusal(address(), {}, protocols);
    expect(again).toMatchObject({ status: 401, body: { error: { code: "invalid_api_key" } } });
    await browser.leave();
  });
});

it("takes a browser's key among the protocols, and shows it to nobody", async () => {
  const protocols = ["realtime", `openai-insecure-api-key.${gateway.key}`];
  const browser = await RealtimeClient.open(address(), {}, protocols);
  expect(browser.socket.protocol).toBe("realtime");
  await browser.ask("Hi");
  const call = upstream.calls.at(-1);
  expect(call?.headers).toMatchObject({
    "sec-websocket-protocol": "realtime",
    authorization: "Bearer credential-of-one",
  });
  expect(JSON.stringify(call?.headers)).not.toContain(gateway.key);
  await browser.leave();
});

it("takes `auto`, and a model of an alias-free name without one", async () => {
  const client = await connect("/v1/realtime");
  expect(await client.next("session.created")).toMatchObject({ session: { model: "talker" } });
  expect(upstream.calls.at(-1)?.path).toBe("/v1/realtime?model=one-talker");
  await client.leave();
  const xlei = await connect("/xlei/v1/realtime?model=auto");
  await xlei.ask("Hi");
  await xlei.leave();
});

describe("before the socket is open, refuses with a status", () => {
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

  it.each([
    ["an unknown model", "?model=nobody", 404, "model_not_found"],
    ["a model of another kind", "?model=chatter", 400, "model_not_supported"],
    ["a call over WebRTC", "?call_id=rtc_1", 400, "unsupported_parameter"],
    ["an unknown intent", "?intent=theft", 400, "invalid_value"],
  ])("%s", async (_, query, status, code) => {
    const refused = await refusal(address(`/v1/realtime${query}`), bearer(gateway.key));
    expect(refused).toMatchObject({ status, body: { error: { code } } });
  });

  it("a wrong key, and none", async () => {
    expect(await refusal(address(), bearer("sk-wrong"))).toMatchObject({
      status: 401,
      body: { error: { code: "invalid_api_key" } },
    });
    expect(await refusal(address(), {})).toMatchObject({ status: 401, body: { error: { code: "missing_api_key" } } });
  });

  it("an account that cannot pay for an answer, and lets the upstream go", async () => {
    const key = await addKey(gateway.db, { balanceNanos: 1000 });
    const refused = await refusal(address(), bearer(key));
    expect(refused).toMatchObject({ status: 402, body: { error: { code: "insufficient_quota" } } });
    expect(await upstream.calls.at(-1)?.closed).toBe(1000);
  });

  it("what every upstream refuses, without a word of it", async () => {
    const refused = await refusal(address("/v1/realtime?model=dead"), bearer(gateway.key));
    expect(refused.status).toBe(502);
    expect(refused.text).not.toMatch(/credential|127\.0\.0\.1|one-dead|Vendor/);
  });

  it("a request that opens no socket", async () => {
    const answer = await fetch(`${gateway.url}/v1/realtime?model=talker`, { headers: bearer(gateway.key) });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("WebSocket");
    expect((await send(gateway, "/v1/realtime", { body: {} })).status).toBe(405);
  });
});

it.each(["refused", "sorry", "hangs-up"])("asks the next upstream where one is %s", async (id) => {
  const key = await addKey(gateway.db);
  const client = await connect(`/v1/realtime?model=${id}`, key);
  expect(await client.next("session.created")).toMatchObject({ session: { model: id } });
  await client.ask("Hi");
  await client.leave();
  const { attempts, route } = await onlyCharge(gateway, key);
  expect(route).toBe(`${id}#1`);
  expect(JSON.parse(attempts ?? "[]")).toMatchObject([{ upstream: "one" }, { upstream: "two", outcome: "answered" }]);
});

describe("what passes", () => {
  it("is unchanged, byte for byte, both ways", async () => {
    const { client, call } = await talk();
    const heard: string[] = [];
    call.socket.on("message", (data) => heard.push(textOf(data)));
    const spoken = [
      '{ "type" : "input_audio_buffer.append", "audio":"AAAA" ,"event_id":"e\\u00e9" }',
      '{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"12345678901234567890"}],"n":12345678901234567890}}',
      '{"type":"input_audio_buffer.commit"}',
    ];
    for (const text of spoken) client.socket.send(text);
    await call.next("input_audio_buffer.commit");
    expect(heard).toEqual(spoken);
    const told = '{"type":"conversation.item.added", "event_id":"x","item":{"big":12345678901234567890}}';
    call.socket.send(told);
    await client.next("conversation.item.added");
    expect(client.texts).toContain(told);
    await client.leave();
  });

  it("has the upstream's name of the model upstream, and the public one for the client", async () => {
    const { client, call } = await talk();
    const session = {
      type: "realtime",
      model: "talker",
      audio: { input: { transcription: { model: "talker" } } },
      tools: [{ type: "function", name: "f", parameters: {} }],
    };
    client.send({ type: "session.update", session });
    expect(await call.next("session.update")).toEqual({
      type: "session.update",
      session: { ...session, model: "one-talker", audio: { input: { transcription: { model: "one-talker" } } } },
    });
    expect(await client.next("session.updated")).toMatchObject({ session: { model: "talker" } });
    await client.leave();
  });

  it("cannot become another model's session, a stored prompt, or a trace of the operator's", async () => {
    const { client, call } = await talk();
    client.send({
      type: "session.update",
      session: { type: "realtime", model: "dearer", prompt: { id: "pmpt_1" }, tracing: "auto", unheard_of: 1 },
    });
    expect(await call.next("session.update")).toEqual({
      type: "session.update",
      session: { type: "realtime", model: "one-talker" },
    });
    await client.leave();
  });

  it("is no message that the gateway cannot vouch for; the conversation goes on", async () => {
    const { client, call } = await talk();
    const wrong: readonly (readonly [string | Uint8Array, string])[] = [
      ["not JSON", "invalid_json"],
      ['{"type":"input_audio_buffer.append","type":"response.create"}', "invalid_json"],
      ['{"type":"fees.create"}', "invalid_value"],
      [Buffer.from([1, 2, 3]), "unsupported_content_type"],
      ['{"type":"session.update"}', "invalid_value"],
      [
        '{"type":"session.update","session":{"type":"realtime","tools":[{"type":"mcp","server_url":"https://x"}]}}',
        "unsupported_parameter",
      ],
      ['{"type":"response.create","response":{"tools":[{"type":"web_search"}]}}', "unsupported_parameter"],
      ['{"type":"session.update","session":{"Model":"dearer"}}', "invalid_value"],
      [
        '{"type":"conversation.item.create","item":{"content":[{"type":"input_image","image_url":"file:///etc/passwd"}]}}',
        "invalid_value",
      ],
    ];
    for (const [message, code] of wrong) {
      client.socket.send(message);
      const told = await client.next("error");
      expect(told, String(message)).toMatchObject({ error: { code } });
    }
    await client.ask("Hi");
    expect(call.events.map(({ type }) => type)).toEqual(["conversation.item.create", "response.create"]);
    await client.leave();
  });

  it("is an upstream's error in its own words where it is about the request, else in ours", async () => {
    const { client, call } = await talk();
    call.send({
      type: "error",
      event_id: "event_9",
      error: {
        type: "invalid_request_error",
        code: "invalid_value",
        message: "Voice of one-talker at http://127.0.0.1:80/ is wrong",
        param: "session.voice",
        event_id: "mine",
      },
    });
    const own = await client.next("error");
    expect(own).toMatchObject({ error: { code: "invalid_value", param: "session.voice", event_id: "mine" } });
    expect(JSON.stringify(own)).toContain("Voice of talker at [url] is wrong");
    call.send({
      type: "error",
      error: { type: "insufficient_quota", code: "insufficient_quota", message: "pay openai" },
    });
    const ours = await client.next("error");
    expect(ours).toMatchObject({ error: { type: "upstream_error" } });
    expect(JSON.stringify(ours)).not.toContain("pay");
    await client.ask("Hi");
    await client.leave();
  });

  it("has nothing of the upstream's limits, costs and routing", async () => {
    const { client, call } = await talk();
    call.send({ type: "rate_limits.updated", rate_limits: [{ name: "requests", limit: 7 }] });
    call.send({
      type: "response.done",
      response: { id: "r", status: "completed", output: [], provider: "Acme", usage: { cost: 1, total_tokens: 2 } },
    });
    const done = await client.next("response.done");
    expect(done).toEqual({
      type: "response.done",
      response: { id: "r", status: "completed", output: [], usage: { total_tokens: 2 } },
    });
    expect(client.events.map(({ type }) => type)).not.toContain("rate_limits.updated");
    await client.leave();
  });

  it("may be 15 MB long", async () => {
    const { client, call } = await talk();
    const audio = "A".repeat(15 * 1024 * 1024);
    client.send({ type: "input_audio_buffer.append", audio });
    const event = await call.next("input_audio_buffer.append");
    expect(event["audio"]).toHaveLength(audio.length);
    await client.leave();
  });
});

describe("the end", () => {
  it("of the client's socket is the upstream's, within a second", async () => {
    const { client, call } = await talk();
    const left = Date.now();
    client.socket.terminate();
    await call.closed;
    expect(Date.now() - left).toBeLessThan(1000);
  });

  it("of the upstream's socket is the client's, with its code", async () => {
    const { client, call } = await talk();
    call.socket.close(4001, "bye from 127.0.0.1");
    expect(await client.closed).toEqual([4001, "bye from [host]"]);
    const other = await talk();
    other.call.socket.terminate();
    expect(await other.client.next("error")).toMatchObject({ error: { code: "bad_gateway" } });
    expect(await other.client.closed).toEqual([1011, "bad_gateway"]);
  });

  it("comes with garbage", async () => {
    const { client, call } = await talk();
    call.socket.send("garbage");
    expect(await client.closed).toEqual([1011, "bad_gateway"]);
    expect(await call.closed).toBe(1000);
  });
});

describe("a secret", () => {
  const make = async (body: object) => send(gateway, "/v1/realtime/client_secrets", { body });

  it.each([
    [{ session: { type: "chat" } }, 400],
    [{ session: [] }, 400],
    [{ expires_after: { seconds: 1 } }, 400],
    [{ expires_after: "soon" }, 400],
    [{ session: { model: "nobody" } }, 404],
    [{ session: { model: "chatter" } }, 400],
    [{ session: { instructions: "x".repeat(70_000) } }, 413],
    [{ session: { model: "talker", tools: [{ type: "mcp", server_url: "https://x" }] } }, 400],
    [{ session: { model: "talker", Instructions: "x" } }, 400],
  ])("is not made of %j", async (body, status) => {
    expect((await make(body)).status).toBe(status);
  });

  it("lives for an hour at most, opens its own model alone, and nothing else", async () => {
    const answer = await make({ expires_after: { seconds: 7200 }, session: { type: "realtime", model: "talker" } });
    const { value, expires_at: end } = (await answer.json()) as { value: string; expires_at: number };
    expect(end - Date.now() / 1000).toBeLessThanOrEqual(3600);
    const other = await refusal(address("/v1/realtime?model=sorry"), { authorization: `Bearer ${value}` });
    expect(other).toMatchObject({ status: 403, body: { error: { code: "access_denied" } } });
    const chat = await send({ ...gateway, key: value }, "/v1/chat/completions", { body: { messages: [] } });
    expect(chat.status).toBe(401);
    const client = await RealtimeClient.open(address("/v1/realtime"), { authorization: `Bearer ${value}` });
    await client.leave();
  });

  it("ends with its time, and is deleted then", async () => {
    const { value } = (await (await make({ session: { model: "talker" } })).json()) as { value: string };
    await gateway.database.prepare("UPDATE client_secrets SET expires_at = 1").run();
    expect((await refusal(address(), { authorization: `Bearer ${value}` })).status).toBe(401);
    await gateway.runSchedule("* * * * *");
    expect((await gateway.database.prepare("SELECT * FROM client_secrets").all()).results).toEqual([]);
  });

  it("is not made where the key has hundreds that nobody uses", async () => {
    const key = await addKey(gateway.db);
    const { hash } = await keyRecord(key);
    const many = `INSERT INTO client_secrets WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
      SELECT 'many-' || i, '${hash}', '', ${Date.now() + 600_000} FROM n`;
    await gateway.database.prepare(many).run();
    const ask = async () => send({ ...gateway, key }, "/v1/realtime/client_secrets", { body: {} });
    const refused = await ask();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect((await make({})).status).toBe(200);
    await gateway.database.prepare("DELETE FROM client_secrets WHERE hash = 'many-1'").run();
    expect((await ask()).status).toBe(200);
  });

  it("keeps nothing that can be read", async () => {
    await make({ session: { model: "talker", instructions: "The word is swordfish." } });
    const { results } = await gateway.database.prepare("SELECT * FROM client_secrets").all();
    expect(JSON.stringify(results)).not.toMatch(/swordfish|ek_/);
  });
});

it("writes one line for a conversation", async () => {
  const { client } = await talk();
  const before = gateway.requestLog().length;
  await client.ask("Hi");
  await client.leave();
  for (let tries = 0; tries < 100 && gateway.requestLog().length === before; tries++) await pause(20);
  expect(gateway.requestLog().at(-1)).toMatchObject({
    endpoint: "GET /v1/realtime",
    status: 101,
    model: "talker",
    ending: "complete",
    usage: { input: 55 },
  });
});
