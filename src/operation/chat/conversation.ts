/**
 * The neutral form of a chat request. It holds what at least two wires can say, in words of no vendor; each wire's codec
 * reads it from a client's request and writes it for an upstream.
 */
import type { JsonObject } from "../../core/json.ts";

export interface ChatRequest {
  /** What stands before the conversation. */
  readonly system: readonly TextPart[];
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  /** False = at most one tool call an answer. */
  readonly parallelTools?: boolean;
  readonly sampling: Sampling;
  /** How many answers are asked for. */
  readonly choices: number;
  readonly format?: Format;
  readonly reasoning?: Reasoning;
  /** `low`, `medium` or `high`. */
  readonly verbosity?: string;
  /** The upstream may search the web. */
  readonly webSearch?: WebSearch;
  readonly mcpServers: readonly McpServer[];
  /** What the answer may hold besides text: `image`, `audio`. */
  readonly modalities: readonly string[];
  /** How pictures of the answer are to be; absent = the client does not say. */
  readonly picture?: PictureWishes;
  /** A service tier that costs extra, such as `priority`. */
  readonly tier?: string;
}

export interface PictureWishes {
  /** `1024x1536`, `2K`, `16:9`. */
  readonly size?: string;
  /** `low`, `high`, `hd`. */
  readonly quality?: string;
  /** `transparent`, `opaque`. */
  readonly background?: string;
  /** `png`, `jpeg`, `webp`. */
  readonly format?: string;
}

/** `system` = instructions in the middle of the conversation. Results of tools stand in turns of the user. */
export interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly parts: readonly Part[];
}

export type Part = TextPart | MediaPart | ReasoningPart | ToolCallPart | ToolResultPart | RefusalPart;

/** Marks the end of a prefix that the upstream should cache. */
export interface CacheMark {
  /** `5m` or `1h`; absent = the upstream's usual time. */
  readonly ttl?: string;
}

export interface TextPart {
  readonly kind: "text";
  readonly text: string;
  readonly cache?: CacheMark;
}

export interface MediaPart {
  readonly kind: "image" | "audio" | "file" | "video";
  readonly source: Source;
  readonly name?: string;
  /** How closely a picture is to be looked at. */
  readonly detail?: string;
  readonly cache?: CacheMark;
}

export type Source =
  /** @param data in base64 */
  | { readonly kind: "data"; readonly type: string; readonly data: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "url"; readonly url: string; readonly type?: string }
  /** A file that was uploaded to one vendor. */
  | { readonly kind: "id"; readonly id: string };

/** What a vendor adds to its reasoning or calls, and wants back unchanged with the next turn. */
export interface Proof {
  readonly vendor: "anthropic" | "openai" | "google";
  /** `hidden` = it stands in place of the reasoning's text. */
  readonly kind: "signature" | "hidden";
  readonly value: string;
  /** The vendor's name of the piece of reasoning. */
  readonly id?: string;
}

export interface ReasoningPart {
  readonly kind: "reasoning";
  readonly text: string;
  readonly proof?: Proof;
}

export interface ToolCallPart {
  readonly kind: "tool-call";
  readonly id: string;
  readonly name: string;
  /** The arguments as JSON; any text for a tool that takes text. */
  readonly input: string;
  readonly takesText?: boolean;
  readonly proof?: Proof;
}

export interface ToolResultPart {
  readonly kind: "tool-result";
  readonly id: string;
  readonly content: readonly (TextPart | MediaPart)[];
  readonly isError?: boolean;
  readonly takesText?: boolean;
  readonly cache?: CacheMark;
}

interface RefusalPart {
  readonly kind: "refusal";
  readonly text: string;
}

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON schema of the arguments; absent = the tool takes text. */
  readonly schema?: JsonObject;
  /** What the text must follow, for a tool that takes text. */
  readonly grammar?: JsonObject;
  readonly strict?: boolean;
  readonly cache?: CacheMark;
}

export interface ToolChoice {
  readonly mode: "auto" | "none" | "required";
  /** The tools that may be called; absent = all. */
  readonly allowed?: readonly string[];
}

export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly stop?: readonly string[];
}

/** @param schema absent = any JSON object */
export interface Format {
  readonly name?: string;
  readonly description?: string;
  readonly schema?: JsonObject;
  readonly strict?: boolean;
}

export const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof EFFORTS)[number];

export interface Reasoning {
  readonly effort?: Effort;
  /** Tokens. */
  readonly budget?: number;
  /** False = the client does not want to see the reasoning; true = it wants to, and nothing more is said. */
  readonly isShown?: boolean;
}

export interface WebSearch {
  readonly contextSize?: string;
  /** City, region, country, timezone. */
  readonly location?: JsonObject;
  readonly allowedDomains?: readonly string[];
  readonly blockedDomains?: readonly string[];
  readonly maxUses?: number;
}

export interface McpServer {
  readonly name: string;
  readonly url: string;
  readonly token?: string;
  readonly headers?: JsonObject;
  readonly allowedTools?: readonly string[];
  /** The client decides about each call. */
  readonly asksFirst?: boolean;
}

/** Whether a part is something that is shown: text or media. */
export function isContent(part: Part): part is TextPart | MediaPart {
  return ["text", "image", "audio", "file", "video"].includes(part.kind);
}
