/** Refusals of upstreams: what the client is told, and what it is never told. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { completion } from "../../support/upstream.ts";
import { call, CHAT, expectFault, MESSAGES, SURFACES, type ExpectedFault, type JsonObject } from "../call.ts";
import { credentialOf, startScene, upstreamModel, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
  await scene.addUpstream("named", `http://localhost:${scene.upstream.port}/v1`);
  await scene.addModel("plain", ["one"]);
  await scene.addModel("spare", ["one", "two"]);
  await scene.addModel("of-a-name", ["named"]);
});

afterAll(async () => scene.close());
beforeEach(() => scene.reset());

interface Refusal extends ExpectedFault {
  readonly title: string;
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
  /** The outcome in the log. */
  readonly outcome: string;
}

function refusal(message: string, extra: JsonObject = {}): JsonObject {
  return { error: { message, type: "invalid_request_error", param: null, code: null, ...extra } };
}

const OUR_CREDENTIAL = { fault: "upstream_error" } as const;
const FUNDS = { ...OUR_CREDENTIAL, outcome: "out_of_funds" } as const;
const THE_REQUEST = { outcome: "refused_request" } as const;

const REFUSALS: readonly Refusal[] = [
  {
    title: "401",
    status: 401,
    body: refusal("Incorrect API key provided: hidden-credential-one", { code: "invalid_api_key" }),
    headers: { "www-authenticate": "Bearer realm=hidden" },
    ...OUR_CREDENTIAL,
    outcome: "credential_refused",
  },
  {
    title: "a 400 that means our key",
    status: 400,
    body: refusal("Hidden: no such key", { code: "invalid_api_key" }),
    ...OUR_CREDENTIAL,
    outcome: "credential_refused",
  },
  { title: "402", status: 402, body: refusal("Hidden balance too low"), ...FUNDS },
  {
    title: "a 429 that means our money",
    status: 429,
    body: refusal("You exceeded your quota of hidden", { type: "insufficient_quota", code: "insufficient_quota" }),
    headers: { "retry-after": "7" },
    ...FUNDS,
  },
  { title: "403", status: 403, body: refusal("Hidden Vendor forbids"), ...OUR_CREDENTIAL, outcome: "forbidden" },
  {
    title: "a 404 about the model",
    status: 404,
    body: refusal("The model `hidden-model-plain-0` does not exist", { code: "model_not_found" }),
    fault: "no_route",
    outcome: "model_missing",
  },
  {
    title: "a 404 in HTML",
    status: 404,
    body: "<h1>hidden</h1>",
    fault: "no_route",
    outcome: "model_missing",
  },
  {
    title: "500 in HTML",
    status: 500,
    body: "<h1>hidden-host</h1>",
    fault: "upstream_error",
    outcome: "error",
  },
  {
    title: "a 400 about a parameter",
    status: 400,
    body: refusal("'temperature' must be at most 2.", { param: "temperature" }),
    ...THE_REQUEST,
    fault: "invalid_parameter",
    param: "temperature",
    says: /^'temperature' must be at most 2\.$/,
  },
  {
    title: "a 400 without a message",
    status: 400,
    body: { hidden: true },
    ...THE_REQUEST,
    fault: "invalid_parameter",
    // The message names no field: `''` would be an empty one.
    says: /^(?!.*'').*\S/,
  },
  {
    title: "a 400 whose message has braces",
    status: 400,
    body: refusal('Expected {param} or {constructor} in {"schema": {}}'),
    ...THE_REQUEST,
    fault: "invalid_parameter",
    says: /^Expected \{param\} or \{constructor\} in \{"schema": \{\}\}$/,
  },
  {
    title: "422",
    status: 422,
    body: refusal("'messages' must alternate."),
    ...THE_REQUEST,
    fault: "unprocessable",
    says: /must alternate/,
  },
  {
    title: "413",
    status: 413,
    body: refusal("Images may have 5 MB each."),
    ...THE_REQUEST,
    fault: "body_too_large",
    says: /5 MB/,
  },
  {
    title: "a prompt that is too long",
    status: 400,
    body: refusal("This model's maximum context length is 8192 tokens.", { code: "context_length_exceeded" }),
    ...THE_REQUEST,
    fault: "context_length_exceeded",
    says: /8192 tokens/,
  },
  {
    title: "a content policy",
    status: 400,
    body: refusal("Your request was rejected by our safety system.", { code: "content_policy_violation" }),
    ...THE_REQUEST,
    fault: "content_policy",
    says: /safety system/,
  },
];

