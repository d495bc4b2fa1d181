/** Upstreams that fail before the first byte: the client is told, or the next route answers. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chunk, completion, USAGE, type Script } from "../../support/upstream.ts";
import { expectFault, SURFACES, type FaultName } from "../call.ts";
import { startScene, textOf, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
  await scene.addModel("plain", ["one"]);
  await scene.addModel("spare", ["one", "two"]);
  await scene.addModel("unreachable", ["closed"]);
  await scene.addModel("reachable", ["closed", "two"]);
});

afterAll(async () => scene.close());
beforeEach(() => scene.reset());

/** A failing script answers requests with and without a stream, or only one kind of them. */
interface Failing {
  readonly title: string;
  readonly streams: readonly boolean[];
  readonly script: Script;
  /** The fault for the client of a model with this one route. */
  readonly fault: FaultName;
  /** The outcome in the log. */
  readonly outcome: string;
}

const BOTH = [false, true];
const ERROR = { error: { message: "hidden: out of machines", type: "server_error", code: "hidden" } };
const EMPTY = { ...chunk({}, "stop"), usage: { ...USAGE, completion_tokens: 0, total_tokens: 5 } };

function stream(...events: unknown[]): Script {
  return (exchange) => {
    exchange.openStream();
    for (const event of events) exchange.event(event);
    exchange.done();
  };
}

function raw(text: string): Script {
  return (exchange) => {
    exchange.openStream();
    exchange.response.end(text);
  };
}

const GARBAGE = { fault: "upstream_error", outcome: "garbage" } as const;
/** The result of an error in an answer of status 200 that stands for status 500. */
const REFUSAL = { fault: "upstream_error", outcome: "error" } as const;
const JSON_ONLY = { streams: [false], ...GARBAGE };
const STREAM_ONLY = { streams: [true], ...GARBAGE };

const FAILING: readonly Failing[] = [
  {
    title: "resets before its headers",
    streams: BOTH,
    script: (exchange) => exchange.reset(),
    fault: "no_route",
    outcome: "unreachable",
  },
  {
    title: "resets in the middle of its JSON",
    ...JSON_ONLY,
    script: async (exchange) => {
      exchange.response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      await new Promise((resolve) => void exchange.response.write('{"choices":[', resolve));
      exchange.reset();
    },
  },
  { title: "sends HTML for JSON", ...JSON_ONLY, script: (exchange) => exchange.response.end("<h1>hidden</h1>") },
  { title: "sends half a JSON", ...JSON_ONLY, script: (exchange) => exchange.response.end('{"choices":[{"mess') },
  { title: "sends nothing", streams: BOTH, ...GARBAGE, script: (exchange) => exchange.response.end() },
  { title: "sends a list", ...JSON_ONLY, script: (exchange) => exchange.json([completion("Hi")]) },
  {
    title: "sends no choices",
    ...JSON_ONLY,
    script: (exchange) => exchange.json({ ...completion("Hi"), choices: [] }),
  },
  { title: "sends an error with status 200", streams: BOTH, ...REFUSAL, script: (exchange) => exchange.json(ERROR) },
  {
    title: "sends a choice that says nothing",
    ...JSON_ONLY,
    script: (exchange) => exchange.json(completion("", { usage: { prompt_tokens: 5, completion_tokens: 0 } })),
  },
  {
    title: "sends HTML for a stream",
    ...STREAM_ONLY,
    script: (exchange) => exchange.response.writeHead(200, { "content-type": "text/html" }).end("<h1>hidden</h1>"),
  },
  {
    title: "resets before its first event",
    ...STREAM_ONLY,
    script: async (exchange) => {
      exchange.openStream();
      await new Promise((resolve) => void exchange.response.write(": hidden comment\n\n", resolve));
      exchange.reset();
    },
  },
  {
    title: "resets after an event that says nothing",
    ...STREAM_ONLY,
    script: async (exchange) => {
      exchange.openStream();
      const event = `data: ${JSON.stringify(chunk({ role: "assistant", content: "" }))}\n\n`;
      await new Promise((resolve) => void exchange.response.write(event, resolve));
      exchange.reset();
    },
  },
  { title: "sends garbage for its first event", ...STREAM_ONLY, script: raw("data: <h1>hidden</h1>\n\n") },
  { title: "sends half an event and ends", ...STREAM_ONLY, script: raw('data: {"choices":[{"delta":{"cont') },
  { title: "sends an error for its first event", ...STREAM_ONLY, ...REFUSAL, script: stream(ERROR) },
  {
    title: "sends an error after its role",
    ...STREAM_ONLY,
    ...REFUSAL,
    script: stream(chunk({ role: "assistant" }), ERROR),
  },
  { title: "sends a stream with nothing in it", ...STREAM_ONLY, script: stream() },
  { title: "sends a stream of comments", ...STREAM_ONLY, script: raw(": hidden\n\n: hidden\n\n") },
  { title: "sends a stream that says nothing", ...STREAM_ONLY, script: stream(chunk({ role: "assistant" }), EMPTY) },
  {
    title: "sends a redirect",
    streams: BOTH,
    fault: "upstream_error",
    outcome: "error",
    script: (exchange) =>
      exchange.json({}, 307, { location: `http://${exchange.headers.host}/v1/chat/completions?hidden` }),
  },
  ...[500, 502, 503, 520, 529].map((status): Failing => ({
    title: `answers ${status}`,
    streams: BOTH,
    fault: "upstream_error",
    outcome: "error",
    script: (exchange) => exchange.json(ERROR, status),
  })),
];

