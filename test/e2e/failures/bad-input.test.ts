import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, expectFault, logLine, MESSAGES, SURFACES, type ExpectedFault } from "../call.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", autoWeight: 1, routes: [{ upstreamId: "one" }] });
  upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

interface BadRequest extends ExpectedFault {
  readonly title: string;
  /** The path below the surface; chat by default. */
  readonly path?: string;
  readonly body: unknown;
}

const COMPLETIONS = "/completions";

/** `levels` objects and arrays, one in another. */
function nested(levels: number): string {
  const arrays = levels - 1;
  return `{"model":"plain","stream":false,"messages":[{"role":"user","content":"Hello"}],"chat_template_kwargs":${"[".repeat(arrays)}${"]".repeat(arrays)}}`;
}

const NO_UTF_8 = Buffer.from(
  '{"model":"plain","stream":false,"messages":[{"role":"user","content":"\u00ff"}]}',
  "latin1",
);

const BAD_REQUESTS: readonly BadRequest[] = [
  { title: "no JSON", body: "Hello", fault: "bad_json", says: /JSON/ },
  { title: "JSON that stops half-way", body: '{"model":"plain","messages":[', fault: "bad_json", says: /JSON/ },
  { title: "JSON followed by more", body: '{"messages":[]} {}', fault: "bad_json", says: /JSON/ },
  { title: "an array", body: MESSAGES, fault: "bad_json", says: /object|对象/ },
  { title: "a string", body: '"Hello"', fault: "bad_json", says: /object|对象/ },
  { title: "null", body: "null", fault: "bad_json", says: /object|对象/ },
  { title: "an empty body", body: "", fault: "bad_json", says: /empty|空/ },
  { title: "a body of blanks", body: " \r\n\t", fault: "bad_json", says: /empty|空/ },
  { title: "bytes that are no UTF-8", body: NO_UTF_8, fault: "bad_json", says: /UTF-8/ },
  { title: "257 levels", body: nested(257), fault: "bad_json", says: /256/ },
  { title: "a hundred thousand levels", body: nested(100_000), fault: "bad_json", says: /256/ },
  { title: "a million levels", body: nested(1_000_000), fault: "body_too_large", says: /200000/ },
  { title: "a number as model", body: { model: 5, messages: MESSAGES }, fault: "invalid_parameter", param: "model" },
  { title: "a list as model", body: { model: ["a"], messages: MESSAGES }, fault: "invalid_parameter", param: "model" },
  { title: "a text as messages", body: { messages: "Hello" }, fault: "invalid_parameter", param: "messages" },
  { title: "an object as messages", body: { messages: MESSAGES[0] }, fault: "invalid_parameter", param: "messages" },
  { title: "empty messages", body: { messages: [] }, fault: "invalid_parameter", param: "messages" },
  { title: "a text as message", body: { messages: ["Hello"] }, fault: "invalid_parameter", param: "messages[0]" },
  { title: "null as message", body: { messages: [null] }, fault: "invalid_parameter", param: "messages[0]" },
  {
    title: "a list as a later message",
    body: { messages: [...MESSAGES, []] },
    fault: "invalid_parameter",
    param: "messages[1]",
  },
  {
    title: "a message without a role",
    body: { messages: [{ content: "Hello" }] },
    fault: "invalid_parameter",
    param: "messages[0].role",
  },
  {
    title: "a number as content",
    body: { messages: [{ role: "user", content: 5 }] },
    fault: "invalid_parameter",
    param: "messages[0].content",
  },
  {
    title: "a text as stream",
    body: { messages: MESSAGES, stream: "true" },
    fault: "invalid_parameter",
    param: "stream",
  },
  { title: "a number as stream", body: { messages: MESSAGES, stream: 1 }, fault: "invalid_parameter", param: "stream" },
  {
    title: "a negative cap",
    body: { messages: MESSAGES, max_tokens: -1 },
    fault: "invalid_parameter",
    param: "max_tokens",
  },
  { title: "a fractional n", body: { messages: MESSAGES, n: 1.5 }, fault: "invalid_parameter", param: "n" },
  {
    title: "a number as prompt",
    path: COMPLETIONS,
    body: { prompt: 5 },
    fault: "invalid_parameter",
    param: "prompt",
  },
  {
    title: "an object as prompt",
    path: COMPLETIONS,
    body: { prompt: { text: "Hello" } },
    fault: "invalid_parameter",
    param: "prompt",
  },
  { title: "no prompts", path: COMPLETIONS, body: { prompt: [] }, fault: "invalid_parameter", param: "prompt" },
  {
    title: "prompts of mixed types",
    path: COMPLETIONS,
    body: { prompt: ["Hello", 5] },
    fault: "invalid_parameter",
    param: "prompt",
  },
  { title: "neither messages nor prompt", body: { model: "plain" }, fault: "missing_input", param: "messages" },
  {
    title: "neither prompt nor messages",
    path: COMPLETIONS,
    body: { model: "plain" },
    fault: "missing_input",
    param: "prompt",
  },
  {
    title: "best_of on an upstream that only chats",
    path: COMPLETIONS,
    body: { model: "plain", prompt: "Hello", best_of: 2 },
    fault: "unsupported_feature",
    param: "best_of",
  },
  {
    title: "several prompts on an upstream that only chats",
    path: COMPLETIONS,
    body: { model: "plain", prompt: ["Hello", "World"] },
    fault: "unsupported_feature",
    param: "prompt",
  },
  {
    title: "token arrays on an upstream that only chats",
    path: COMPLETIONS,
    body: { model: "plain", prompt: [1, 2, 3] },
    fault: "unsupported_feature",
    param: "prompt",
  },
  {
    title: "a suffix on an upstream that only chats",
    path: COMPLETIONS,
    body: { model: "plain", prompt: "Hello", suffix: "world" },
    fault: "unsupported_feature",
    param: "suffix",
  },
];

