/** Writes a request of generateContent from the neutral form. */
import { isObject, parseForeign, type JsonObject } from "../../core/json.ts";
import { jsonPayload, type JsonPayload } from "../../core/payload.ts";
import {
  type ChatRequest,
  type Effort,
  type McpServer,
  type MediaPart,
  type Part,
  type Reasoning,
  type Sampling,
  type TextPart,
  type Tool,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
  type WebSearch,
  isContent,
} from "../../operation/chat/conversation.ts";
import type { Carried } from "../codec.ts";
import { imageConfigOf } from "./image-config.ts";
import { lostMembers, pictureLosses } from "../lost-members.ts";
import { TEXT_INPUT } from "../text-tools.ts";
import type { Target } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { only } from "../values.ts";

/** Stands for a signature that this vendor did not make. @see https://ai.google.dev/gemini-api/docs/thought-signatures */
const NO_SIGNATURE = "skip_thought_signature_validator";
/** The API takes no more of them. */
const MAX_STOPS = 5;

export function writeGenerateRequest(chat: ChatRequest, target: Target): Carried<JsonPayload> {
  const dropped: string[] = [];
  const { system, tools, toolChoice, format, webSearch, mcpServers } = chat;
  if (chat.parallelTools === false) dropped.push("parallel_tool_calls");
  if (chat.verbosity !== undefined) dropped.push("verbosity");
  dropped.push(...lostMembers(chat, ["cache", "detail", "name"]), ...searchLosses(webSearch));
  const imageConfig = imageConfigOf(chat.picture);
  dropped.push(...pictureLosses(chat.picture, imageConfig === undefined ? [] : ["size"]));
  if (target.stream && chat.choices > 1 && chat.modalities.includes("image")) {
    throw unsupported("n", "this model streams one picture at a time", "该模型流式输出时一次只能生成一张图片");
  }
  const config = only({
    ...samplingOf(chat.sampling, dropped),
    candidateCount: chat.choices === 1 ? undefined : chat.choices,
    maxOutputTokens: target.outputCap?.tokens,
    responseMimeType: format === undefined ? undefined : "application/json",
    responseJsonSchema: format?.schema,
    responseModalities:
      chat.modalities.length === 0 ? undefined : ["TEXT", ...chat.modalities.map((name) => name.toUpperCase())],
    thinkingConfig: thinkingOf(chat.reasoning, target.model),
    imageConfig,
  });
  const hosted = [
    ...(tools.length === 0 ? [] : [{ functionDeclarations: tools.map((tool) => toolOf(tool, dropped)) }]),
    ...(webSearch === undefined ? [] : [{ googleSearch: {} }]),
    ...(mcpServers.length === 0 ? [] : [{ mcpServers: mcpServers.map(serverOf) }]),
  ];
  const value = only({
    contents: contentsOf(chat.turns),
    systemInstruction: system.length === 0 ? undefined : { parts: system.map(({ text }) => ({ text })) },
    tools: hosted.length === 0 ? undefined : hosted,
    toolConfig:
      toolChoice === undefined || tools.length === 0 ? undefined : { functionCallingConfig: choiceOf(toolChoice) },
    generationConfig: Object.keys(config).length === 0 ? undefined : config,
    serviceTier: target.fees.has("tier") ? tierOf(chat.tier) : undefined,
  });
  return { value: jsonPayload(value), dropped };
}

function tierOf(tier: string | undefined): string | undefined {
  const name = tier?.toLowerCase();
  if (name === undefined || name === "flex" || name === "priority") return name;
  throw unsupported("service_tier");
}

/** @throws Fault `unsupported_feature` for what keeps the model from some sites */
function searchLosses(search: WebSearch | undefined): string[] {
  const { contextSize, location, allowedDomains, blockedDomains, maxUses } = search ?? {};
  if (allowedDomains !== undefined) throw unsupported("allowed_domains");
  if (blockedDomains !== undefined) throw unsupported("blocked_domains");
  const lost = { search_context_size: contextSize, user_location: location, max_uses: maxUses };
  return Object.entries(lost).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

function samplingOf(sampling: Sampling, dropped: string[]): JsonObject {
  const { stop = [], temperature, topP, topK, seed, presencePenalty, frequencyPenalty } = sampling;
  if (stop.length > MAX_STOPS) dropped.push("stop");
  return {
    temperature,
    topP,
    topK,
    seed,
    presencePenalty,
    frequencyPenalty,
    stopSequences: stop.length === 0 ? undefined : stop.slice(0, MAX_STOPS),
  };
}

/** Turns of one role in a row become one content, and empty ones are left out: the API refuses them. */
function contentsOf(turns: readonly Turn[]): JsonObject[] {
  const names = new Map<string, string>();
  const contents: { role: string; parts: JsonObject[] }[] = [];
  for (const { role: spoken, parts } of turns) {
    const role = spoken === "assistant" ? "model" : "user";
    for (const part of parts) if (part.kind === "tool-call") names.set(part.id, part.name);
    const written = role === "model" ? modelParts(parts) : userParts(parts, names);
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...written);
    else contents.push({ role, parts: written });
  }
  return contents.filter(({ parts }) => parts.length > 0);
}

