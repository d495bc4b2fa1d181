/** Writes a chat request from the neutral form. */
import type { JsonObject } from "../../core/json.ts";
import { jsonPayload, type JsonPayload } from "../../core/payload.ts";
import {
  type ChatRequest,
  type Effort,
  type MediaPart,
  type Part,
  type Reasoning,
  type ReasoningPart,
  type Sampling,
  type TextPart,
  type Tool,
  type ToolCallPart,
  type ToolChoice,
  type ToolResultPart,
  type Turn,
  type WebSearch,
  isContent,
} from "../../operation/chat/conversation.ts";
import { markOf } from "../cache-marks.ts";
import { pictureLosses } from "../lost-members.ts";
import type { Carried } from "../codec.ts";
import { dataUrl } from "../media.ts";
import { asPicturesOfUser } from "../own-pictures.ts";
import type { Target } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { only } from "../values.ts";
import { detailOf } from "./proofs.ts";
import { tierOf } from "./tiers.ts";

/** The API takes no more of them. */
const MAX_STOPS = 4;

export function writeChat(chat: ChatRequest, target: Pick<Target, "fees">): Carried<JsonPayload> {
  const dropped: string[] = searchLosses(chat.webSearch);
  if (chat.mcpServers.length > 0) throw unsupported("mcp_servers");
  const { tools, sampling, format, reasoning } = chat;
  dropped.push(...pictureLosses(chat.picture));
  // Models think as long as they think right, but chat has no word for it.
  if (reasoning?.isShown === true && effortOf(reasoning) === undefined) dropped.push("reasoning");
  const value = only({
    messages: [...systemMessages(chat.system), ...asPicturesOfUser(chat).turns.flatMap(messagesOf)],
    tools: tools.length === 0 ? undefined : tools.map(toolOf),
    tool_choice: choiceOf(chat.toolChoice, tools),
    parallel_tool_calls: tools.length === 0 ? undefined : chat.parallelTools,
    response_format:
      format === undefined
        ? undefined
        : format.schema === undefined
          ? { type: "json_object" }
          : { type: "json_schema", json_schema: { name: "answer", ...format } },
    reasoning_effort: effortOf(reasoning),
    verbosity: chat.verbosity,
    n: chat.choices === 1 ? undefined : chat.choices,
    modalities: chat.modalities.length === 0 ? undefined : ["text", ...chat.modalities],
    web_search_options: chat.webSearch && searchOptions(chat.webSearch.contextSize, chat.webSearch.location),
    service_tier: tierOf(chat, target),
    ...samplingOf(sampling, dropped),
  });
  return { value: jsonPayload(value), dropped };
}

/** @throws Fault `unsupported_feature` for what keeps the model from some sites */
function searchLosses({ allowedDomains, blockedDomains, maxUses }: WebSearch = {}): string[] {
  if (allowedDomains !== undefined) throw unsupported("allowed_domains");
  if (blockedDomains !== undefined) throw unsupported("blocked_domains");
  return maxUses === undefined ? [] : ["max_uses"];
}

function samplingOf(sampling: Sampling, dropped: string[]): JsonObject {
  const { topK, stop = [] } = sampling;
  if (topK !== undefined) dropped.push("top_k");
  if (stop.length > MAX_STOPS) dropped.push("stop");
  return {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    seed: sampling.seed,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    stop: stop.length === 0 ? undefined : stop.slice(0, MAX_STOPS),
  };
}

function systemMessages(system: readonly TextPart[]): JsonObject[] {
  return system.length === 0 ? [] : [{ role: "system", content: contentOf(system) }];
}

/** Results of tools are messages of their own, before what else the user says. */
function messagesOf({ role, parts }: Turn): JsonObject[] {
  if (role === "assistant") return [assistantMessage(parts)];
  if (role === "system") return [{ role: "system", content: contentOf(parts.filter(isContent)) }];
  const results = parts.filter((part) => part.kind === "tool-result");
  const shown = results.flatMap(({ content }) => content.filter((part) => part.kind !== "text"));
  const said = [...shown, ...parts.filter(isContent)];
  return [...results.map(resultMessage), ...(said.length === 0 ? [] : [{ role: "user", content: contentOf(said) }])];
}

/** Tools answer in text alone: their pictures follow in a message of the user. */
function resultMessage({ id, content, isError }: ToolResultPart): JsonObject {
  const text = content.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n");
  const hasMedia = content.some((part) => part.kind !== "text");
  const shown = text === "" && hasMedia ? "The result is in the next message." : text;
  return { role: "tool", tool_call_id: id, content: isError === true ? `Error: ${shown}` : shown };
}

