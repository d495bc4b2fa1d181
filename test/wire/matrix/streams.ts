/**
 * Answers as each vendor streams them, written by hand after the vendors' documents.
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 * @see https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
 */
import type { Frame } from "../../../src/core/frame.ts";
import type { JsonObject } from "../../../src/core/json.ts";

/** What the model of a case says, in the order in which it says it. */
type Said =
  | { readonly text: string; readonly citation?: { readonly url: string; readonly title: string } }
  | { readonly thought: string; readonly proof?: string; readonly hidden?: boolean }
  | { readonly call: { readonly id: string; readonly name: string; readonly input: string; readonly proof?: string } }
  | { readonly refusal: string }
  /** A PNG in base64. */
  | { readonly picture: string };

export interface Answer {
  readonly said: readonly Said[];
  readonly ends: "stop" | "length" | "tools" | "filter";
  /** Prompt, of these cached, output, of these thoughts. */
  readonly tokens: {
    readonly prompt: number;
    readonly cached: number;
    readonly output: number;
    readonly thoughts: number;
  };
}

/** Cuts a text into pieces of three letters, pairs of surrogates too: vendors cut anywhere. */
function pieces(text: string): string[] {
  return text.match(/[^]{1,3}/g) ?? [];
}

export type Streams = Readonly<Record<string, (answer: Answer) => Frame[]>>;

const FINISH = { stop: "stop", length: "length", tools: "tool_calls", filter: "content_filter" };

function chatStream({ said, ends, tokens }: Answer): Frame[] {
  const frames: Frame[] = [];
  const send = (delta: JsonObject, finish: string | null = null) =>
    frames.push(json({ ...CHUNK, choices: [{ index: 0, delta, finish_reason: finish }] }));
  send({ role: "assistant", content: "" });
  let calls = 0;
  for (const one of said) {
    if ("text" in one) {
      for (const content of pieces(one.text)) send({ content });
      if (one.citation !== undefined) {
        send({
          annotations: [
            { type: "url_citation", url_citation: { ...one.citation, start_index: 0, end_index: one.text.length } },
          ],
        });
      }
    } else if ("thought" in one) {
      if (one.hidden !== true) for (const reasoning_content of pieces(one.thought)) send({ reasoning_content });
      if (one.proof !== undefined) {
        const detail =
          one.hidden === true
            ? { type: "reasoning.encrypted", data: one.proof }
            : { type: "reasoning.text", text: one.thought, signature: one.proof };
        send({ reasoning_details: [{ ...detail, format: "anthropic-claude-v1", index: said.indexOf(one) }] });
      }
    } else if ("call" in one) {
      const { id, name, input } = one.call;
      send({ tool_calls: [{ index: calls, id, type: "function", function: { name, arguments: "" } }] });
      for (const text of pieces(input)) send({ tool_calls: [{ index: calls, function: { arguments: text } }] });
      calls++;
    } else if ("picture" in one) {
      send({ images: [{ type: "image_url", image_url: { url: `data:image/png;base64,${one.picture}` }, index: 0 }] });
    } else for (const refusal of pieces(one.refusal)) send({ refusal });
  }
  send({}, FINISH[ends]);
  const usage = {
    prompt_tokens: tokens.prompt,
    completion_tokens: tokens.output,
    total_tokens: tokens.prompt + tokens.output,
    prompt_tokens_details: { cached_tokens: tokens.cached },
    completion_tokens_details: { reasoning_tokens: tokens.thoughts },
  };
  frames.push(json({ ...CHUNK, choices: [], usage }), { data: "[DONE]" });
  return frames;
}

const CHUNK = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, model: "upstream-model" };

function json(value: JsonObject, event?: string): Frame {
  return { data: JSON.stringify(value), ...(event === undefined ? {} : { event }) };
}

const STOP = { stop: "end_turn", length: "max_tokens", tools: "tool_use", filter: "refusal" };