/** Only the first of several calls at once has a signature. Thoughts themselves are not sent back. */
function modelParts(parts: readonly Part[]): JsonObject[] {
  let isFirst = true;
  return parts.flatMap((part): JsonObject[] => {
    if (part.kind === "reasoning" || part.kind === "tool-result") return [];
    if (part.kind === "refusal") return part.text === "" ? [] : [{ text: part.text }];
    if (part.kind !== "tool-call") return contentOf(part);
    const own = part.proof?.vendor === "google" ? part.proof.value : undefined;
    const signature = own ?? (isFirst ? NO_SIGNATURE : undefined);
    isFirst = false;
    return [{ functionCall: callOf(part), ...only({ thoughtSignature: signature }) }];
  });
}

/** The arguments must be an object. What is none is passed on inside one, so that nothing is lost. */
function callOf({ name, input, takesText }: ToolCallPart): JsonObject {
  if (takesText === true) return { name, args: { input } };
  const args = input.trim() === "" ? {} : parseForeign(input);
  return { name, args: isObject(args) ? args : { _raw: input } };
}

function userParts(parts: readonly Part[], names: ReadonlyMap<string, string>): JsonObject[] {
  const results = parts.flatMap((part) => (part.kind === "tool-result" ? resultOf(part, names) : []));
  const said = parts.flatMap((part) => (isContent(part) ? contentOf(part) : []));
  return [...results, ...said];
}

/** A result names its function, for the API does not know the ids of others. Its pictures follow. */
function resultOf({ id, content, isError }: ToolResultPart, names: ReadonlyMap<string, string>): JsonObject[] {
  const text = content.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n");
  const value = isError === true ? undefined : parseForeign(text);
  const response = isError === true ? { error: text } : isObject(value) ? value : { output: text };
  const media = content.filter((part) => part.kind !== "text").flatMap(contentOf);
  return [{ functionResponse: { name: names.get(id) ?? "function", response } }, ...media];
}

function contentOf(part: TextPart | MediaPart): JsonObject[] {
  if (part.kind === "text") return part.text === "" ? [] : [{ text: part.text }];
  const { source, kind } = part;
  switch (source.kind) {
    case "text":
      return [{ text: source.text }];
    case "id":
      throw unsupported("file_id");
    case "url":
      return [{ fileData: { fileUri: source.url, mimeType: source.type ?? typeOf(source.url, kind) } }];
    case "data":
      return [{ inlineData: { mimeType: source.type, data: source.data } }];
  }
}

const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  pdf: "application/pdf",
  mp4: "video/mp4",
  webm: "video/webm",
  mp3: "audio/mpeg",
  wav: "audio/wav",
};
const USUAL = { image: "image/jpeg", audio: "audio/wav", file: "application/pdf", video: "video/mp4" } as const;

function typeOf(url: string, kind: MediaPart["kind"]): string {
  const ending = /\.(\w+)(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase() ?? "";
  return TYPES[ending] ?? USUAL[kind];
}

function toolOf({ name, description, schema, grammar, strict }: Tool, dropped: string[]): JsonObject {
  if (grammar !== undefined) dropped.push(`tools.${name}.format`);
  if (strict === true) dropped.push(`tools.${name}.strict`);
  const said = { name, ...only({ description }) };
  if (schema === undefined) return { ...said, parametersJsonSchema: TEXT_INPUT };
  const isEmpty = isObject(schema["properties"]) && Object.keys(schema["properties"]).length === 0;
  return isEmpty ? said : { ...said, parametersJsonSchema: schema };
}

function choiceOf({ mode, allowed }: NonNullable<ChatRequest["toolChoice"]>): JsonObject {
  if (mode === "none") return { mode: "NONE" };
  if (mode === "auto")
    return allowed === undefined ? { mode: "AUTO" } : { mode: "VALIDATED", allowedFunctionNames: allowed };
  return { mode: "ANY", ...only({ allowedFunctionNames: allowed }) };
}

function serverOf({ name, url, token, headers, allowedTools, asksFirst }: McpServer): JsonObject {
  if (allowedTools !== undefined) throw unsupported("allowed_tools");
  if (asksFirst === true) throw unsupported("require_approval");
  const all = { ...headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) };
  return { name, streamableHttpTransport: { url, ...(Object.keys(all).length === 0 ? {} : { headers: all }) } };
}

/** Later models are told a level, earlier ones a number of tokens. */
const LEVELLED = /gemini-([3-9]|\d\d)/;
const LEVELS: Readonly<Record<Effort, string>> = {
  none: "MINIMAL",
  minimal: "MINIMAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  xhigh: "HIGH",
  max: "HIGH",
};
const BUDGETS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

function thinkingOf(reasoning: Reasoning | undefined, model: string): JsonObject | undefined {
  const { effort, budget, isShown } = reasoning ?? {};
  if (reasoning === undefined) return undefined;
  const shown = { includeThoughts: isShown ?? effort !== "none" };
  if (budget !== undefined) return { ...shown, thinkingBudget: budget };
  if (effort === undefined) return shown;
  return {
    ...shown,
    ...(LEVELLED.test(model) ? { thinkingLevel: LEVELS[effort] } : { thinkingBudget: BUDGETS[effort] }),
  };
}