function assistantMessage(parts: readonly Part[]): JsonObject {
  const calls = parts.filter((part) => part.kind === "tool-call");
  const said = parts.filter(isContent);
  const refusals = parts.filter((part) => part.kind === "refusal");
  const thoughts = parts.filter((part) => part.kind === "reasoning");
  return {
    role: "assistant",
    content: said.length === 0 ? null : contentOf(said),
    ...(refusals.length === 0 ? {} : { refusal: refusals.map(({ text }) => text).join("") }),
    ...reasoningMembers(thoughts, calls.length > 0),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(callOf) }),
  };
}

/** Models that think between calls want their thoughts back; others refuse or ignore them. */
function reasoningMembers(thoughts: readonly ReasoningPart[], isLoop: boolean): JsonObject {
  const text = thoughts.map((part) => part.text).join("");
  const details = thoughts.flatMap((part, index) =>
    part.proof === undefined ? [] : [detailOf(part.proof, part.text, index)],
  );
  return {
    ...(isLoop && text !== "" ? { reasoning_content: text } : {}),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  };
}

function callOf({ id, name, input, takesText, proof }: ToolCallPart): JsonObject {
  const google = proof?.vendor === "google" ? { extra_content: { google: { thought_signature: proof.value } } } : {};
  if (takesText === true) return { id, type: "custom", custom: { name, input }, ...google };
  return { id, type: "function", function: { name, arguments: input === "" ? "{}" : input }, ...google };
}

/** Text alone is written as text, unless a mark of a cache belongs to a part of it. */
function contentOf(parts: readonly (TextPart | MediaPart)[]): string | JsonObject[] {
  const isPlain = parts.every((part) => part.kind === "text" && part.cache === undefined);
  if (isPlain) return parts.map((part) => (part.kind === "text" ? part.text : "")).join("\n\n");
  return parts.map((part) => ({ ...partOf(part), ...markOf(part.cache) }));
}

function partOf(part: TextPart | MediaPart): JsonObject {
  if (part.kind === "text") return { type: "text", text: part.text };
  const { kind, source, detail, name } = part;
  if (source.kind === "text")
    return { type: "text", text: name === undefined ? source.text : `${name}\n${source.text}` };
  switch (kind) {
    case "image":
      if (source.kind === "id") throw unsupported("file_id");
      return { type: "image_url", image_url: { url: urlOf(source), ...only({ detail }) } };
    case "video":
      if (source.kind === "id") throw unsupported("file_id");
      return { type: "video_url", video_url: { url: urlOf(source) } };
    case "audio":
      if (source.kind !== "data") throw unsupported("audio");
      return { type: "input_audio", input_audio: { data: source.data, format: audioFormat(source.type) } };
    case "file":
      if (source.kind === "id") return { type: "file", file: { file_id: source.id } };
      if (source.kind === "url") throw unsupported("file_url");
      return { type: "file", file: { filename: name ?? "document", file_data: dataUrl(source) } };
  }
}

function urlOf(source: { kind: "data"; type: string; data: string } | { kind: "url"; url: string }): string {
  return source.kind === "url" ? source.url : dataUrl(source);
}

function audioFormat(type: string): string {
  const name = type.replace(/^audio\/(x-)?/, "");
  return name === "mpeg" ? "mp3" : name;
}

function toolOf({ name, description, schema, grammar, strict, cache }: Tool): JsonObject {
  const said = { name, ...only({ description }) };
  if (schema === undefined) return { type: "custom", custom: { ...said, ...only({ format: grammar }) } };
  return { type: "function", function: { ...said, parameters: schema, ...only({ strict }) }, ...markOf(cache) };
}

function choiceOf(choice: ToolChoice | undefined, tools: readonly Tool[]): unknown {
  if (choice === undefined || tools.length === 0) return undefined;
  const { mode, allowed } = choice;
  if (allowed === undefined) return mode;
  const kindOf = (name: string) =>
    tools.some((tool) => tool.name === name && tool.schema === undefined) ? "custom" : "function";
  const [one] = allowed;
  if (allowed.length === 1 && one !== undefined && mode === "required")
    return { type: kindOf(one), [kindOf(one)]: { name: one } };
  const named = allowed.map((name) => ({ type: kindOf(name), [kindOf(name)]: { name } }));
  return { type: "allowed_tools", allowed_tools: { mode, tools: named } };
}

/** Models are told an effort, not a number of tokens. */
const EFFORT_BUDGETS: readonly (readonly [Effort, number])[] = [
  ["low", 2048],
  ["medium", 8192],
];

function effortOf(reasoning: Reasoning | undefined): Effort | undefined {
  const { effort, budget } = reasoning ?? {};
  if (effort !== undefined || budget === undefined) return effort;
  if (budget === 0) return "none";
  return EFFORT_BUDGETS.find(([, most]) => budget <= most)?.[0] ?? "high";
}

function searchOptions(size: string | undefined, location: JsonObject | undefined): JsonObject {
  return {
    ...only({ search_context_size: size }),
    ...(location === undefined ? {} : { user_location: { type: "approximate", approximate: location } }),
  };
}