describe.each(SURFACES)("bad bodies on %s", (mount) => {
  it.each(BAD_REQUESTS)("refuses $title", async ({ path = CHAT, body, ...expected }) => {
    const before = upstream.received.length;
    const answer = await call(gateway, mount + path, { body });
    expectFault(answer, mount, expected);
    expect(upstream.received.length, `reached the upstream: ${answer.story}`).toBe(before);
    expect(await logLine(gateway, answer)).toMatchObject({
      endpoint: `POST ${mount}${path}`,
      status: answer.status,
      fault: expected.fault,
      ending: "failed",
    });
  });

  it("refuses a bad request for a stream before the stream begins", async () => {
    const answer = await call(gateway, mount + CHAT, { body: { stream: true, messages: [] } });
    expectFault(answer, mount, { fault: "invalid_parameter", param: "messages" });
  });

  it("accepts 256 levels, and passes them on", async () => {
    const answer = await call(gateway, mount + CHAT, { body: nested(256) });
    expect(answer.status, answer.story).toBe(200);
    expect(JSON.stringify(upstream.received.at(-1)?.body["chat_template_kwargs"])).toBe(
      "[".repeat(255) + "]".repeat(255),
    );
  });

  it("passes an unknown role on to the model", async () => {
    const messages = [{ role: "narrator", content: "Once upon a time" }];
    const answer = await call(gateway, mount + CHAT, { body: { stream: false, messages } });
    expect(answer.status, answer.story).toBe(200);
    expect(upstream.received.at(-1)?.body["messages"]).toEqual(messages);
  });

  it("answers in the client's language, by default Chinese on Xlei", async () => {
    const ask = (language?: string) =>
      call(gateway, mount + CHAT, { body: "", headers: { "accept-language": language } });
    const [unasked, chinese, english] = await Promise.all([ask(), ask("zh-CN,zh;q=0.9"), ask("fr, en;q=0.5")]);
    expect(chinese.body["message"], chinese.story).toMatch(/请求体/);
    expect(english.body["message"], english.story).toMatch(/request body/);
    expect(unasked.body["message"], unasked.story).toBe((mount === "/v1" ? english : chinese).body["message"]);
  });
});