describe.each(SURFACES)("refusals on %s", (mount) => {
  const CASES = REFUSALS.flatMap((row) => [false, true].map((stream) => ({ ...row, stream })));

  it.each(CASES)("$title, stream $stream: the client is told", async (row) => {
    scene.script("plain", 0, (exchange) => {
      if (typeof row.body === "string") exchange.response.writeHead(row.status, row.headers).end(row.body);
      else exchange.json(row.body, row.status, row.headers);
    });
    const answer = await scene.chat(mount, "plain", { stream: row.stream });
    expectFault(answer, mount, row);
    expect(await scene.log(answer), answer.story).toMatchObject({
      fault: row.fault,
      attempts: [{ outcome: row.outcome, status: row.status }],
    });
  });

  it.each(REFUSALS)("$title: the next route is asked", async (row) => {
    scene.script("spare", 0, (exchange) => exchange.json(row.body, row.status, row.headers));
    scene.script("spare", 1, (exchange) => exchange.json(completion("Hi")));
    const answer = await scene.chat(mount, "spare");
    expect(scene.tries("spare", 1), answer.story).toBe(1);
    expect(answer.status, answer.story).toBe(200);
  });

  it("of two upstreams are the client's own 400, in the words of the first", async () => {
    scene.script("spare", 0, (exchange) => exchange.json(refusal("'n' must be 1."), 400));
    scene.script("spare", 1, (exchange) => exchange.json(refusal("No."), 422));
    const answer = await scene.chat(mount, "spare");
    expectFault(answer, mount, { fault: "invalid_parameter", says: /^'n' must be 1\.$/ });
    scene.script("spare", 1, (exchange) => exchange.json({}, 500));
    expectFault(await scene.chat(mount, "spare"), mount, { fault: "invalid_parameter" });
  });

  it("of one model bring the request to the next one it names", async () => {
    scene.script("plain", 0, (exchange) => exchange.json(refusal("Unsupported value"), 400));
    scene.script("spare", 1, (exchange) => exchange.json(completion("Hi")));
    scene.script("spare", 0, (exchange) => exchange.json(completion("Hi")));
    const answer = await scene.chat(mount, "plain", { models: ["spare"] });
    expect([answer.status, answer.headers.get("x-gateway-model")], answer.story).toEqual([200, "spare"]);
  });

  it.each([
    ["retry-after", "7", "7", "7000"],
    ["retry-after-ms", "1500", "2", "1500"],
    // Without a valid wait the time of the cooling counts, which is almost 0 in these tests; at least a second.
    ["retry-after", "soon", "1", "1000"],
    ["x-nothing", "1", "1", "1000"],
  ])("passes on how long to wait: %s: %s", async (name, value, seconds, milliseconds) => {
    scene.script("plain", 0, (exchange) => exchange.json(refusal("Slow down"), 429, { [name]: value }));
    const answer = await scene.chat(mount, "plain");
    expectFault(answer, mount, { fault: "upstream_rate_limited" });
    expect(answer.headers.get("retry-after"), answer.story).toBe(seconds);
    expect(answer.headers.get("retry-after-ms"), answer.story).toBe(milliseconds);
  });

  it("asks to wait only until the first of several routes is free", async () => {
    scene.script("spare", 0, (exchange) => exchange.json(refusal("Slow down"), 429, { "retry-after": "30" }));
    scene.script("spare", 1, (exchange) => exchange.json(refusal("Slow down"), 429, { "retry-after": "9" }));
    const answer = await scene.chat(mount, "spare");
    expectFault(answer, mount, { fault: "upstream_rate_limited" });
    expect(answer.headers.get("retry-after"), answer.story).toBe("9");
  });

  it.each([
    ["plain", "127.0.0.1", "one"],
    ["of-a-name", "localhost", "named"],
  ])("shows a message of %s without the upstream's secrets", async (model, host, id) => {
    const { port } = scene.upstream;
    const secrets = [
      upstreamModel(model, 0),
      upstreamModel(model, 0).toUpperCase(),
      credentialOf(id),
      `Hidden Vendor ${id}`,
      `http://${host}:${port}/v1/chat/completions?key=hidden`,
      `${host}:${port}`,
      host,
      "api.hidden.example.com",
      "org-hidden123456",
      "someone@hidden.example.com",
      `req_hidden${"0".repeat(20)}`,
    ];
    const message = `'temperature' must be at most 2 (${secrets.join(", ")}).`;
    scene.script(model, 0, (exchange) => exchange.json(refusal(message, { param: "temperature" }), 400));
    const answer = await scene.chat(mount, model);
    expectFault(answer, mount, {
      fault: "invalid_parameter",
      param: "temperature",
      says: /'temperature' must be at most 2 \(/,
    });
    for (const secret of secrets) expect(answer.text, answer.story).not.toContain(secret);
    expect(answer.body["message"], answer.story).toContain(model);
  });

  it("passes on no parameter name that contains a secret of its upstream", async () => {
    const param = `${upstreamModel("plain", 0)}.temperature`;
    scene.script("plain", 0, (exchange) => exchange.json(refusal("No such parameter.", { param }), 400));
    const answer = await scene.chat(mount, "plain");
    expect(answer.status, answer.story).toBe(400);
  });

  it.each([200, 400, 500])("passes on only the upstream's headers of the list, status %d", async (status) => {
    const headers = {
      server: "hidden",
      "x-request-id": "hidden-request",
      "set-cookie": "hidden=1",
      "x-ratelimit-limit-requests": "1",
      "openai-organization": "hidden",
      "cf-ray": "hidden",
      "access-control-allow-origin": "https://hidden.example.com",
      "openai-processing-ms": "42",
      link: "<https://hidden.example.com>; rel=canonical",
    };
    scene.script("plain", 0, (exchange) => exchange.json(completion("Hi"), status, headers));
    const answer = await scene.chat(mount, "plain");
    expect(answer.headers.get("x-request-id"), answer.story).toMatch(/^req_[0-9a-f-]{36}$/);
    expect(answer.headers.get("x-ratelimit-limit-requests"), answer.story).not.toBe("1");
    expect(answer.headers.get("access-control-allow-origin"), answer.story).toBe("*");
    expect(answer.headers.get("openai-processing-ms"), answer.story).toBe(status === 200 ? "42" : null);
  });

  it("sends none of the client's headers upstream", async () => {
    scene.script("plain", 0, (exchange) => exchange.json(completion("Hi")));
    const answer = await call(scene.gateway, mount + CHAT, {
      body: { model: "plain", stream: false, messages: MESSAGES },
      headers: {
        cookie: "secret=1",
        "x-forwarded-for": "10.1.2.3",
        referer: "https://client.example.com",
        "x-api-key": scene.gateway.key,
      },
    });
    expect(answer.status, answer.story).toBe(200);
    const { headers } = scene.upstream.received.at(-1) ?? { headers: {} };
    expect(headers).toMatchObject({
      authorization: `Bearer ${credentialOf("one")}`,
      accept: "application/json",
      "accept-encoding": "identity",
      "content-type": "application/json",
    });
    const sent = JSON.stringify(headers);
    for (const word of ["secret", "10.1.2.3", "client.example.com", scene.gateway.key])
      expect(sent).not.toContain(word);
  });
});
