/** Conversations over a socket with clients and upstreams that lie, leave, repeat themselves and know too much. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { onlyCharge, RealtimeClient } from "../../support/realtime-client.ts";
import {
  ANSWER_USAGE,
  answerEvents,
  SESSION,
  startRealtimeUpstream,
  type RealtimeScript,
  type RealtimeUpstream,
} from "../../support/realtime-upstream.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { send } from "../call.ts";
import { accountOf, expectSoundBooks, pause } from "../money/books.ts";

let gateway: Gateway;
let upstream: RealtimeUpstream;

/** Nanos for 1,000. */
const [INPUT, INPUT_AUDIO, OUTPUT, OUTPUT_AUDIO] = [4_000_000, 32_000_000, 16_000_000, 64_000_000];
const ANSWER_NANOS = 55 * 4000 + 64 * 400 + 13 * 32_000 + 30 * 16_000 + 91 * 64_000;
/** The longest silence before an answer. */
const LATE_MS = 1500;

/** Each test has a model of its own. */
const MODELS = 40;
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

describe("what an upstream tells", () => {
  const [created, , done] = answerEvents("x");

  it("twice is charged once", async () => {
    const { key, client } = await begin(
      when(({ send }) => {
        for (const event of answerEvents("Hello there.")) for (let time = 0; time < 2; time++) send(event);
      }),
    );
    await client.ask("Hi");
    await client.next("response.done");
    await client.leave();
    expect(await onlyCharge(gateway, key)).toMatchObject({ amountNanos: ANSWER_NANOS, estimated: false });
  });

  it("of an answer whose beginning it did not tell is charged", async () => {
    const { key, client } = await begin(
      when(({ send }) => {
        for (const event of answerEvents("one two three four five six", { usage: null }).slice(1)) send(event);
      }),
    );
    await client.ask("Hi");
    await client.leave();
    const { outputTokens, estimated } = await onlyCharge(gateway, key);
    expect(outputTokens).toBeGreaterThan(3);
    expect(estimated).toBe(true);
  });

  it("without counts is charged by the sound of the prompt as sound, within the model's context", async () => {
    const { key, client, call } = await begin(
      when(({ send }) => {
        for (const event of answerEvents("one two three", { usage: null })) send(event);
      }),
    );
    // A minute of sound, and more text than the model reads.
    const audio = Buffer.alloc(48_000 * 60).toString("base64");
    client.send({ type: "input_audio_buffer.append", audio });
    client.send({ type: "input_audio_buffer.commit" });
    await call.next("input_audio_buffer.commit");
    await client.ask("x".repeat(400_000));
    await client.leave();
    const { inputTokens, inputAudioTokens } = await onlyCharge(gateway, key);
    expect(inputAudioTokens).toBe(60 * 25);
    expect(inputTokens).toBe(32_000 - 60 * 25);
  });

  it("after the end of an answer does not begin it again", async () => {
    const late = { type: "response.output_text.delta", response_id: "late", delta: "more" };
    const { client, call } = await begin(
      when(({ send }) => {
        send({ ...created, response: { id: "late" } });
        send({ ...done, response: { id: "late", usage: ANSWER_USAGE } });
        send(late);
      }),
    );
    await client.ask("Hi");
    await pause(LATE_MS + 300);
    expect(call.socket.readyState).toBe(call.socket.OPEN);
    await client.leave();
  });
});

