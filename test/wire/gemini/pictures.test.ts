/** Pictures in Google's words: their size, and several of them in so many calls. */
import { describe, expect, it } from "vitest";
import { jsonPayload } from "../../../src/core/payload.ts";
import { imageConfigOf } from "../../../src/wire/gemini/image-config.ts";
import { PICTURE_PARTS } from "../../../src/wire/gemini/picture-parts.ts";
import { jsonOf } from "../../../src/wire/request-members.ts";

describe("a size", () => {
  it.each([
    [undefined, undefined],
    ["1024x1024", { aspectRatio: "1:1" }],
    ["1536x1024", { aspectRatio: "3:2" }],
    ["1024x1536", { aspectRatio: "2:3" }],
    ["1792x1024", { aspectRatio: "16:9", imageSize: "2K" }],
    ["3840x2160", { aspectRatio: "16:9", imageSize: "4K" }],
    ["512*512", { aspectRatio: "1:1" }],
    ["2k", { imageSize: "2K" }],
    ["21:9", { aspectRatio: "21:9" }],
    ["large", undefined],
  ])("%s is %j", (size, config) => {
    expect(imageConfigOf(size === undefined ? {} : { size })).toEqual(config);
  });
});

describe("several pictures", () => {
  const asked = (config: object, name = "generationConfig") => jsonPayload({ contents: [], [name]: config });

  it("are so many calls for one", () => {
    for (const payload of [
      asked({ responseModalities: ["TEXT", "IMAGE"], candidateCount: 3, seed: 1 }),
      asked({ response_modalities: ["image"], candidate_count: 3, seed: 1 }, "generation_config"),
    ]) {
      expect(PICTURE_PARTS.inputs(payload)).toBe(3);
      const part = PICTURE_PARTS.part(payload, 0, 1);
      expect(PICTURE_PARTS.inputs(part)).toBe(1);
      expect(jsonOf(part).text).toContain('"seed":1');
      expect(jsonOf(part).text).not.toMatch(/candidate_?count/i);
    }
  });

  it("are one call where texts are asked for", () => {
    expect(PICTURE_PARTS.inputs(asked({ candidateCount: 3 }))).toBe(1);
    expect(PICTURE_PARTS.inputs(jsonPayload({ contents: [] }))).toBe(1);
  });

  it("are one answer with the tokens of all", () => {
    const one = (text: string) =>
      jsonPayload({
        responseId: text,
        candidates: [{ index: 0, content: { parts: [{ text }] } }],
        usageMetadata: {
          promptTokenCount: 2,
          candidatesTokenCount: 5,
          candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 4 }],
        },
      });
    const joined = PICTURE_PARTS.join([one("a"), one("b")]);
    expect(jsonOf(joined).value).toMatchObject({
      responseId: "a",
      candidates: [{ index: 0 }, { index: 1, content: { parts: [{ text: "b" }] } }],
    });
    expect(PICTURE_PARTS.usage(joined)).toEqual({ input: 4, output: 2, outputImage: 8 });
    const untold = jsonPayload({ candidates: [{ content: { parts: [] } }] });
    expect(PICTURE_PARTS.usage(PICTURE_PARTS.join([one("a"), untold]))).toBeUndefined();
  });
});
