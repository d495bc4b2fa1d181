/** What a client reads of a stream: where usage is, what fills a silence, and what is added to incomplete chunks. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { chunk, startUpstream, USAGE, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, MESSAGES, send, SURFACES, type Answer, type JsonObject } from "../call.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway({ vars: { KEEP_ALIVE_MS: "25" } }), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", routes: [{ upstreamId: "one" }] });
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

/** The chunks a client gets of an upstream's events. */
async function streamed(
  mount: string,
  events: readonly unknown[],
  body: JsonObject = {},
): Promise<[JsonObject[], Answer]> {
  upstream.script("upstream-plain", (exchange) => {
    exchange.openStream();
    for (const event of events) exchange.event(event);
    exchange.done();
  });
  const answer = await call(gateway, mount + CHAT, {
    body: { model: "plain", stream: true, messages: MESSAGES, ...body },
  });
  expect(answer.status, answer.story).toBe(200);
  expect(answer.events.at(-1), answer.story).toBe("[DONE]");
  return [answer.events.filter((event) => event !== "[DONE]"), answer];
}

const USAGE_CHUNK = { ...chunk({}), choices: [], usage: USAGE };
const PARTIAL = { ...USAGE, completion_tokens: 1, total_tokens: 6 };

/** Where upstreams put usage. */
const PLACES: readonly [string, readonly unknown[], boolean][] = [
  ["in a chunk of its own", [chunk({ content: "Hi" }), chunk({}, "stop"), USAGE_CHUNK], true],
  [
    "in a chunk of its own, null before",
    [{ ...chunk({ content: "Hi" }), usage: null }, { ...chunk({}, "stop"), usage: null }, USAGE_CHUNK],
    true,
  ],
  ["on the finish chunk", [chunk({ content: "Hi" }), { ...chunk({}, "stop"), usage: USAGE }], true],
  [
    "on every chunk",
    [
      { ...chunk({ content: "Hi" }), usage: PARTIAL },
      { ...chunk({}, "stop"), usage: USAGE },
    ],
    true,
  ],
  [
    "on the finish chunk and in one of its own",
    [chunk({ content: "Hi" }), { ...chunk({}, "stop"), usage: PARTIAL }, USAGE_CHUNK],
    true,
  ],
  ["before the finish chunk", [chunk({ content: "Hi" }), USAGE_CHUNK, chunk({}, "stop")], true],
  ["nowhere", [chunk({ content: "Hi" }), chunk({}, "stop")], false],
];

describe.each(SURFACES)("usage on %s that an upstream sends", (mount) => {
  it.each(PLACES)("%s stands on the finish chunk for a client that did not ask", async (_title, events, reports) => {
    const [chunks, answer] = await streamed(mount, events);
    expect(chunks.length, answer.story).toBe(2);
    expect(
      chunks.map(({ usage }) => usage),
      answer.story,
    ).toEqual([undefined, reports ? USAGE : undefined]);
    expect(chunks.at(-1), answer.story).toMatchObject({ choices: [{ finish_reason: "stop" }] });
  });

  it.each(PLACES)("%s is a chunk without choices for a client that asked", async (_title, events, reports) => {
    const [chunks, answer] = await streamed(mount, events, { stream_options: { include_usage: true } });
    const choices = chunks.map((event) => (event["choices"] as unknown[]).length);
    expect(choices, answer.story).toEqual([1, 1, 0]);
    const usages = chunks.map(({ usage }) => usage);
    // Where the upstream reports no usage, the gateway counts: "Hello" and "Hi" are a token each.
    const counted = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    expect(usages, answer.story).toEqual([null, null, reports ? USAGE : counted]);
    expect(chunks.at(-1), answer.story).toMatchObject({ object: "chat.completion.chunk", model: "plain" });
  });

  it("stands on the last of several finish chunks", async () => {
    const choice = (index: number, delta: object, finish: string | null) => ({
      ...chunk({}),
      choices: [{ index, delta, finish_reason: finish }],
    });
    const events = [
      choice(0, { content: "a" }, null),
      choice(1, { content: "b" }, null),
      choice(1, {}, "stop"),
      choice(0, {}, "length"),
      USAGE_CHUNK,
    ];
    const [chunks, answer] = await streamed(mount, events, { n: 2 });
    expect(
      chunks.map(({ usage }) => usage),
      answer.story,
    ).toEqual([undefined, undefined, undefined, USAGE]);
    expect(
      chunks.map((event) => (event["choices"] as JsonObject[])[0]?.["index"]),
      answer.story,
    ).toEqual([0, 1, 1, 0]);
  });
});