describe("what is written down", () => {
  const COMPLETED = "conversation.item.input_audio_transcription.completed";
  const DELTA = "conversation.item.input_audio_transcription.delta";
  /** Two seconds and a third of a millisecond. */
  const AUDIO = Buffer.alloc(96_016).toString("base64");

  async function heard(told: readonly Record<string, unknown>[], extra = "&intent=transcription") {
    const session = { type: "transcription", audio: { input: { transcription: { model: "whisper" } } } };
    const begun = await begin(({ send }, { type }) => {
      if (type === "opened") send({ type: "session.created", session });
      if (type === "input_audio_buffer.commit") for (const event of told) send(event);
    }, extra);
    begun.client.send({ type: "input_audio_buffer.append", audio: AUDIO });
    begun.client.send({ type: "input_audio_buffer.commit" });
    for (const { type } of told) await begun.client.next(String(type));
    await begun.client.leave();
    return onlyCharge(gateway, begun.key);
  }

  const whole = (usage: unknown, item = "i") => ({
    type: COMPLETED,
    item_id: item,
    transcript: "one two three",
    usage,
  });
  const lie = { type: "tokens", input_tokens: 900_000_000, output_tokens: 900_000_000 };
  const long = { type: "tokens", input_tokens: 9_000_000, output_tokens: 9_000_000 };

  it("costs the sound that was said, whatever longer time the upstream tells", async () => {
    expect(await heard([whole({ type: "duration", seconds: 3 })])).toMatchObject({ inputAudioTokens: 51 });
  });

  it("costs no more than its sound, however often and whatever is told of it", async () => {
    const { inputAudioTokens, outputTokens } = await heard([1, 2, 3].map((item) => whole(long, `i${item}`)));
    expect(inputAudioTokens).toBeLessThanOrEqual(101);
    expect(outputTokens).toBeLessThanOrEqual(101);
    const seconds = [1, 2, 3].map((item) => whole({ type: "duration", seconds: 2 }, `i${item}`));
    expect(await heard(seconds)).toMatchObject({ inputAudioTokens: 51 });
  });

  it.each([
    ["absent", undefined],
    ["impossible", { ...lie, input_tokens: -1 }],
    ["beyond all counts", lie],
  ])("costs our own count where its usage is %s", async (_, usage) => {
    expect(await heard([whole(usage)])).toMatchObject({ inputAudioTokens: 51, outputTokens: 3, estimated: true });
  });

  it("is charged where the client leaves before its end", async () => {
    const begun = [{ type: DELTA, item_id: "i", delta: "one two three" }];
    expect(await heard(begun)).toMatchObject({
      state: "settled",
      ending: "abandoned",
      inputAudioTokens: 51,
      outputTokens: 3,
      estimated: true,
    });
  });

  it("costs nothing beside an answer where the upstream never tells of a cost", async () => {
    expect(await heard([whole(undefined)], "")).toMatchObject({ state: "void" });
  });

  it("is held for from the moment that the client asks for it, with its prompt each time", async () => {
    const { client, call, key } = await begin(open);
    const prompt = "x".repeat(10_000);
    const transcription = { model: "whisper", prompt };
    client.send({ type: "session.update", session: { type: "realtime", audio: { input: { transcription } } } });
    for (let piece = 0; piece < 10; piece++) {
      client.send({ type: "input_audio_buffer.append", audio: AUDIO });
      client.send({ type: "input_audio_buffer.commit" });
      await call.next("input_audio_buffer.commit");
    }
    const { heldNanos } = await accountOf(gateway, key);
    // The longest answer, what it reads, and ten times the prompt.
    expect(heldNanos).toBeGreaterThan(4096 * 64_000 + 20 * 50 * 32_000 + 10 * prompt.length * 4000);
    await client.leave();
  });
});

describe("a client cannot", () => {
  it("have a conversation that only hears become one that answers, or hear with another model", async () => {
    const { client, call, model } = await begin(open, "&intent=transcription");
    client.send({ type: "session.update", session: { type: "realtime" } });
    expect(await client.next("error")).toMatchObject({ error: { code: "invalid_value", param: "session.type" } });
    const hearing = (named: string) => ({
      type: "transcription",
      audio: { input: { transcription: { model: named } } },
    });
    client.send({ type: "session.update", session: hearing("dearer") });
    expect(await call.next("session.update")).toMatchObject({ session: hearing(`one-${model}`) });
    await client.leave();
  });

  it("ask for another model in a request for an answer", async () => {
    const { client, call, model } = await begin(open);
    client.send({ type: "response.create", response: { model: "dearer" } });
    expect(await call.next("response.create")).toMatchObject({ response: { model: `one-${model}` } });
    await client.leave();
  });

  it.each([
    { type: "session.update", session: {}, Session: { model: "dearer" } },
    { type: "input_audio_buffer.clear", TYPE: "response.create" },
    { type: "conversation.item.create", item: { Content: [{ type: "input_image", image_url: "https://x.test/" }] } },
    { type: "conversation.item.create", item: { content: [{ type: "input_image", Image_url: "https://x.test/" }] } },
    { type: "response.create", response: { input: [{ content: [{ IMAGE_URL: "https://x.test/" }] }] } },
  ])("name a member so that some servers take it for another: %j", async (event) => {
    const { client } = await begin(open);
    client.send(event);
    expect(await client.next("error")).toMatchObject({ error: { code: "invalid_value" } });
    await client.leave();
  });

  it("hide a picture in the result of a function", async () => {
    const { client, call, key } = await begin(open);
    const output = [{ type: "input_image", image_url: "https://pictures.test/1.png" }];
    client.send({ type: "conversation.item.create", item: { type: "function_call_output", call_id: "c", output } });
    client.send({ type: "response.create" });
    await call.next("response.create");
    // Nobody knows how large a picture is: it may be all that the model reads.
    expect((await accountOf(gateway, key)).heldNanos).toBeGreaterThan(32_000 * 4000 + 1.5 * 4096 * 64_000);
    await client.leave();
  });

  it("have more sound read than is held for because it says that a second has fewer bytes", async () => {
    const { client, call, key } = await begin(open);
    const format = { type: "audio/pcm", rate: 8000 };
    client.send({ type: "session.update", session: { type: "realtime", audio: { input: { format } } } });
    client.send({ type: "input_audio_buffer.append", audio: Buffer.alloc(16_000 * 60).toString("base64") });
    await call.next("input_audio_buffer.append");
    expect((await accountOf(gateway, key)).heldNanos).toBeGreaterThan(1.5 * (60 * 50 * 32_000 + 4096 * 64_000));
    await client.leave();
  });
});

