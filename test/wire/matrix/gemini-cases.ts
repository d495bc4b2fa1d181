/** The conversations of `cases.ts` as Google's clients have them, by their names. */
import type { JsonObject } from "../../../src/core/json.ts";
import { PIXEL, SCHEMA, type WireCase } from "./case.ts";

const USAGE = { promptTokenCount: 20, cachedContentTokenCount: 4, totalTokenCount: 29 };
const says = (parts: readonly JsonObject[], finishReason = "STOP") => ({
  candidates: [{ content: { role: "model", parts }, finishReason }],
  usageMetadata: USAGE,
  modelVersion: "public",
});
const user = (...parts: readonly JsonObject[]) => ({ role: "user", parts });
const model = (...parts: readonly JsonObject[]) => ({ role: "model", parts });
const HI = says([{ text: "Hi" }]);
const generationConfig = { maxOutputTokens: 5000 };
const tools = [{ functionDeclarations: [{ name: "weather", description: "Now", parametersJsonSchema: SCHEMA }] }];
const BOSTON = { name: "weather", args: { city: "Boston" } };
const PARIS = { name: "weather", args: { city: "Paris é" } };
const mode = (functionCallingConfig: JsonObject) => ({ toolConfig: { functionCallingConfig } });
const MEDIA = [
  { text: "What?" },
  { inlineData: { mimeType: "image/png", data: PIXEL } },
  { fileData: { mimeType: "image/jpeg", fileUri: "https://pictures.example/a.jpg" } },
];
const proof = (text: string) => btoa(encodeURIComponent(text));

