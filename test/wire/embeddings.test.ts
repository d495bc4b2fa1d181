/** Embeddings on both wires, and over each other: what is read, what goes up, and what comes back. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { base64Of, floatsOf, normalised } from "../../src/operation/embed/embedding.ts";
import { embedContent } from "../../src/wire/gemini/embed-content.ts";
import { embeddings } from "../../src/wire/openai/embeddings.ts";
import { passage } from "../../src/wire/passage.ts";
import type { ClientRequest, Match, Target, Wire } from "../../src/wire/types.ts";
import { faultOf, MATCH, TARGET } from "./support.ts";

const GOOGLE: Match = { ...MATCH, params: { call: "vectors:batchEmbedContents" } };
/** Exact as 32-bit floats. */
const ONE = [0.5, -0.25, 0.125];
const TWO = [1, 0, -1];

const ask = (body: JsonObject) => embeddings.read(jsonPayload({ model: "vectors", ...body }), MATCH);
const askGoogle = (body: JsonObject) => embedContent.read(jsonPayload(body), GOOGLE);
const content = (...texts: string[]) => ({ parts: texts.map((text) => ({ text })) });

/** What goes upstream, and what the client gets for an upstream's answer. */
function carry(request: ClientRequest, upstream: Wire, answer?: JsonObject, target: Partial<Target> = {}) {
  const carried = passage(request, upstream, { ...TARGET, ...target });
  if (carried?.payload.kind !== "json") throw new Error("nothing carries it");
  const { payload, address, warnings } = carried;
  expect(JSON.parse(payload.text)).toEqual(payload.value);
  const step = answer && carried.whole(jsonPayload(structuredClone(answer)));
  const given = step && carried.answer(() => ({ input: 7 }));
  return {
    path: address.path,
    sent: payload.value,
    warnings,
    usage: step?.usage,
    given: given?.kind === "json" ? (JSON.parse(given.text) as JsonObject) : undefined,
  };
}

const openaiAnswer = (...vectors: unknown[]) => ({
  object: "list",
  model: "upstream-model",
  data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
  usage: { prompt_tokens: 4, total_tokens: 4 },
});

describe("a request for embeddings", () => {
  it("is of as many prompts as it has inputs, and makes no output", () => {
    const { demand, promptText } = ask({ input: ["Hello", "there"] });
    expect(demand).toMatchObject({ operation: "embed", model: "vectors", prompts: 2, maxOutput: 0 });
    expect(promptText()).toBe("Hello\nthere");
  });

  it.each([
    ["a text", "Hello", 1, 0],
    ["tokens", [1, 2, 3], 1, 3],
    ["several texts", ["a", "b"], 2, 0],
    ["several arrays of tokens", [[1, 2], [3]], 2, 3],
  ])("may be %s", (_, input, prompts, tokenIds) => {
    expect(ask({ input })).toMatchObject({ demand: { prompts }, tokenIds });
  });

  it.each([
    ["nothing", {}, "missing_input input"],
    ["an empty text", { input: "" }, "invalid_parameter input"],
    ["an empty list", { input: [] }, "invalid_parameter input"],
    ["an empty text among others", { input: ["a", ""] }, "invalid_parameter input"],
    ["no texts", { input: [{}] }, "invalid_parameter input"],
    ["negative tokens", { input: [-1] }, "invalid_parameter input"],
    ["more than 2,048 texts", { input: Array.from({ length: 2049 }, () => "a") }, "invalid_parameter input"],
    ["another encoding", { input: "a", encoding_format: "int8" }, "invalid_parameter encoding_format"],
    ["no dimensions", { input: "a", dimensions: 0 }, "invalid_parameter dimensions"],
    ["a name that looks like another", { input: "a", Input: "b" }, "invalid_parameter Input"],
  ])("that has %s is refused", (_, body, fault) => {
    expect(faultOf(() => ask(body))).toBe(fault);
  });

  it("takes its model from the path of OpenAI's first libraries", () => {
    const { demand } = embeddings.read(jsonPayload({ input: "a" }), { ...MATCH, params: { engine: "vectors" } });
    expect(demand.model).toBe("vectors");
  });

  it("goes to its own wire as it came, but for the model and what the upstream may not get", () => {
    const { sent, path, warnings } = carry(
      ask({ input: ["a"], encoding_format: "base64", input_type: "query", user: "ada", nonsense: 1 }),
      embeddings,
    );
    expect(path).toBe("/embeddings");
    expect(sent).toEqual({
      model: "upstream-model",
      input: ["a"],
      encoding_format: "base64",
      input_type: "query",
      user: "account-alias",
    });
    expect(warnings).toEqual(["dropped=nonsense"]);
  });
});

