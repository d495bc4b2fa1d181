/** Conversations over a socket with clients and upstreams that lie, leave, repeat themselves and know too much. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { onlyCharge, RealtimeClient } from "../../support/realtime-client.ts";
import {
  answerEvents,
  SESSION,
  startRealtimeUpstream,
  type RealtimeScript,
  type RealtimeUpstream,
} from "../../support/realtime-upstream.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { expectSoundBooks, pause } from "../money/books.ts";

let gateway: Gateway;
let upstream: RealtimeUpstream;

/** Nanos for 1,000. */
const [INPUT, INPUT_AUDIO, OUTPUT, OUTPUT_AUDIO] = [4_000_000, 32_000_000, 16_000_000, 64_000_000];
/** The longest silence before an answer. */
const LATE_MS = 1500;

/** Each test has a model of its own. */
const MODELS = 32;
let taken = 0;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway({ vars: { CHECKPOINT_MS: "300" } }), startRealtimeUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  for (let number = 1; number <= MODELS; number++) {
    await addModel(gateway.db, {
      id: `model-${number}`,
      operation: "realtime",
      contextLength: 32_000,
      maxOutput: 4096,
      firstOutputMs: LATE_MS,
      price: { inputNanos: INPUT, outputNanos: OUTPUT },
      rates: [
        { unit: "cachedRead", nanos: 400_000 },
        { unit: "inputAudio", nanos: INPUT_AUDIO },
        { unit: "outputAudio", nanos: OUTPUT_AUDIO },
      ],
      routes: [{ upstreamId: "one", wire: "openai.realtime", upstreamModel: `one-model-${number}` }],
    });
  }
});

afterAll(async () => {
  await expectSoundBooks(gateway);
  await Promise.all([gateway.close(), upstream.close()]);
});

async function begin(script: RealtimeScript, extra = "") {
  const model = `model-${++taken}`;
  // What only hears names no model at its upstream.
  for (const name of [`one-${model}`, ""]) upstream.script(name, script);
  const key = await addKey(gateway.db);
  const url = `${gateway.url.replace("http", "ws")}/v1/realtime?model=${model}${extra}`;
  const client = await RealtimeClient.open(url, { authorization: `Bearer ${key}` });
  const call = upstream.calls.at(-1);
  if (call === undefined) throw new Error("nobody was called");
  return { key, client, call, model };
}

const open: RealtimeScript = ({ send }, { type }) => {
  if (type === "opened") send(SESSION);
};

/** Does something else than usual when an answer is asked for. */
function when(asked: RealtimeScript): RealtimeScript {
  return (call, event) => {
    void open(call, event);
    if (event["type"] === "response.create") return asked(call, event);
    return undefined;
  };
}

describe("an answer that is asked for", () => {
  it("has its whole time, however long nobody said anything before", async () => {
    const slow = when(async ({ send }) => {
      await pause(LATE_MS / 2);
      for (const event of answerEvents("Hello there.")) send(event);
    });
    const { client } = await begin(slow);
    await pause(LATE_MS + 300);
    await client.ask("Hi");
    await client.leave();
  });

  it("is not waited for once it is refused, whatever for, and the client's own id is in the refusal", async () => {
    const refuses = when(({ send }, { event_id: id }) =>
      send({
        type: "error",
        error: { type: "invalid_request_error", code: "invalid_value", message: "no", event_id: id },
      }),
    );
    const { key, client, call } = await begin(refuses);
    client.send({ type: "response.create", event_id: "mine" });
    expect(await client.next("error")).toMatchObject({ error: { code: "invalid_value", event_id: "mine" } });
    client.send({ type: "response.create" });
    expect(await client.next("error")).toMatchObject({ error: { event_id: null } });
    await pause(LATE_MS + 300);
    expect(call.socket.readyState).toBe(call.socket.OPEN);
    await client.leave();
    expect(await onlyCharge(gateway, key)).toMatchObject({ state: "void", ending: "complete" });
  });

  it("is not asked of the upstream by a client that left meanwhile", async () => {
    const { key, client, call } = await begin(open);
    await client.next("session.created");
    // Two answers at once need a higher hold, which takes a while.
    for (let asked = 0; asked < 2; asked++) client.send({ type: "response.create" });
    client.socket.close(1000);
    await call.closed;
    const types = call.events.map(({ type }) => type);
    const stopped = types.indexOf("response.cancel");
    expect(types.slice(stopped === -1 ? types.length : stopped)).not.toContain("response.create");
    expect(await onlyCharge(gateway, key)).toMatchObject({ state: "void" });
  });
});