export const GEMINI_CASES: Readonly<Record<string, WireCase>> = {
  "plain text": {
    asks: { generationConfig, contents: [user({ text: "Hello" })] },
    sent: { generationConfig, contents: [user({ text: "Hello" })] },
    gets: HI,
  },
  "instructions, several turns and sampling": {
    asks: {
      systemInstruction: { parts: [{ text: "Be brief." }] },
      generation_config: { max_output_tokens: 5000, temperature: 0.5 },
      contents: [user({ text: "One" }), model({ text: "Two" }), user({ text: "Three" })],
    },
    sent: {
      systemInstruction: { parts: [{ text: "Be brief." }] },
      generationConfig: { temperature: 0.5 },
      contents: [user({ text: "One" }), model({ text: "Two" }), user({ text: "Three" })],
    },
    gets: HI,
  },
  "a word to stop at": {
    asks: { generationConfig: { ...generationConfig, stopSequences: ["END"] }, contents: [user({ text: "Hello" })] },
    sent: { generationConfig: { stopSequences: ["END"] } },
    gets: HI,
  },
  "a picture in the body and one by its address": {
    asks: { generationConfig, contents: [user(...MEDIA)] },
    sent: { contents: [user(...MEDIA)] },
    gets: HI,
  },
  "a document": {
    asks: {
      generationConfig,
      contents: [user({ inlineData: { mimeType: "application/pdf", data: PIXEL, displayName: "a.pdf" } })],
    },
    sent: { contents: [user({ inlineData: { mimeType: "application/pdf", data: PIXEL } })] },
    gets: HI,
  },
  "two tool calls at once": {
    asks: { generationConfig, contents: [user({ text: "Weather?" })], tools, ...mode({ mode: "ANY" }) },
    sent: { tools, ...mode({ mode: "ANY" }) },
    gets: says([{ text: "Let me see." }, { functionCall: BOSTON }, { functionCall: PARIS }]),
  },
  "one named tool": {
    asks: {
      generationConfig,
      contents: [user({ text: "Weather?" })],
      tools,
      ...mode({ mode: "ANY", allowedFunctionNames: ["weather"] }),
    },
    sent: mode({ mode: "ANY", allowedFunctionNames: ["weather"] }),
    gets: says([{ functionCall: BOSTON }]),
  },
  "results of two calls, one of them an error, and a word of the user": {
    asks: {
      generationConfig,
      tools,
      contents: [
        user({ text: "Weather?" }),
        model({ functionCall: { ...BOSTON, id: "call_a" } }, { functionCall: { ...PARIS, id: "call_b" } }),
        user(
          { functionResponse: { id: "call_a", name: "weather", response: { output: "sunny" } } },
          { functionResponse: { id: "call_b", name: "weather", response: { error: "no such city" } } },
          { text: "Go on" },
        ),
      ],
    },
    sent: {
      contents: [
        user({ text: "Weather?" }),
        model({ functionCall: BOSTON, thoughtSignature: "skip_thought_signature_validator" }, { functionCall: PARIS }),
        user(
          { functionResponse: { name: "weather", response: { output: "sunny" } } },
          { functionResponse: { name: "weather" } },
          { text: "Go on" },
        ),
      ],
    },
    gets: HI,
  },
  "an answer by a schema": {
    asks: {
      contents: [user({ text: "City?" })],
      generationConfig: {
        ...generationConfig,
        responseMimeType: "application/json",
        responseSchema: { type: "OBJECT", properties: { city: { type: "STRING" } }, required: ["city"] },
      },
    },
    sent: { generationConfig: { responseMimeType: "application/json", responseJsonSchema: SCHEMA } },
    gets: says([{ text: '{"city":"Boston"}' }]),
  },
  "a thought": {
    asks: {
      contents: [user({ text: "Think" })],
      generationConfig: { ...generationConfig, thinkingConfig: { thinkingBudget: 4096, includeThoughts: true } },
    },
    sent: { generationConfig: { thinkingConfig: { includeThoughts: true } } },
    gets: says([{ text: "Hm, so.", thought: true }, { text: "Hi" }]),
  },
  "a thought with its signature, and one that is hidden": {
    asks: {
      contents: [user({ text: "Think" })],
      generationConfig: { ...generationConfig, thinkingConfig: { thinkingBudget: 4096, includeThoughts: true } },
    },
    sent: {},
    gets: says([
      { text: "Hm, so.", thought: true, thoughtSignature: proof("anthropic~signature~~EqQB") },
      { text: "", thought: true, thoughtSignature: proof("anthropic~hidden~~EmwK") },
      { text: "Hi" },
    ]),
  },
  "a source of what is said": {
    asks: { generationConfig, contents: [user({ text: "News?" })] },
    sent: {},
    gets: {
      candidates: [
        {
          content: { parts: [{ text: "It rained." }] },
          groundingMetadata: { groundingChunks: [{ web: { uri: "https://news.example/1", title: "News" } }] },
        },
      ],
    },
  },
  "the cap was reached in the middle of an emoji's word": {
    asks: { generationConfig, contents: [user({ text: "Emoji" })] },
    sent: {},
    gets: says([{ text: "👩‍👩‍👧‍👦 日本語 é" }], "MAX_TOKENS"),
  },
  "a picture that the model drew": {
    asks: { generationConfig, contents: [user({ text: "Draw" })] },
    sent: {},
    gets: says([{ text: "Here" }, { inlineData: { mimeType: "image/png", data: PIXEL } }]),
  },
  "a block for safety, before anything is said": {
    asks: { generationConfig, contents: [user({ text: "Bad" })] },
    sent: {},
    gets: { candidates: [{ finishReason: "SAFETY" }] },
  },
  "a web search": {
    asks: { generationConfig, contents: [user({ text: "News?" })], tools: [{ googleSearch: {} }] },
    sent: { tools: [{ googleSearch: {} }] },
    gets: {
      candidates: [
        {
          content: { parts: [{ text: "It rained." }] },
          groundingMetadata: { groundingChunks: [{ web: { uri: "https://news.example/1" } }] },
        },
      ],
    },
  },
  "a refusal": {
    asks: { generationConfig, contents: [user({ text: "Bad" })] },
    sent: {},
    gets: says([{ text: "I can't." }], "SAFETY"),
  },
};
