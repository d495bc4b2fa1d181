/** Which upstream conversations over a socket go to, after answers that failed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { RealtimeClient } from "../../support/realtime-client.ts";
import {
  SESSION,
  startRealtimeUpstream,
  type RealtimeScript,
  type RealtimeUpstream,
} from "../../support/realtime-upstream.ts";
import { addModel, addUpstream } from "../../support/seed.ts";

/** The upstreams that are asked first, what they say of every answer, and how many conversations each of them gets. */
const FIRST = {
  // Nothing more comes from it.
  poor: { conversations: 1, error: { type: "insufficient_quota", code: "insufficient_quota" } },
  // The others may be accidents.
  ill: { conversations: 3, error: { type: "server_error", message: "The server had an error." } },
  // Its clients ask for what nobody offers.
  strict: {
    conversations: 5,
    error: { type: "invalid_request_error", code: "invalid_value", message: "no such voice" },
  },
} as const;
type First = keyof typeof FIRST;
const NAMES = Object.keys(FIRST) as readonly First[];

let gateway: Gateway;
let upstream: RealtimeUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway({ vars: { ROUTING_TUNING: "" } }), startRealtimeUpstream()]);
  for (const id of [...NAMES, "well"]) await addUpstream(gateway.db, { id, baseUrl: upstream.baseUrl });
  for (const id of NAMES) {
    await addModel(gateway.db, {
      id: `${id}-voice`,
      operation: "realtime",
      contextLength: 32_000,
      maxOutput: 4096,
      price: { inputNanos: 1000, outputNanos: 1000 },
      routes: [id, "well"].map((upstreamId, at) => ({
        upstreamId,
        wire: "openai.realtime",
        upstreamModel: `${upstreamId}-${id}`,
        priority: -at,
      })),
    });
  }
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

function answering(response: object): RealtimeScript {
  return ({ send }, { type }) => {
    if (type === "opened") send(SESSION);
    if (type !== "response.create") return;
    send({ type: "response.created", response: { id: "r", status: "in_progress" } });
    send({ type: "response.done", response: { id: "r", ...response } });
  };
}

/** Holds one conversation more than the first upstream should get. @returns the upstream of each */
async function hold(id: First): Promise<string[]> {
  const headers = { authorization: `Bearer ${gateway.key}` };
  const url = `${gateway.url.replace("http", "ws")}/v1/realtime?model=${id}-voice`;
  const calls = upstream.calls.length;
  for (let held = 0; held <= FIRST[id].conversations; held++) {
    const client = await RealtimeClient.open(url, headers);
    // What fails in one conversation counts once.
    await client.ask("Hi");
    await client.ask("Hi again");
    await client.leave();
  }
  return upstream.calls.slice(calls).map(({ path }) => (path.includes("well") ? "well" : id));
}

describe("an upstream that takes every socket and fails every answer", () => {
  it.each(["poor", "ill"] as const)("is left for the next one: %s", async (id) => {
    const { error, conversations } = FIRST[id];
    upstream.script(`${id}-${id}`, answering({ status: "failed", status_details: { type: "failed", error } }));
    upstream.script(`well-${id}`, answering({ status: "completed" }));
    expect(await hold(id)).toEqual([...Array<string>(conversations).fill(id), "well"]);
  });

  it("is not left where its clients are at fault", async () => {
    const { error, conversations } = FIRST.strict;
    upstream.script("strict-strict", answering({ status: "failed", status_details: { type: "failed", error } }));
    expect(await hold("strict")).toEqual(Array<string>(conversations + 1).fill("strict"));
  });
});
