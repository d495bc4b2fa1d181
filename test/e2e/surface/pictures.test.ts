/** Models that draw, asked by each client over each upstream that can: the picture comes, and goes back to be changed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { objectsOf, type JsonObject } from "../../../src/core/json.ts";
import type { Answer } from "../../wire/matrix/streams.ts";
import { PIXEL } from "../../wire/matrix/case.ts";
import { call } from "../call.ts";
import { modelOver, startWires, type WireStage } from "../clients/wires.ts";

let stage: WireStage;
beforeAll(async () => {
  stage = await startWires();
});
afterAll(async () => stage.close());

const TOKENS = { prompt: 20, cached: 0, output: 9, thoughts: 0 };
const DRAWN: Answer = { said: [{ text: "Here" }, { picture: PIXEL }], ends: "stop", tokens: TOKENS };
const UPSTREAMS = ["openai.chat", "openai.responses", "gemini.generate"];

const inner = (object: JsonObject | undefined, name: string) => (object?.[name] ?? {}) as JsonObject;

interface Client {
  readonly path: (model: string) => string;
  readonly begin: JsonObject;
  readonly pictureIn: (answer: JsonObject) => unknown;
  readonly goOn: (request: JsonObject, answer: JsonObject) => JsonObject;
}

const CLIENTS: Readonly<Record<string, Client>> = {
  "openai.chat": {
    path: () => "/v1/chat/completions",
    begin: { messages: [{ role: "user", content: "Draw" }] },
    pictureIn: ({ choices }) => {
      const [picture] = objectsOf(inner(objectsOf(choices)[0], "message")["images"]);
      return inner(picture, "image_url")["url"];
    },
    goOn: ({ messages }, { choices }) => ({
      messages: [...objectsOf(messages), objectsOf(choices)[0]?.["message"], { role: "user", content: "Bluer" }],
    }),
  },
  "openai.responses": {
    path: () => "/v1/responses",
    begin: { input: [{ role: "user", content: "Draw" }], store: false },
    pictureIn: ({ output }) => objectsOf(output).find(({ type }) => type === "image_generation_call")?.["result"],
    goOn: ({ input }, { output }) => ({
      input: [...objectsOf(input), ...objectsOf(output), { role: "user", content: "Bluer" }],
      store: false,
    }),
  },
  "anthropic.messages": {
    path: () => "/v1/messages",
    begin: { max_tokens: 500, messages: [{ role: "user", content: "Draw" }] },
    pictureIn: ({ content }) => /!\[image\]\((data:[^)]+)\)/.exec(JSON.stringify(content))?.[1],
    // The format knows no pictures of the model: the user shows it what it drew.
    goOn: ({ messages }) => ({
      max_tokens: 500,
      messages: [
        ...objectsOf(messages),
        { role: "assistant", content: "Here" },
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
            { type: "text", text: "Bluer" },
          ],
        },
      ],
    }),
  },
  "gemini.generate": {
    path: (model) => `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    begin: { contents: [{ role: "user", parts: [{ text: "Draw" }] }] },
    pictureIn: ({ candidates }) => {
      const { parts } = inner(objectsOf(candidates)[0], "content");
      return inner(
        objectsOf(parts).find((part) => part["inlineData"]),
        "inlineData",
      )["data"];
    },
    goOn: ({ contents }, { candidates }) => ({
      contents: [
        ...objectsOf(contents),
        objectsOf(candidates)[0]?.["content"],
        { role: "user", parts: [{ text: "Bluer" }] },
      ],
    }),
  },
};

describe.each(Object.entries(CLIENTS))("a client of %s", (name, client) => {
  it.each(UPSTREAMS)("has a picture drawn and changed over %s", async (wire) => {
    const model = modelOver(wire);
    const ask = async (request: JsonObject) => {
      stage.answer(wire, DRAWN);
      const body = name === "gemini.generate" ? request : { ...request, model };
      const answer = await call(stage.gateway, client.path(model), { body });
      expect(answer.status, answer.story).toBe(200);
      return answer.body;
    };
    const answer = await ask(client.begin);
    expect(String(client.pictureIn(answer)), JSON.stringify(answer)).toContain(PIXEL);
    await ask(client.goOn(client.begin, answer));
    const sent = JSON.stringify(stage.sent().body);
    expect(sent.split(PIXEL).length - 1, sent).toBe(1);
    expect(sent.indexOf("Draw")).toBeLessThan(sent.indexOf(PIXEL));
    expect(sent.indexOf(PIXEL)).toBeLessThan(sent.indexOf("Bluer"));
  });
});
