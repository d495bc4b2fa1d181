/**
 * The relay moves payloads without knowing what is in them: made-up wires send kinds of payloads that no real wire
 * sends yet.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { Fault } from "../../src/core/fault.ts";
import { JsonDraft } from "../../src/core/json-edit.ts";
import { fieldPart } from "../../src/core/form-parts.ts";
import { draftPayload, jsonPayload, NO_PAYLOAD, type Payload } from "../../src/core/payload.ts";
import type { AnswerReader, ClientRequest, ClientWriter, Wire } from "../../src/wire/types.ts";
import { chat } from "../../src/wire/openai/chat.ts";
import { addModel, addUpstream } from "../support/seed.ts";
import { MATCH } from "../wire/support.ts";
import { db, play } from "./stage.ts";

const NOTHING = { usage: undefined, text: { output: "", reasoning: "" } };

/** Returns an upstream's whole answer unchanged. */
const reader: AnswerReader = {
  whole(payload) {
    if (payload.kind === "json") return { ...NOTHING, body: new JsonDraft(payload.value, payload.text) };
    if (payload.kind === "bytes") return { ...NOTHING, body: payload };
    throw new Fault("upstream_error");
  },
  step: () => {
    throw new Fault("upstream_error");
  },
  end: () => {
    throw new Fault("upstream_error");
  },
  cut: () => {
    throw new Fault("upstream_error");
  },
};

const writer: ClientWriter = {
  write: () => "",
  waits: false,
  flush: () => "",
  end: () => "",
  fail: () => "",
  whole: (body) => (body instanceof JsonDraft ? draftPayload(body) : body),
};

function wireOf(name: string, { method, path }: { method: "GET" | "POST"; path: string }): Wire {
  const wire: Wire = {
    name,
    operation: "chat",
    read: (payload) => requestOn(wire, payload),
    address: ({ model }) => ({ method, path: path.replace("{model}", model) }),
    write: ({ payload }) => ({ payload, dropped: [] }),
    answers: () => reader,
    client: () => writer,
  };
  return wire;
}

function requestOn(wire: Wire, payload: Payload): ClientRequest {
  return {
    wire,
    payload,
    demand: {
      operation: "chat",
      model: wire.name,
      fallbacks: [],
      maxOutput: undefined,
      promptBytes: 0,
      choices: 1,
      needs: new Map(),
    },
    stream: undefined,
    wantsUsage: false,
    session: undefined,
    promptText: () => "",
  };
}

const look = wireOf("made-up.look", { method: "GET", path: "/things/{model}" });
const upload = wireOf("made-up.upload", { method: "POST", path: "/uploads" });
const speak = wireOf("made-up.speak", { method: "POST", path: "/speech" });
const wires = Object.fromEntries([look, upload, speak].map((wire) => [wire.name, wire]));

beforeAll(async () => {
  await addUpstream(db, { id: "vendor", baseUrl: "https://vendor.example.com/v1" });
  await addModel(db, { id: "plain", routes: [{ upstreamId: "vendor" }] });
  for (const wire of Object.keys(wires)) await addModel(db, { id: wire, routes: [{ upstreamId: "vendor", wire }] });
});

async function ask(wire: Wire, payload: Payload, respond: (request: Request) => Response | Promise<Response>) {
  const played = play({
    asked: wire.read(payload, MATCH),
    streams: false,
    wires,
    upstream: ({ url, init }) => respond(new Request(url, init)),
  });
  return { ...played, answer: await played.answer };
}