describe("the vectors of an answer", () => {
  it.each([
    ["float", ONE, ONE],
    ["float", base64Of(ONE), ONE],
    ["base64", ONE, base64Of(ONE)],
    ["base64", base64Of(ONE), base64Of(ONE)],
    [undefined, base64Of(ONE), ONE],
  ])("are in the form that the client asked for: %s", (format, vector, given) => {
    const request = ask({ input: "a", ...(format === undefined ? {} : { encoding_format: format }) });
    expect(carry(request, embeddings, openaiAnswer(vector)).given).toEqual({ ...openaiAnswer(given), model: "public" });
  });

  it("come in the order of the inputs", () => {
    const answer = openaiAnswer(ONE, TWO);
    const { given } = carry(ask({ input: ["a", "b"] }), embeddings, { ...answer, data: answer.data.toReversed() });
    expect(given?.["data"]).toEqual(answer.data);
  });

  it("are numbered where the upstream does not number them", () => {
    const { given } = carry(ask({ input: ["a", "b"] }), embeddings, { data: [{ embedding: ONE }, { embedding: TWO }] });
    expect(given?.["data"]).toEqual(openaiAnswer(ONE, TWO).data);
  });

  it("that are fewer than the inputs, none, or unreadable are no answer", () => {
    const request = ask({ input: ["a", "b"] });
    expect(faultOf(() => carry(request, embeddings, openaiAnswer(ONE)))).toBe("upstream_error");
    expect(faultOf(() => carry(request, embeddings, openaiAnswer(ONE, [])))).toBe("upstream_error");
    expect(faultOf(() => carry(request, embeddings, openaiAnswer(ONE, null)))).toBe("upstream_error");
    expect(faultOf(() => carry(request, embeddings, openaiAnswer(ONE, "AAA=")))).toBe("upstream_error");
    expect(faultOf(() => carry(request, embeddings, { error: { code: "bad" } }))).toContain("bad");
  });

  it("survive base64", () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(float, { minLength: 1 }), (vector) => {
        expect(floatsOf(base64Of(vector))).toEqual(vector);
      }),
    );
  });
});

describe("the usage of an answer", () => {
  it.each([
    [{ prompt_tokens: 4, total_tokens: 4 }, { input: 4 }],
    [{ total_tokens: 9 }, { input: 9 }],
    [undefined, undefined],
  ])("is read from %j", (usage, read) => {
    const answer = JSON.parse(JSON.stringify({ ...openaiAnswer(ONE), usage })) as JsonObject;
    expect(carry(ask({ input: "a" }), embeddings, answer).usage).toEqual(read);
  });

  it("is our own count where the upstream has none", () => {
    const { usage: _, ...silent } = openaiAnswer(ONE);
    const { given } = carry(ask({ input: "a" }), embeddings, silent);
    expect(given?.["usage"]).toEqual({ prompt_tokens: 7, total_tokens: 7 });
  });
});

describe("a request of OpenAI's over Google's", () => {
  const google = { embeddings: [{ values: [3, 4] }, { values: [1, 0] }], usageMetadata: { promptTokenCount: 5 } };

  it("becomes a batch, and its vectors get length 1", () => {
    const request = ask({ input: ["a", "b"], dimensions: 2, task_type: "RETRIEVAL_QUERY", user: "ada" });
    const { sent, path, given, usage, warnings } = carry(request, embedContent, google);
    expect(path).toBe("/models/upstream-model:batchEmbedContents");
    const one = (text: string) => ({
      model: "models/upstream-model",
      content: content(text),
      taskType: "RETRIEVAL_QUERY",
      outputDimensionality: 2,
    });
    expect(sent).toEqual({ requests: [one("a"), one("b")] });
    expect(given).toEqual({
      ...openaiAnswer([0.6, 0.8], [1, 0]),
      model: "public",
      usage: { prompt_tokens: 5, total_tokens: 5 },
    });
    expect(usage).toMatchObject({ input: 5 });
    expect(warnings).toEqual([]);
  });

  it("gives base64 where the client asks for it", () => {
    const { given } = carry(ask({ input: ["a", "b"], encoding_format: "base64" }), embedContent, google);
    expect(given).toMatchObject({ data: [{ index: 0 }, { embedding: base64Of([1, 0]) }] });
  });

  it("names what Google does not know, and refuses tokens", () => {
    expect(carry(ask({ input: "a", truncate: "END" }), embedContent).warnings).toEqual(["dropped=truncate"]);
    expect(faultOf(() => carry(ask({ input: [1, 2] }), embedContent))).toBe("unsupported_feature input");
  });
});