function messageStream({ said, ends, tokens }: Answer): Frame[] {
  const frames: Frame[] = [];
  const send = (type: string, members: JsonObject) => frames.push(json({ type, ...members }, type));
  const input = {
    input_tokens: tokens.prompt - tokens.cached,
    cache_read_input_tokens: tokens.cached,
    cache_creation_input_tokens: 0,
  };
  send("message_start", {
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "upstream-model",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...input, output_tokens: 1 },
    },
  });
  send("ping", {});
  for (const [index, one] of said.entries()) {
    const block = (content_block: JsonObject, deltas: readonly JsonObject[]) => {
      send("content_block_start", { index, content_block });
      for (const delta of deltas) send("content_block_delta", { index, delta });
      send("content_block_stop", { index });
    };
    if ("text" in one) {
      const cited = one.citation && {
        type: "web_search_result_location",
        ...one.citation,
        cited_text: "",
        encrypted_index: "e",
      };
      block({ type: "text", text: "" }, [
        ...pieces(one.text).map((text) => ({ type: "text_delta", text })),
        ...(cited === undefined ? [] : [{ type: "citations_delta", citation: cited }]),
      ]);
    } else if ("picture" in one) throw new Error("the vendor's models make no pictures");
    else if ("refusal" in one)
      block(
        { type: "text", text: "" },
        pieces(one.refusal).map((text) => ({ type: "text_delta", text })),
      );
    else if ("call" in one) {
      const { id, name, input: whole } = one.call;
      block(
        { type: "tool_use", id, name, input: {} },
        pieces(whole).map((partial_json) => ({ type: "input_json_delta", partial_json })),
      );
    } else if (one.hidden === true) block({ type: "redacted_thinking", data: one.proof }, []);
    else {
      block({ type: "thinking", thinking: "", signature: "" }, [
        ...pieces(one.thought).map((thinking) => ({ type: "thinking_delta", thinking })),
        ...(one.proof === undefined ? [] : [{ type: "signature_delta", signature: one.proof }]),
      ]);
    }
  }
  const output = { output_tokens: tokens.output, output_tokens_details: { thinking_tokens: tokens.thoughts } };
  send("message_delta", { delta: { stop_reason: STOP[ends], stop_sequence: null }, usage: { ...input, ...output } });
  send("message_stop", {});
  return frames;
}

const GOOGLE_FINISH = { stop: "STOP", length: "MAX_TOKENS", tools: "STOP", filter: "SAFETY" };

function generateStream({ said, ends, tokens }: Answer): Frame[] {
  const frames: Frame[] = [];
  const usage = {
    promptTokenCount: tokens.prompt,
    cachedContentTokenCount: tokens.cached,
    candidatesTokenCount: tokens.output - tokens.thoughts,
    thoughtsTokenCount: tokens.thoughts,
    totalTokenCount: tokens.prompt + tokens.output,
  };
  const send = (part: JsonObject, more: JsonObject = {}) =>
    frames.push(
      json({
        candidates: [{ content: { role: "model", parts: [part] }, index: 0, ...more }],
        usageMetadata:
          more["finishReason"] === undefined
            ? { promptTokenCount: tokens.prompt, totalTokenCount: tokens.prompt }
            : usage,
        modelVersion: "upstream-model",
        responseId: "r1",
      }),
    );
  const chunks: JsonObject[] = [];
  for (const one of said) {
    if ("text" in one) {
      for (const text of pieces(one.text)) send({ text });
      if (one.citation !== undefined) chunks.push({ web: { uri: one.citation.url, title: one.citation.title } });
    } else if ("thought" in one) {
      for (const text of pieces(one.thought)) send({ text, thought: true });
    } else if ("call" in one) {
      const { id, name, input, proof } = one.call;
      send({
        functionCall: { id, name, args: JSON.parse(input) as JsonObject },
        ...(proof === undefined ? {} : { thoughtSignature: proof }),
      });
    } else if ("picture" in one) send({ inlineData: { mimeType: "image/png", data: one.picture } });
    else for (const text of pieces(one.refusal)) send({ text });
  }
  const grounding = chunks.length === 0 ? {} : { groundingMetadata: { groundingChunks: chunks } };
  send({ text: "" }, { finishReason: GOOGLE_FINISH[ends], ...grounding });
  return frames;
}

