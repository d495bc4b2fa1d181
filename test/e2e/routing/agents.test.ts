/** What coding agents send to `auto`: caps above any model's maximum, long prompts, input that no model takes. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, expectFault, MESSAGES, SURFACES, type JsonObject } from "../call.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  const routes = [{ upstreamId: "one", upstreamModel: "small" }];
  await addModel(gateway.db, { id: "small", autoWeight: 1, maxOutput: 8192, contextLength: 32_000, routes });
  upstream.script("small", (exchange) => exchange.json(completion("Hi")));
});

beforeEach(() => void upstream.received.splice(0));
afterAll(async () => void (await Promise.all([gateway.close(), upstream.close()])));

describe.each(SURFACES)("on %s", (mount) => {
  const ask = async (body: JsonObject) =>
    call(gateway, mount + CHAT, { body: { model: "auto", stream: false, messages: MESSAGES, ...body } });

  it.each(["auto", "small"])("a cap above the maximum of %s is lowered, and the answer says so", async (model) => {
    for (const field of ["max_tokens", "max_completion_tokens"]) {
      const answer = await ask({ model, [field]: 32_000 });
      expect(answer.status, answer.story).toBe(200);
      expect(answer.headers.get("x-gateway-warnings"), answer.story).toBe("output_capped=8192");
      const sent = upstream.received.at(-1)?.body;
      expect([sent?.["max_tokens"], sent?.["max_completion_tokens"]], answer.story).toEqual([8192, undefined]);
    }
    const fitting = await ask({ model, max_tokens: 8192 });
    expect(fitting.headers.get("x-gateway-warnings"), fitting.story).toBeNull();
  });

  it("a prompt that is too long for every model is the client's 400, which names the limit", async () => {
    const answer = await ask({ messages: [{ role: "user", content: "word ".repeat(40_000) }] });
    expectFault(answer, mount, { fault: "context_length_exceeded", param: "messages", says: /32000/ });
    expect(answer.headers.get("retry-after"), answer.story).toBeNull();
  });

  it("input that no model takes is the client's 400", async () => {
    const part = { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } };
    const answer = await ask({ messages: [{ role: "user", content: [part] }] });
    expectFault(answer, mount, { fault: "model_endpoint_mismatch", param: "messages", says: /audio/ });
    expect(upstream.received, answer.story).toEqual([]);
  });
});
