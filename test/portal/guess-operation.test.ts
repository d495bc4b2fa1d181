import { expect, it } from "vitest";
import { guessOperation } from "../../src/portal/guess-operation.ts";
import { WIRE_NAMES, WIRES } from "../../src/wire/index.ts";

it.each([
  ["gpt-4o", "chat", "openai.chat"],
  ["gpt-4o-audio-preview", "chat", "openai.chat"],
  ["qwen-vl-max", "chat", "openai.chat"],
  ["text-embedding-3-small", "embed", "openai.embeddings"],
  ["BAAI/bge-m3", "embed", "openai.embeddings"],
  ["BAAI/bge-reranker-v2-m3", "rerank", "jina.rerank"],
  ["omni-moderation-latest", "moderate", "openai.moderations"],
  ["gpt-realtime-mini", "realtime", "openai.realtime"],
  ["gpt-4o-realtime-preview", "realtime", "openai.realtime"],
  ["whisper-1", "transcribe", "openai.transcriptions"],
  ["gpt-4o-mini-transcribe", "transcribe", "openai.transcriptions"],
  ["gpt-4o-mini-tts", "speech", "openai.speech"],
  ["tts-1-hd", "speech", "openai.speech"],
  ["gpt-image-1", "image", "openai.images"],
  ["black-forest-labs/FLUX.1-schnell", "image", "openai.images"],
  ["doubao-seedream-4-0", "image", "openai.images"],
  ["sora-2-pro", "video", "openai.videos"],
  ["veo3.1-fast-frames", "video", "openai.videos"],
  ["gpt-3.5-turbo-instruct", "complete", "openai.completions"],
])("takes %s for %s over %s", (id, operation, wire) => {
  expect(guessOperation(id, "bearer")).toEqual({ operation, wire });
});

it("knows Google's wires, and that Anthropic's has chats alone", () => {
  expect(guessOperation("gemini-2.5-flash-image", "gemini")).toEqual({
    operation: "image",
    wire: "gemini.generate",
  });
  expect(guessOperation("gemini-embedding-001", "gemini")).toEqual({
    operation: "embed",
    wire: "gemini.embed",
  });
  expect(guessOperation("veo-3.1-generate-preview", "gemini")).toEqual({
    operation: "video",
    wire: "gemini.video",
  });
  expect(guessOperation("gemini-2.5-flash-preview-tts", "gemini")).toEqual({
    operation: "chat",
    wire: "gemini.generate",
  });
  expect(guessOperation("claude-image", "anthropic")).toEqual({
    operation: "chat",
    wire: "anthropic.messages",
  });
});

it("knows what Kling and a proxy of Midjourney make", () => {
  expect(guessOperation("kling-v2-6", "kling")).toEqual({ operation: "video", wire: "kling.videos" });
  expect(guessOperation("kling-v2-1-image", "kling")).toEqual({ operation: "image", wire: "kling.images" });
  expect(guessOperation("mj_imagine", "midjourney")).toEqual({ operation: "paint", wire: "midjourney.tasks" });
});

it("names wires that carry what it guesses", () => {
  const operations = new Map<string, string>(Object.values(WIRES).map(({ name, operation }) => [name, operation]));
  for (const name of ["bge-m3", "whisper-1", "dall-e-3", "tts-1"]) {
    const { operation, wire } = guessOperation(name, "bearer");
    expect(WIRE_NAMES).toContain(wire);
    expect(operations.get(wire)).toBe(operation);
  }
});