describe("a request of Google's", () => {
  const one = (text: string, more: JsonObject = {}) => ({ model: "models/vectors", content: content(text), ...more });

  it("goes to its own wire with the route's model, and its answer comes back as it is", () => {
    const batch = { requests: [one("a", { taskType: "FACT_VERIFICATION" }), one("b")] };
    const answer = { embeddings: [{ values: [3, 4] }, { values: [1, 0] }] };
    const { sent, path, given } = carry(askGoogle(batch), embedContent, answer);
    expect(path).toBe("/models/upstream-model:batchEmbedContents");
    expect(sent).toEqual({
      requests: batch.requests.map((request) => ({ ...request, model: "models/upstream-model" })),
    });
    expect(given).toEqual({ ...answer, usageMetadata: { promptTokenCount: 7, totalTokenCount: 7 } });
    expect(batch.requests[0]?.model).toBe("models/vectors");
  });

  it("may be a single one", () => {
    const { sent, path, given } = carry(askGoogle(one("a")), embedContent, { embedding: { values: ONE } });
    expect(path).toBe("/models/upstream-model:embedContent");
    expect(sent).toEqual({ content: content("a") });
    expect(given).toMatchObject({ embedding: { values: ONE } });
  });

  it.each([
    ["a batch", { requests: [one("a"), one("b")] }, ["a", "b"], { embeddings: [{ values: ONE }, { values: TWO }] }],
    ["a single one", one("a", { title: "A" }), ["a"], { embedding: { values: ONE } }],
  ])("goes over OpenAI's wire as %s", (_, body, input, shown) => {
    const answer = openaiAnswer(...[ONE, base64Of(TWO)].slice(0, input.length));
    const { sent, given, usage, warnings } = carry(askGoogle(body), embeddings, answer);
    expect(sent).toEqual({ model: "upstream-model", input, encoding_format: "float" });
    expect(given).toEqual({ ...shown, usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 } });
    expect(usage).toEqual({ input: 4 });
    expect(warnings).toEqual("title" in body ? ["dropped=title"] : []);
  });

  it.each([
    ["nothing", {}, "missing_input content"],
    ["no parts", { content: { parts: [] } }, "invalid_parameter content.parts"],
    ["an empty batch", { requests: [] }, "invalid_parameter requests"],
    ["a request that is no object", { requests: ["a"] }, "invalid_parameter requests[0]"],
    ["a field in two spellings", one("a", { taskType: "A", task_type: "B" }), "invalid_parameter taskType"],
    ["more than 100 requests", { requests: Array.from({ length: 101 }, () => one("a")) }, "invalid_parameter requests"],
  ])("that has %s is refused", (_, body, fault) => {
    expect(faultOf(() => askGoogle(body))).toBe(fault);
  });

  it("that OpenAI's wire cannot carry is refused", () => {
    const differ = { requests: [one("a", { outputDimensionality: 2 }), one("b")] };
    expect(faultOf(() => carry(askGoogle(differ), embeddings))).toBe(
      "unsupported_feature requests.outputDimensionality",
    );
    const picture = { content: { parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }] } };
    expect(askGoogle(picture).demand.needs).toEqual(new Map([["image", 1]]));
    expect(faultOf(() => carry(askGoogle(picture), embeddings))).toBe("unsupported_feature content.parts");
  });
});

it("a vector without a length, or of length 1, stays as it is", () => {
  expect(normalised([0, 0])).toEqual([0, 0]);
  expect(normalised([0.6, 0.8])).toEqual([0.6, 0.8]);
});
