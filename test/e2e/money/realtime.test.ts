/** Conversations over a socket cost what their answers used, whatever clients, upstreams and the gateway do meanwhile. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiKeys } from "../../../schema/index.ts";
import { keyRecord } from "../../../src/core/api-key.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { onlyCharge, RealtimeClient } from "../../support/realtime-client.ts";
import {
  answerEvents,
  answering,
  SESSION,
  startRealtimeUpstream,
  textOf,
  type RealtimeScript,
  type RealtimeUpstream,
} from "../../support/realtime-upstream.ts";
import { addKey, addModel, addUpstream, type ModelSeed } from "../../support/seed.ts";
import { accountOf, chargesOf, expectSoundBooks, pause } from "./books.ts";

let gateway: Gateway;
let upstream: RealtimeUpstream;

/** Nanos for 1,000. */
const RATES = {
  input: 4_000_000,
  cachedRead: 400_000,
  inputAudio: 32_000_000,
  output: 16_000_000,
  outputAudio: 64_000_000,
};
const [CONTEXT, LONGEST] = [32_000, 4096];
/** What one answer costs: 55 tokens of text, 64 cached, 13 of sound; 30 of text and 91 of sound. */
const ANSWER_NANOS = 55 * 4000 + 64 * 400 + 13 * 32_000 + 30 * 16_000 + 91 * 64_000;
/** The longest answer, at its dearest. */
const LONGEST_NANOS = LONGEST * 64_000;

const [IDLE_MS, TOTAL_MS] = [1500, 4000];

