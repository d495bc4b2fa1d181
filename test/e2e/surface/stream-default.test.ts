/** Whether a request without `stream` is answered by a stream. */
import { request as openRequest, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { CHAT, MESSAGES } from "../call.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;
const keys: Record<string, string> = {};

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", routes: [{ upstreamId: "one" }] });
  upstream.script("upstream-plain", (exchange) => {
    if (exchange.body["stream"] !== true) return exchange.json(completion("Hi"));
    exchange.openStream();
    exchange.event(chunk({ content: "Hi" }));
    exchange.event(chunk({}, "stop"));
    exchange.done();
  });
  keys["undecided"] = gateway.key;
  keys["streaming"] = await addKey(gateway.db, { key: { defaultStream: true } });
  keys["plain"] = await addKey(gateway.db, { key: { defaultStream: false } });
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

interface Row {
  readonly stream?: boolean | null;
  readonly key?: "undecided" | "streaming" | "plain";
  readonly accept?: string;
  readonly agent?: string;
  readonly xlei: "stream" | "JSON";
}

const AI_SDK = "ai/7.0.173 ai-sdk/provider-utils/4.0.1 runtime/node.js/24";

/**
 * In this order, the first that is present decides: `stream`, the key's setting, `Accept`, the client's `User-Agent`.
 */
const ROWS: readonly Row[] = [
  { stream: true, key: "plain", accept: "application/json", agent: AI_SDK, xlei: "stream" },
  { stream: false, key: "streaming", accept: "text/event-stream", xlei: "JSON" },
  { stream: null, xlei: "stream" },
  { stream: null, accept: "application/json", xlei: "JSON" },
  { key: "streaming", accept: "application/json", agent: AI_SDK, xlei: "stream" },
  { key: "plain", accept: "text/event-stream", xlei: "JSON" },
  { accept: "text/event-stream", agent: AI_SDK, xlei: "stream" },
  { accept: "application/json, text/event-stream", xlei: "stream" },
  { accept: "TEXT/EVENT-STREAM", xlei: "stream" },
  { accept: "application/json", xlei: "JSON" },
  { accept: "application/json, text/plain, */*", xlei: "JSON" },
  { accept: "*/*", agent: AI_SDK, xlei: "JSON" },
  { accept: "*/*", agent: "ai-sdk/openai-compatible/3.0.92", xlei: "JSON" },
  { accept: "*/*", agent: "fair-sdk-not/1.0", xlei: "stream" },
  { accept: "*/*", agent: "curl/8.0.0", xlei: "stream" },
  { xlei: "stream" },
];

/** The type of the answer. Node's `fetch` would send an `Accept` and a `User-Agent` of its own. */
async function ask(mount: string, { stream, key = "undecided", accept, agent }: Row): Promise<string> {
  const asking = openRequest(gateway.url + mount + CHAT, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": keys[key],
      ...(accept === undefined ? {} : { accept }),
      ...(agent === undefined ? {} : { "user-agent": agent }),
    },
  });
  asking.end(JSON.stringify({ model: "plain", messages: MESSAGES, ...(stream === undefined ? {} : { stream }) }));
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  let text = "";
  for await (const piece of answer) text += String(piece);
  expect(answer.statusCode, text).toBe(200);
  const isStream = answer.headers["content-type"]?.startsWith("text/event-stream") ?? false;
  expect(text.endsWith("data: [DONE]\n\n"), text).toBe(isStream);
  return isStream ? "stream" : "JSON";
}

describe("the stream default", () => {
  it.each(ROWS)("on Xlei of %j", async (row) => {
    expect(await ask("/xlei/v1", row)).toBe(row.xlei);
  });

  it.each(ROWS)("on /v1 of %j", async (row) => {
    expect(await ask("/v1", row)).toBe(row.stream === true ? "stream" : "JSON");
  });
});