describe("the relay", () => {
  it("sends a GET to the wire's path, and returns JSON byte for byte", async () => {
    const text = '{ "size": 9223372036854775807, "ratio": 1.0 }';
    const seen: string[] = [];
    const { answer, steps } = await ask(look, NO_PAYLOAD, (request) => {
      seen.push(`${request.method} ${request.url} ${request.body === null ? "without a body" : "with one"}`);
      return new Response(text, { headers: { "content-type": "application/json" } });
    });
    expect(seen).toEqual(["GET https://vendor.example.com/v1/things/upstream-made-up.look without a body"]);
    expect(await answer.text()).toBe(text);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("x-request-id")).toBe("req_test");
    await expect.poll(() => steps).toEqual(["hold", "fetch", "settle"]);
  });

  it("sends a form with its files, again to the next attempt", async () => {
    const file = new Uint8Array([0, 255, 13, 10]);
    const form = [
      fieldPart("model", "m"),
      { name: "file", filename: "sound.mp3", type: "audio/mpeg", pieces: [file.subarray(0, 1), file.subarray(1)] },
    ];
    const { answer } = await ask(upload, { kind: "form", form }, async (request) => {
      expect(request.headers.get("content-type")).toMatch(/^multipart\/form-data; boundary=/);
      const sent = await request.formData();
      const got = sent.get("file");
      if (!(got instanceof File)) throw new Error("no file came");
      const bytes = [...new Uint8Array(await got.arrayBuffer())];
      return Response.json({ model: sent.get("model"), name: got.name, type: got.type, bytes });
    });
    expect(await answer.json()).toEqual({ model: "m", name: "sound.mp3", type: "audio/mpeg", bytes: [0, 255, 13, 10] });
  });

  it("passes a binary answer on as it comes, and settles when it has passed", async () => {
    let sender: ReadableStreamDefaultController<Uint8Array> | undefined;
    const source = new ReadableStream<Uint8Array>({ start: (controller) => void (sender = controller) });
    const asked = ask(
      speak,
      { kind: "bytes", type: "application/ssml+xml", body: new Uint8Array([60, 47, 62]) },
      async (request) => {
        expect(request.headers.get("content-type")).toBe("application/ssml+xml");
        expect(await request.text()).toBe("</>");
        return new Response(source, { headers: { "content-type": "audio/mpeg" } });
      },
    );
    sender?.enqueue(new Uint8Array([0, 255]));
    const { answer, steps } = await asked;
    expect(answer.headers.get("content-type")).toBe("audio/mpeg");
    const received = answer.body?.getReader();
    expect((await received?.read())?.value).toEqual(new Uint8Array([0, 255]));
    expect(steps).toEqual(["hold", "fetch"]);
    sender?.close();
    expect((await received?.read())?.done).toBe(true);
    await expect.poll(() => steps).toEqual(["hold", "fetch", "settle"]);
  });

  it("charges nothing for a binary answer that breaks off", async () => {
    let pulls = 0;
    const { answer, steps } = await ask(speak, NO_PAYLOAD, () => {
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (pulls++ === 0) controller.enqueue(new Uint8Array([1]));
          else controller.error(new Error("the connection broke"));
        },
      });
      return new Response(body, { headers: { "content-type": "audio/mpeg" } });
    });
    await expect(answer.arrayBuffer()).rejects.toThrow();
    await expect.poll(() => steps).toEqual(["hold", "fetch", "release"]);
  });
});

it.each([
  [
    "never begins",
    () => new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("broke")) }),
  ],
  ["is empty", () => new ReadableStream<Uint8Array>({ pull: (controller) => controller.close() })],
])("a binary answer that %s is none", async (_name, body) => {
  const played = play({
    asked: speak.read(NO_PAYLOAD, MATCH),
    streams: false,
    wires,
    upstream: () => new Response(body(), { headers: { "content-type": "audio/mpeg" } }),
  });
  await expect(played.answer).rejects.toMatchObject({ kind: "upstream_error" });
  await expect.poll(() => played.steps).toEqual(["hold", "fetch", "release"]);
});

it("an upstream whose answer is of no use is stopped, though its body was never read", async () => {
  const signals: (AbortSignal | null | undefined)[] = [];
  const played = play({
    asked: chat.read(jsonPayload({ model: "plain", messages: [{ role: "user", content: "Hello" }] }), MATCH),
    streams: false,
    upstream({ init }) {
      signals.push(init.signal);
      return new Response(new ReadableStream(), { headers: { "content-type": "audio/mpeg" } });
    },
  });
  await expect(played.answer).rejects.toMatchObject({ kind: "upstream_error" });
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  await expect.poll(() => played.steps).toEqual(["hold", "fetch", "release"]);
});