const CASES = FAILING.flatMap((failing) => failing.streams.map((streams) => ({ ...failing, streams }))).map(
  (failing) => ({ ...failing, kind: failing.streams ? "a stream" : "JSON" }),
);

const answers: Script = (exchange) => {
  if (exchange.body["stream"] === true) stream(chunk({ content: "Hi" }), chunk({}, "stop"))(exchange);
  else exchange.json(completion("Hi"));
};

describe.each(SURFACES)("an upstream on %s that", (mount) => {
  it.each(CASES)("$title, asked for $kind: the client is told", async ({ script, streams, fault, outcome }) => {
    scene.script("plain", 0, script);
    const answer = await scene.chat(mount, "plain", { stream: streams });
    expectFault(answer, mount, { fault });
    expect(scene.upstream.received.length, answer.story).toBe(1);
    expect(await scene.log(answer), answer.story).toMatchObject({
      fault,
      ending: "failed",
      attempts: [{ route: "plain#0", upstream: "one", outcome }],
    });
  });

  it.each(CASES)("$title, asked for $kind: the next route answers", async ({ script, streams, outcome }) => {
    scene.script("spare", 0, script);
    scene.script("spare", 1, answers);
    const answer = await scene.chat(mount, "spare", { stream: streams });
    expect(answer.status, answer.story).toBe(200);
    if (streams) expect(textOf(answer), answer.story).toBe("Hi");
    else expect(answer.body["choices"], answer.story).toMatchObject([{ message: { content: "Hi" } }]);
    expect(answer.headers.get("x-gateway-attempts"), answer.story).toBe("2");
    expect([scene.tries("spare", 0), scene.tries("spare", 1)], answer.story).toEqual([1, 1]);
    expect(await scene.log(answer), answer.story).toMatchObject({
      ending: "complete",
      route: "spare#1",
      attempts: [{ outcome }, { outcome: "answered" }],
    });
  });

  it("sends JSON for a stream, or a stream for JSON: the client gets what it asked for", async () => {
    scene.script("plain", 0, (exchange) => exchange.json(completion("Hi")));
    const streamed = await scene.chat(mount, "plain", { stream: true });
    expect(streamed.headers.get("content-type"), streamed.story).toContain("text/event-stream");
    expect(textOf(streamed), streamed.story).toBe("Hi");
    expect(streamed.text, streamed.story).toMatch(/"finish_reason":"stop".*"usage":\{[^\n]*\n\ndata: \[DONE\]\n\n$/);
    expect(await scene.log(streamed), streamed.story).toMatchObject({
      ending: "complete",
      usage: { input: 5, output: 7 },
    });

    scene.script("plain", 0, stream(chunk({ content: "H" }), chunk({ content: "i" }), chunk({}, "stop")));
    const whole = await scene.chat(mount, "plain", { stream: false });
    expect(whole.headers.get("content-type"), whole.story).toBe("application/json");
    expect(whole.body, whole.story).toMatchObject({
      object: "chat.completion",
      model: "plain",
      choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
    });
  });

  it.each(BOTH)("refuses connections, stream %s", async (streams) => {
    const alone = await scene.chat(mount, "unreachable", { stream: streams });
    expectFault(alone, mount, { fault: "no_route" });
    expect(await scene.log(alone), alone.story).toMatchObject({ attempts: [{ outcome: "unreachable" }] });

    scene.script("reachable", 1, answers);
    const answer = await scene.chat(mount, "reachable", { stream: streams });
    expect(answer.status, answer.story).toBe(200);
    expect(answer.headers.get("x-gateway-attempts"), answer.story).toBe("2");
  });
});
