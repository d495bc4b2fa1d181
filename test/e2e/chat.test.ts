import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../support/gateway.ts";
import { addModel, addUpstream } from "../support/seed.ts";
import { chunk, completion, startUpstream, USAGE, type ScriptedUpstream } from "../support/upstream.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", autoWeight: 1, routes: [{ upstreamId: "one" }] });
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
    body: JSON.stringify(body),
  });
}

describe("chat", () => {
  it("passes an answer through, under the public name", async () => {
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
    const answer = await post("/v1/chat/completions", {
      messages: [{ role: "user", content: "Hello" }],
      top_k: 1,
    });
    const body = await answer.json();
    expect(answer.status, JSON.stringify(body)).toBe(200);
    expect(body).toEqual({ ...completion("Hi"), model: "plain" });
    expect(upstream.received.at(-1)?.body).toMatchObject({ model: "upstream-plain", stream: false, top_k: 1 });
  });

  it("streams event by event: the upstream sends the next only when the client has read the last", async () => {
    const reads: (() => void)[] = [];
    const nextRead = () => new Promise<void>((resolve) => reads.push(resolve));
    upstream.script("upstream-plain", async (exchange) => {
      exchange.openStream();
      for (let n = 0; n < 5; n++) {
        const read = nextRead();
        exchange.event(chunk({ content: `word${n} ` }));
        await read;
      }
      exchange.event(chunk({}, "stop"));
      exchange.event({ ...chunk({}), choices: [], usage: USAGE });
      exchange.done();
    });
    const answer = await post("/v1/chat/completions", { stream: true, messages: [{ role: "user", content: "Hello" }] });
    let text = "";
    const decoder = new TextDecoder();
    for await (const piece of answer.body ?? []) {
      text += decoder.decode(piece, { stream: true });
      if (/word\d/.test(decoder.decode(piece))) reads.shift()?.();
    }
    const events = text.split("\n\n").filter(Boolean);
    expect(events.map((event) => event.slice(0, 6))).toEqual(Array.from({ length: 7 }, () => "data: "));
    expect(events.at(-1)).toBe("data: [DONE]");
    expect(JSON.parse(events.at(-2)?.slice(6) ?? "")).toMatchObject({
      usage: USAGE,
      choices: [{ finish_reason: "stop" }],
    });
    expect(gateway.requestLog().at(-1)).toMatchObject({
      ending: "complete",
      model: "plain",
      usage: { input: 5, output: 7 },
    });
  });
});
