/** Prompts that make upstreams refuse. Whatever one customer sends, the others keep every upstream and credential. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type Script, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, MESSAGES, type JsonObject } from "../call.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;
let mallory: string;

/** Behaves as the vendors do: its refusals quote the request, and its limits depend on the request. */
const quoting: Script = (exchange) => {
  const [{ role, content }] = exchange.body["messages"] as [{ role: string; content: string }];
  const refuse = (status: number, message: string, extra: JsonObject = {}) =>
    exchange.json({ error: { message, type: "invalid_request_error", ...extra } }, status, { "retry-after": "600" });
  if (role !== "user") return refuse(400, `'${role}' is not one of ['system', 'user', 'assistant']`);
  if (content === "flagged") return refuse(403, "Your input was flagged", { metadata: { flagged_input: "flagged" } });
  if (content === "forbidden") return refuse(403, "Not with this tool");
  if (content === "crash") return refuse(500, "Internal error");
  if (content.length > 10_000)
    return refuse(429, "Request too large for tokens per minute", { code: "rate_limit_exceeded" });
  if (Number(exchange.body["max_tokens"] ?? 0) > 1000) return refuse(402, "You can afford fewer max_tokens");
  return exchange.json(completion("Hi"));
};

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([
    startGateway({ vars: { PROBES: "true", ROUTING_TUNING: "" } }),
    startUpstream(),
  ]);
  mallory = await addKey(gateway.db);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl, credentials: ["first", "second"] });
  await addUpstream(gateway.db, { id: "broken", baseUrl: upstream.baseUrl });
  await addUpstream(gateway.db, { id: "good", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "m", routes: [{ upstreamId: "one" }] });
  await addModel(gateway.db, {
    id: "half",
    routes: [
      { upstreamId: "broken", upstreamModel: "refuses", priority: 1 },
      { upstreamId: "good", upstreamModel: "answers" },
    ],
  });
  upstream.script("upstream-m", quoting);
  upstream.script("refuses", (exchange) => exchange.json({ error: { message: "No." } }, 400));
  upstream.script("answers", (exchange) => exchange.json(completion("Hi")));
});

beforeEach(() => void upstream.received.splice(0));
afterAll(async () => void (await Promise.all([gateway.close(), upstream.close()])));

const ask = async (body: JsonObject, key = gateway.key) =>
  call(gateway, `/v1${CHAT}`, {
    body: { model: "m", stream: false, messages: MESSAGES, ...body },
    headers: { authorization: `Bearer ${key}` },
  });

describe("a customer whose prompts", () => {
  it.each<[string, JsonObject, number]>([
    ["name a code for lack of funds", { messages: [{ role: "insufficient_quota", content: "x" }] }, 400],
    ["name a code for a bad key", { messages: [{ role: "invalid_api_key", content: "x" }] }, 400],
    ["name a code for a missing model", { messages: [{ role: "model_not_found", content: "x" }] }, 400],
    ["are flagged", { messages: [{ role: "user", content: "flagged" }] }, 400],
    ["are forbidden", { messages: [{ role: "user", content: "forbidden" }] }, 502],
    ["crash the upstream", { messages: [{ role: "user", content: "crash" }] }, 502],
    ["are too large for a limit", { messages: [{ role: "user", content: "x".repeat(20_000) }] }, 429],
    ["ask for more than the operator can afford", { max_tokens: 2000 }, 502],
  ])("%s takes no credential from others", async (_title, poison, status) => {
    for (let n = 0; n < 6; n++) {
      const refused = await ask(poison, mallory);
      expect(refused.status, refused.story).toBe(status);
      const served = await ask({});
      expect([served.status, served.headers.get("x-gateway-attempts")], served.story).toEqual([200, "1"]);
    }
    expect(gateway.logged("cooling")).toEqual([]);
    expect(gateway.logged("breaker")).toEqual([]);
    const used = new Set(upstream.received.map(({ headers }) => headers.authorization));
    expect(used.size, "both credentials stay in use").toBe(2);
  });
});

it("an upstream that refuses everything loses its traffic, and no client notices", async () => {
  for (let n = 0; n < 3; n++) {
    const answer = await ask({ model: "half" });
    expect(answer.status, answer.story).toBe(200);
  }
  await vi.waitFor(() => {
    const whys = gateway.logged("breaker").map(({ route, to, why }) => [route, to, why]);
    expect(whys).toContainEqual(["half#0", "open", expect.stringContaining("refuses everything")]);
  }, 10_000);
  const answer = await ask({ model: "half" });
  expect([answer.status, answer.headers.get("x-gateway-attempts")], answer.story).toEqual([200, "1"]);
});