describe.each(SURFACES)("poor chunks on %s", (mount) => {
  it("get one id, object, time and model, an index, a first role and a finish reason", async () => {
    const [chunks, answer] = await streamed(mount, [
      { choices: [{ delta: { content: "Hi " }, finish_reason: "" }] },
      { id: "", object: "", model: "other", choices: [{ delta: { content: "you" } }] },
      { id: "late", choices: [{ delta: {}, finish_reason: "stop" }] },
    ]);
    const [first] = chunks;
    expect(first?.["id"], answer.story).toMatch(/^chatcmpl-\w+/);
    expect(first?.["created"], answer.story).toBeGreaterThan(1_700_000_000);
    const common = { id: first?.["id"], object: "chat.completion.chunk", model: "plain", created: first?.["created"] };
    expect(chunks, answer.story).toEqual([
      { ...common, choices: [{ index: 0, delta: { role: "assistant", content: "Hi " }, finish_reason: null }] },
      { ...common, choices: [{ index: 0, delta: { content: "you" }, finish_reason: null }] },
      { ...common, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    ]);
  });

  it("keep the id and time of the first when later ones differ", async () => {
    const [chunks, answer] = await streamed(mount, [
      { ...chunk({ content: "Hi" }), id: "first", created: 5 },
      { ...chunk({}, "stop"), id: "second", created: 6 },
    ]);
    expect(
      chunks.map(({ id }) => id),
      answer.story,
    ).toEqual(["first", "first"]);
    expect(
      chunks.map(({ created }) => created),
      answer.story,
    ).toEqual([5, 5]);
  });

  it("get indexes and ids of tool calls, and keep them", async () => {
    const call = (fields: object) => chunk({ tool_calls: [fields] });
    const [chunks, answer] = await streamed(mount, [
      call({ function: { name: "first", arguments: "" } }),
      call({ function: { arguments: '{"a":' } }),
      call({ function: { arguments: "1}" } }),
      call({ id: "call_b", function: { name: "second", arguments: "{}" } }),
      chunk({}, "tool_calls"),
    ]);
    const calls = chunks.flatMap((event) => {
      const { delta } = (event["choices"] as { delta: { tool_calls?: JsonObject[] } }[])[0] ?? {};
      return delta?.tool_calls ?? [];
    });
    expect(
      calls.map(({ index }) => index),
      answer.story,
    ).toEqual([0, 0, 0, 1]);
    expect(
      calls.map(({ id }) => id),
      answer.story,
    ).toEqual([expect.stringMatching(/^call_\w+/), undefined, undefined, "call_b"]);
    expect(
      calls.map(({ type }) => type),
      answer.story,
    ).toEqual(["function", undefined, undefined, "function"]);
  });

  it("have content that is a list of parts joined", async () => {
    const parts = [
      { type: "text", text: "Hi " },
      { type: "text", text: "you" },
    ];
    const [chunks, answer] = await streamed(mount, [chunk({ content: parts }), chunk({}, "stop")]);
    expect(chunks[0], answer.story).toMatchObject({ choices: [{ delta: { content: "Hi you" } }] });
  });

  it("leave out empty events", async () => {
    const [chunks, answer] = await streamed(mount, [
      { ...chunk({}), choices: [] },
      {},
      chunk({ content: "Hi" }),
      { heartbeat: 1 },
      chunk({}, "stop"),
    ]);
    expect(chunks.length, answer.story).toBe(2);
  });

  it("that end because the vendor has no machines get the finish reason length", async () => {
    const [chunks, answer] = await streamed(mount, [
      chunk({ content: "Hi" }),
      chunk({}, "insufficient_system_resource"),
    ]);
    expect(chunks.at(-1), answer.story).toMatchObject({ choices: [{ finish_reason: "length" }] });
  });
});

describe.each(SURFACES)("silence on %s", (mount) => {
  it("is filled with comments after the first event, and never before", async () => {
    let exchange: Exchange | undefined;
    upstream.script("upstream-plain", async (received) => {
      exchange = received;
      received.openStream();
      // Long enough for several comments, if they were sent before the first event.
      await new Promise((resolve) => setTimeout(resolve, 200));
      received.event(chunk({ content: "Hi" }));
    });
    const body = { model: "plain", stream: true, messages: MESSAGES };
    const response = await send(gateway, mount + CHAT, { body });
    let text = "";
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece, { stream: true });
      if (!text.includes(": keep-alive\n\n: keep-alive\n\n") || exchange === undefined) continue;
      exchange.event(chunk({}, "stop"));
      exchange.done();
      exchange = undefined;
    }
    expect(text).toMatch(/^data: \{.*"Hi".*\}\n\n(: keep-alive\n\n){2,}data: \{.*"stop".*\}\n\ndata: \[DONE\]\n\n$/);
  });
});

describe.each(SURFACES)("the head of a stream on %s", (mount) => {
  it("keeps proxies from holding it back", async () => {
    const [, { headers, story }] = await streamed(mount, [chunk({ content: "Hi" }), chunk({}, "stop")]);
    expect(headers.get("content-type"), story).toMatch(/^text\/event-stream/);
    expect(headers.get("cache-control"), story).toBe("no-cache, no-transform");
    expect(headers.get("x-accel-buffering"), story).toBe("no");
    expect(headers.get("content-encoding"), story).toBeNull();
    expect(headers.get("x-request-id"), story).toMatch(/^req_/);
    expect(headers.get("x-gateway-model"), story).toBe("plain");
  });
});