describe("a client is not told", () => {
  const quota = { type: "insufficient_quota", code: "insufficient_quota", message: "Top up at Acme, org-12345678" };

  it("who serves, by why an answer failed or sound could not be written down", async () => {
    const { client } = await begin(
      when(({ send }) => {
        const details = { type: "failed", error: quota };
        send({ type: "response.created", response: { id: "r", model: "acme-voice", provider: "Acme" } });
        send({
          type: "response.done",
          response: { id: "r", status: "failed", status_details: details, model: "acme-voice" },
        });
        send({ type: "conversation.item.input_audio_transcription.failed", item_id: "i", error: quota });
        const wrong = {
          type: "invalid_request_error",
          code: "invalid_value",
          message: "wrong",
          metadata: { by: "Acme" },
        };
        send({ type: "error", error: wrong });
      }),
    );
    const done = await client.ask("Hi");
    expect(done).toMatchObject({ response: { status: "failed", status_details: { type: "failed", error: {} } } });
    await client.next("conversation.item.input_audio_transcription.failed");
    await client.next("error");
    expect(client.texts.join("\n")).not.toMatch(/acme|org-1|top up/i);
    await client.leave();
  });

  it("the upstream's name of the model that hears, or its own secret", async () => {
    const { client, call, model } = await begin(open);
    const transcription = { model: `one-${model}` };
    const session = { type: "realtime", audio: { input: { transcription } }, client_secret: { value: "ek_upstream" } };
    call.send({ type: "session.updated", session });
    expect(await client.next("session.updated")).toEqual({
      type: "session.updated",
      session: { type: "realtime", audio: { input: { transcription: { model } } } },
    });
    await client.leave();
  });
});

it("stops each of several answers when the client leaves, and counts those of upstreams that speak the beta", async () => {
  const { key, client, call } = await begin(
    when(({ send, events }) => {
      const id = `r${events.length}`;
      send({ type: "response.created", response: { id } });
      send({ type: "response.text.delta", response_id: id, delta: "one two three" });
    }),
  );
  for (let asked = 0; asked < 2; asked++) client.send({ type: "response.create", response: { conversation: "none" } });
  for (let asked = 0; asked < 2; asked++) await client.next("response.text.delta");
  await client.leave();
  await call.closed;
  expect(call.events.filter(({ type }) => type === "response.cancel")).toEqual(
    ["r1", "r2"].map((id) => ({ type: "response.cancel", response_id: id })),
  );
  expect(await onlyCharge(gateway, key)).toMatchObject({ outputTokens: 6, ending: "abandoned" });
});

it("makes a secret that hears with the model that its session hears with", async () => {
  const transcription = { model: "nobody" };
  const body = { session: { type: "transcription", audio: { input: { transcription } } } };
  expect((await send(gateway, "/v1/realtime/client_secrets", { body })).status).toBe(404);
  transcription.model = "model-1";
  expect((await send(gateway, "/v1/realtime/client_secrets", { body })).status).toBe(200);
});

it("charges all that the last answer used, though it is more than was held", async () => {
  // Both are a little more than the model is said to be able to.
  const [input, output] = [39_000, 5000];
  const usage = { input_tokens: input, output_tokens: output, output_token_details: { audio_tokens: output } };
  const { key, client } = await begin(({ send: tell }, { type }) => {
    if (type === "opened") tell(SESSION);
    if (type === "response.create") tell({ type: "response.created", response: { id: "r" } });
    if (type === "response.cancel") tell({ type: "response.done", response: { id: "r", status: "cancelled", usage } });
  });
  client.send({ type: "response.create" });
  await client.next("response.created");
  await client.leave();
  const amountNanos = input * 4000 + output * 64_000;
  expect(await onlyCharge(gateway, key)).toMatchObject({ amountNanos, writtenOffNanos: 0 });
});

it("cuts off a client that sends more at once than an isolate can hold", async () => {
  const { client } = await begin(open);
  await client.next("session.created");
  client.send({ type: "input_audio_buffer.append", audio: "A".repeat(17 * 1024 * 1024) });
  expect((await client.closed)[0]).toBe(1009);
});

it("lets everything go when the client leaves while the upstream is silent at first", async () => {
  const model = `model-${++taken}`;
  const key = await addKey(gateway.db);
  const url = `${gateway.url.replace("http", "ws")}/v1/realtime?model=${model}`;
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${key}` } });
  socket.on("error", () => undefined);
  const before = upstream.calls.length;
  while (upstream.calls.length === before) await pause(20);
  await pause(200);
  socket.terminate();
  expect(await upstream.calls.at(-1)?.closed).toBe(1000);
  expect(await onlyCharge(gateway, key)).toMatchObject({ state: "void", amountNanos: 0 });
});