function responseStream({ said, ends, tokens }: Answer): Frame[] {
  const frames: Frame[] = [];
  let sequence_number = 0;
  const send = (type: string, members: JsonObject) =>
    frames.push(json({ type: `response.${type}`, sequence_number: sequence_number++, ...members }, `response.${type}`));
  const begun = {
    id: "resp_1",
    object: "response",
    created_at: 1_700_000_000,
    model: "upstream-model",
    status: "in_progress",
    output: [],
  };
  send("created", { response: begun });
  send("in_progress", { response: begun });
  const output: JsonObject[] = [];
  for (const [output_index, one] of said.entries()) {
    const item_id = `item_${output_index}`;
    const at = { item_id, output_index };
    const around = (item: JsonObject, empty: JsonObject, inside: () => void) => {
      send("output_item.added", { output_index, item: { id: item_id, ...item, ...empty, status: "in_progress" } });
      inside();
      const done = { id: item_id, ...item, status: "completed" };
      output.push(done);
      send("output_item.done", { output_index, item: done });
    };
    if ("call" in one) {
      const { id: call_id, name, input } = one.call;
      around({ type: "function_call", call_id, name, arguments: input }, { arguments: "" }, () => {
        for (const delta of pieces(input)) send("function_call_arguments.delta", { ...at, delta });
        send("function_call_arguments.done", { ...at, name, arguments: input });
      });
    } else if ("thought" in one) {
      const summary = one.thought === "" ? [] : [{ type: "summary_text", text: one.thought }];
      const sealed = one.proof === undefined ? {} : { encrypted_content: one.proof };
      around({ type: "reasoning", summary, ...sealed }, { summary: [] }, () => {
        for (const delta of pieces(one.thought))
          send("reasoning_summary_text.delta", { ...at, summary_index: 0, delta });
      });
    } else if ("picture" in one) {
      around({ type: "image_generation_call", result: one.picture, output_format: "png" }, { result: null }, () => {
        send("image_generation_call.completed", at);
      });
    } else {
      const isRefusal = "refusal" in one;
      const whole = "refusal" in one ? one.refusal : one.text;
      const annotations =
        "text" in one && one.citation !== undefined
          ? [{ type: "url_citation", ...one.citation, start_index: 0, end_index: whole.length }]
          : [];
      const part = isRefusal ? { type: "refusal", refusal: whole } : { type: "output_text", text: whole, annotations };
      around({ type: "message", role: "assistant", content: [part] }, { content: [] }, () => {
        const place = { ...at, content_index: 0 };
        send("content_part.added", {
          ...place,
          part: isRefusal ? { type: "refusal", refusal: "" } : { type: "output_text", text: "", annotations: [] },
        });
        for (const delta of pieces(whole)) send(isRefusal ? "refusal.delta" : "output_text.delta", { ...place, delta });
        for (const [annotation_index, annotation] of annotations.entries())
          send("output_text.annotation.added", { ...place, annotation_index, annotation });
        send("content_part.done", { ...place, part });
      });
    }
  }
  const isShort = ends === "length" || ends === "filter";
  const usage = {
    input_tokens: tokens.prompt,
    input_tokens_details: { cached_tokens: tokens.cached },
    output_tokens: tokens.output,
    output_tokens_details: { reasoning_tokens: tokens.thoughts },
    total_tokens: tokens.prompt + tokens.output,
  };
  const incomplete_details = isShort ? { reason: ends === "filter" ? "content_filter" : "max_output_tokens" } : null;
  const response = { ...begun, status: isShort ? "incomplete" : "completed", incomplete_details, output, usage };
  send(isShort ? "incomplete" : "completed", { response });
  return frames;
}

export const STREAMS: Streams = {
  "openai.responses": responseStream,
  "openai.chat": chatStream,
  "anthropic.messages": messageStream,
  "gemini.generate": generateStream,
};