beforeAll(async () => {
  const vars = { CHECKPOINT_MS: "300" };
  [gateway, upstream] = await Promise.all([startGateway({ vars }), startRealtimeUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModels();
});

afterAll(async () => {
  await expectSoundBooks(gateway);
  await Promise.all([gateway.close(), upstream.close()]);
});

type ModelExtra = Partial<Pick<ModelSeed, "idleMs" | "totalMs" | "firstOutputMs" | "rates">>;

/** What sets a model apart. Models of a kind are numbered: each test has one of its own. */
const KINDS: Readonly<Record<string, ModelExtra>> = {
  plain: {},
  idle: { idleMs: IDLE_MS },
  long: { totalMs: TOTAL_MS },
  late: { firstOutputMs: IDLE_MS },
  seconds: { rates: [{ unit: "durationMs", nanos: 1_000_000 }] },
};
const OF_EACH = { plain: 28, idle: 1, long: 1, late: 1, seconds: 2 };
type Kind = keyof typeof OF_EACH;
const taken: Record<Kind, number> = { plain: 0, idle: 0, long: 0, late: 0, seconds: 0 };

async function addModels(): Promise<void> {
  const { input, output, ...others } = RATES;
  for (const [kind, { rates = [], ...extra }] of Object.entries(KINDS)) {
    for (let number = 1; number <= OF_EACH[kind as Kind]; number++) {
      const id = `${kind}-${number}`;
      await addModel(gateway.db, {
        id,
        operation: "realtime",
        contextLength: CONTEXT,
        maxOutput: LONGEST,
        ...extra,
        price: { inputNanos: input, outputNanos: output },
        rates: [...Object.entries(others).map(([unit, nanos]) => ({ unit, nanos })), ...rates],
        routes: [{ upstreamId: "one", wire: "openai.realtime", upstreamModel: `one-${id}` }],
      });
    }
  }
}

/** A model whose upstream does as the script says. */
function modelWith(script: RealtimeScript, kind: Kind = "plain"): string {
  const id = `${kind}-${++taken[kind]}`;
  // What only hears names no model at its upstream.
  for (const name of [`one-${id}`, ""]) upstream.script(name, script);
  return id;
}

interface Begun {
  readonly key: string;
  readonly client: RealtimeClient;
  readonly call: RealtimeUpstream["calls"][number];
}

async function begin(model: string, balanceNanos?: number, query = `model=${model}`): Promise<Begun> {
  const key = await addKey(gateway.db, balanceNanos === undefined ? {} : { balanceNanos });
  const url = `${gateway.url.replace("http", "ws")}/v1/realtime?${query}`;
  const client = await RealtimeClient.open(url, { authorization: `Bearer ${key}` });
  const call = upstream.calls.at(-1);
  if (call === undefined) throw new Error("nobody was called");
  return { key, client, call };
}

const open: RealtimeScript = ({ send }, { type }) => {
  if (type === "opened") send(SESSION);
};

it("charges each answer once, and stores what was used while the conversation goes on", async () => {
  const { key, client } = await begin(modelWith(answering("Hello there.")));
  await client.ask("Hi");
  await client.ask("Hi again");
  await pause(700);
  const [held] = await chargesOf(gateway, key);
  expect(held).toMatchObject({ state: "held", checkpointAmountNanos: 2 * ANSWER_NANOS });
  await client.leave();
  expect(await onlyCharge(gateway, key)).toMatchObject({
    state: "settled",
    amountNanos: 2 * ANSWER_NANOS,
    inputTokens: 110,
    cachedReadTokens: 128,
    inputAudioTokens: 26,
    outputTokens: 60,
    outputAudioTokens: 182,
    estimated: false,
    ending: "complete",
  });
});

it("costs nothing where nothing was asked", async () => {
  const { key, client } = await begin(modelWith(open));
  client.say("Hi");
  await client.leave();
  expect(await onlyCharge(gateway, key)).toMatchObject({ state: "void", amountNanos: 0, ending: "complete" });
});

describe("the hold", () => {
  it("covers every answer that was asked for before its question goes up", async () => {
    const { key, client, call } = await begin(modelWith(open));
    await client.next("session.created");
    const heldFor = async () => (await accountOf(gateway, key)).heldNanos;
    const first = await heldFor();
    expect(first).toBeGreaterThanOrEqual(LONGEST_NANOS);
    for (let asked = 1; asked <= 5; asked++) {
      client.send({ type: "response.create", response: { conversation: "none" } });
      await call.next("response.create");
      expect(await heldFor()).toBeGreaterThanOrEqual(asked * LONGEST_NANOS);
    }
    await client.leave();
  });

  it("grows with what the conversation holds, and not beyond the model's context", async () => {
    const { key, client, call } = await begin(modelWith(open));
    client.say("x".repeat(20_000));
    client.send({ type: "response.create" });
    await call.next("response.create");
    const { heldNanos: small } = await accountOf(gateway, key);
    expect(small).toBeGreaterThanOrEqual(LONGEST_NANOS + 20_000 * 4000);
    client.say("x".repeat(4_000_000));
    client.send({ type: "response.create" });
    await call.next("response.create");
    const { heldNanos: large } = await accountOf(gateway, key);
    const most = 2 * (CONTEXT * 32_000 + LONGEST_NANOS) * 1.5;
    expect(large).toBeLessThan(most);
    await client.leave();
  });

  it("is there before the upstream hears what it may answer unasked", async () => {
    const { key, client, call } = await begin(modelWith(open));
    // A minute of sound.
    const audio = Buffer.alloc(48_000 * 10).toString("base64");
    for (let part = 0; part < 6; part++) client.send({ type: "input_audio_buffer.append", audio });
    for (let part = 0; part < 6; part++) await call.next("input_audio_buffer.append");
    const { heldNanos } = await accountOf(gateway, key);
    // No vendor has more than 50 tokens of sound in a second.
    expect(heldNanos).toBeGreaterThanOrEqual(60 * 50 * 32_000 + LONGEST_NANOS);
    await client.leave();
  });

  it("ends the conversation cleanly when the funds end", async () => {
    const model = modelWith(answering("Hello there."));
    const { key, client, call } = await begin(model, LONGEST_NANOS + 40_000_000);
    let answers = 0;
    client.socket.on("message", (data) => {
      if (textOf(data).includes('"response.done"')) answers++;
    });
    // One after the other: while an answer is made, what the account cannot pay for is refused, and nothing ends.
    for (let asked = 0; asked < 50; asked++) {
      client.say("Hi");
      client.send({ type: "response.create" });
      await expect
        .poll(() => answers > asked || client.socket.readyState !== client.socket.OPEN, { timeout: 20_000 })
        .toBe(true);
    }
    expect(await client.closed).toEqual([1008, "insufficient_quota"]);
    expect(client.events.at(-1)).toMatchObject({ type: "error", error: { code: "insufficient_quota" } });
    await call.closed;
    const charge = await onlyCharge(gateway, key);
    expect(answers).toBeGreaterThan(0);
    expect(charge).toMatchObject({ state: "settled", amountNanos: answers * ANSWER_NANOS, ending: "complete" });
    expect(charge.writtenOffNanos).toBe(0);
    expect(JSON.parse(charge.request ?? "{}")).toMatchObject({ funds_ended: true, fault: "insufficient_balance" });
  });

  it("ends no answer that is paid for because there is nothing left for another one beside it", async () => {
    const slow: RealtimeScript = async ({ send }, { type }) => {
      if (type === "opened") send(SESSION);
      if (type !== "response.create") return;
      const [created, ...rest] = answerEvents("Hello there.");
      send({ ...created });
      await pause(500);
      for (const event of rest) send(event);
    };
    const { key, client, call } = await begin(modelWith(slow), LONGEST_NANOS + 40_000_000);
    client.send({ type: "response.create" });
    await client.next("response.created");
    client.send({ type: "response.create", response: { conversation: "none" } });
    expect(await client.next("error")).toMatchObject({ error: { code: "insufficient_quota" } });
    await client.next("response.done");
    await client.leave();
    expect(call.events.filter(({ type }) => type === "response.create")).toHaveLength(1);
    expect(await onlyCharge(gateway, key)).toMatchObject({ amountNanos: ANSWER_NANOS, ending: "complete" });
  });

  it("is given back for what an upstream refuses to answer", async () => {
    const refusing: RealtimeScript = ({ send }, { type }) => {
      if (type === "opened") send(SESSION);
      if (type !== "response.create") return;
      send({
        type: "error",
        error: { type: "invalid_request_error", code: "conversation_already_has_active_response" },
      });
    };
    // For three answers at once, and no more.
    const { client } = await begin(modelWith(refusing), 4 * LONGEST_NANOS);
    for (let asked = 0; asked < 20; asked++) {
      client.send({ type: "response.create" });
      await client.next("error");
    }
    await client.leave();
  });
});

describe("an upstream's word", () => {
  it.each([
    ["too many tokens", { input_tokens: 9_000_000, output_tokens: 9_000_000, total_tokens: 18_000_000 }],
    ["no numbers", { input_tokens: "many", output_tokens: null }],
    ["less than nothing", { input_tokens: -5, output_tokens: -7 }],
    ["nothing", null],
  ])("of %s is replaced by our own count", async (_, usage) => {
    const { key, client } = await begin(modelWith(answering("One two three four five six.", { usage })));
    await client.ask("Hi");
    await client.leave();
    const charge = await onlyCharge(gateway, key);
    expect(charge).toMatchObject({ state: "settled", estimated: true });
    expect(charge.outputTokens).toBeGreaterThan(3);
    expect(charge.outputTokens).toBeLessThan(20);
    expect(charge.inputTokens).toBeLessThan(200);
  });

  it("counts whatever the answer's state is", async () => {
    const { key, client } = await begin(modelWith(answering("Hel", { status: "cancelled" })));
    await client.ask("Hi");
    await client.leave();
    expect(await onlyCharge(gateway, key)).toMatchObject({ amountNanos: ANSWER_NANOS });
  });
});

describe("an answer that is not whole", () => {
  const begun = (text: string) => answerEvents(text).slice(0, -1);

  it("is stopped when its client leaves, and charged by what the upstream then says", async () => {
    const stops: RealtimeScript = ({ send }, { type }) => {
      if (type === "opened") send(SESSION);
      if (type === "response.create") for (const event of begun("Hello there.")) send(event);
      if (type === "response.cancel") {
        send({ ...answerEvents("", { status: "cancelled" }).at(-1) });
      }
    };
    const { key, client, call } = await begin(modelWith(stops));
    client.say("Hi");
    client.send({ type: "response.create" });
    await client.next("response.output_text.delta");
    const left = Date.now();
    client.socket.terminate();
    await call.next("response.cancel");
    await call.closed;
    expect(Date.now() - left).toBeLessThan(1000);
    const charge = await onlyCharge(gateway, key);
    expect(charge).toMatchObject({ state: "settled", ending: "abandoned" });
    expect(charge.amountNanos).toBeGreaterThanOrEqual(ANSWER_NANOS);
  });

  it("is charged by our own count when nobody says more", async () => {
    const text = "one two three four five six seven eight nine ten.";
    const silent: RealtimeScript = ({ send }, { type }) => {
      if (type === "opened") send(SESSION);
      if (type === "response.create") for (const event of begun(text)) send(event);
    };
    const { key, client, call } = await begin(modelWith(silent));
    client.say("Hi");
    client.send({ type: "response.create" });
    await client.next("response.output_text.delta");
    const left = Date.now();
    await client.leave();
    await call.closed;
    expect(Date.now() - left).toBeLessThan(1000);
    const charge = await onlyCharge(gateway, key);
    expect(charge).toMatchObject({ state: "settled", ending: "abandoned", estimated: true });
    expect(charge.outputTokens).toBeGreaterThan(5);
  });
});

it("charges 1,000 events of which the upstream dies in the middle", async () => {
  const dying: RealtimeScript = async ({ send, socket }, { type }) => {
    if (type === "opened") send(SESSION);
    if (type !== "response.create") return;
    for (let answer = 0; answer < 100; answer++) for (const event of answerEvents("a b c d e f g h ")) send(event);
    const [created] = answerEvents("");
    send({ ...created, response: { id: "resp_last" } });
    for (let word = 0; word < 30; word++)
      send({ type: "response.output_text.delta", response_id: "resp_last", delta: "word " });
    await pause(500);
    socket.terminate();
  };
  const { key, client } = await begin(modelWith(dying));
  client.say("Hi");
  client.send({ type: "response.create" });
  expect(await client.closed).toEqual([1011, "bad_gateway"]);
  const last = client.events.at(-1);
  expect(last).toMatchObject({ type: "error", error: { code: "bad_gateway" } });
  expect(client.events.filter(({ type }) => type === "response.output_text.delta")).toHaveLength(830);
  const charge = await onlyCharge(gateway, key);
  expect(charge).toMatchObject({ state: "settled", ending: "failed", estimated: true });
  expect(charge.outputAudioTokens).toBe(100 * 91);
  expect((charge.outputTokens ?? 0) - 100 * 30).toBeGreaterThanOrEqual(25);
  expect((charge.outputTokens ?? 0) - 100 * 30).toBeLessThanOrEqual(40);
});

describe("a transcription", () => {
  const hears =
    (usage: object): RealtimeScript =>
    ({ send }, { type }) => {
      const session = { type: "transcription", audio: { input: { transcription: { model: "whisper" } } } };
      if (type === "opened") send({ type: "session.created", session });
      if (type !== "input_audio_buffer.commit") return;
      send({ type: "conversation.item.input_audio_transcription.completed", item_id: "i", transcript: "hi", usage });
    };
  const TOKENS = {
    type: "tokens",
    input_tokens: 22,
    input_token_details: { text_tokens: 2, audio_tokens: 20 },
    output_tokens: 5,
    total_tokens: 27,
  };

  async function heard(usage: object, kind?: Kind) {
    const model = modelWith(hears(usage), kind);
    const { key, client, call } = await begin(model, undefined, `intent=transcription&model=${model}`);
    expect(call.path).toBe("/v1/realtime?intent=transcription");
    // Two seconds and a third of a millisecond.
    client.send({ type: "input_audio_buffer.append", audio: Buffer.alloc(96_016).toString("base64") });
    client.send({ type: "input_audio_buffer.commit" });
    await client.next("conversation.item.input_audio_transcription.completed");
    await client.leave();
    return onlyCharge(gateway, key);
  }

  it("is charged by tokens", async () => {
    expect(await heard(TOKENS)).toMatchObject({
      inputTokens: 2,
      inputAudioTokens: 20,
      outputTokens: 5,
      amountNanos: 2 * 4000 + 20 * 32_000 + 5 * 16_000,
    });
  });

  it("is charged by seconds, no more than were said", async () => {
    expect(await heard({ type: "duration", seconds: 1 }, "seconds")).toMatchObject({
      durationMs: 1000,
      amountNanos: 1_000_000,
    });
    expect(await heard({ type: "duration", seconds: 900 }, "seconds")).toMatchObject({
      durationMs: 2001,
      amountNanos: 2_001_000,
    });
  });

  it("is charged by the tokens of its sound where seconds have no price", async () => {
    expect(await heard({ type: "duration", seconds: 2 })).toMatchObject({
      inputAudioTokens: 50,
      amountNanos: 50 * 32_000,
    });
  });
});

describe("while it runs", () => {
  it("ends when its key is disabled", async () => {
    const { key, client, call } = await begin(modelWith(open));
    await client.next("session.created");
    const { hash } = await keyRecord(key);
    await gateway.db.update(apiKeys).set({ disabled: true }).where(eq(apiKeys.hash, hash));
    expect(await client.closed).toEqual([1008, "invalid_api_key"]);
    expect(await call.closed).toBe(1000);
  });

  it("ends when its key expires", async () => {
    const { key, client } = await begin(modelWith(open));
    await client.next("session.created");
    const { hash } = await keyRecord(key);
    await gateway.db.update(apiKeys).set({ expiresAt: Date.now() }).where(eq(apiKeys.hash, hash));
    expect(await client.closed).toEqual([1008, "invalid_api_key"]);
  });

  it("ends when nobody says anything, and when its time is over", async () => {
    const idle = await begin(modelWith(open, "idle"));
    expect(await idle.client.closed).toEqual([1000, "request_timeout"]);
    const long = await begin(modelWith(open, "long"));
    const talking = setInterval(() => long.client.send({ type: "input_audio_buffer.clear" }), 200);
    expect(await long.client.closed).toEqual([1000, "request_timeout"]);
    clearInterval(talking);
    expect(long.client.events.at(-1)).toMatchObject({ type: "error" });
  });

  it("ends when an answer does not come", async () => {
    const { key, client } = await begin(modelWith(open, "late"));
    const talking = setInterval(() => client.send({ type: "input_audio_buffer.clear" }), 200);
    client.send({ type: "response.create" });
    expect(await client.closed).toEqual([1011, "upstream_timeout"]);
    clearInterval(talking);
    expect(await onlyCharge(gateway, key)).toMatchObject({ state: "void", ending: "failed" });
  });

  it("counts each request for an answer against the key's limit", async () => {
    const model = modelWith(answering("Hello there."));
    const key = await addKey(gateway.db, { key: { requestsPerMinute: 3 } });
    const url = `${gateway.url.replace("http", "ws")}/v1/realtime?model=${model}`;
    const client = await RealtimeClient.open(url, { authorization: `Bearer ${key}` });
    for (let asked = 0; asked < 3; asked++) await client.ask("Hi");
    client.send({ type: "response.create" });
    expect(await client.next("error")).toMatchObject({ error: { code: "rate_limit_exceeded" } });
    await client.leave();
    expect(await onlyCharge(gateway, key)).toMatchObject({ amountNanos: 3 * ANSWER_NANOS });
  });
});

it("has a receipt that can be computed again", async () => {
  const { key, client } = await begin(modelWith(answering("Hello there.")));
  await client.ask("Hi");
  await client.leave();
  const { id } = await onlyCharge(gateway, key);
  const answer = await fetch(`${gateway.url}/api/charges/${id}`, { headers: { authorization: `Bearer ${key}` } });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ sum_nanos: ANSWER_NANOS, amount_nanos: ANSWER_NANOS });
});
