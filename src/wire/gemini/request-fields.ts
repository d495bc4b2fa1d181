/** The request fields of generateContent, and what happens to each on its way upstream. */
import type { JsonObject } from "../../core/json.ts";
import type { Fee } from "../../core/units.ts";
import { type FieldGroup, fieldTable, type FieldShape, shape, words } from "../fields/field-table.ts";
import { PROVIDER } from "../provider.ts";
import { snake } from "./names.ts";

/** Members of `tools` that run in the client, or are read like any text. */
const CLIENT_TOOLS: ReadonlySet<string> = new Set(words("functionDeclarations function_declarations"));
const SEARCH_TOOLS: ReadonlySet<string> = new Set(
  words("googleSearch google_search googleSearchRetrieval google_search_retrieval enterpriseWebSearch"),
);

/** The names of what a tool has the upstream do. */
export function hostedTools(tool: JsonObject): string[] {
  return Object.keys(tool).filter((name) => !CLIENT_TOOLS.has(name));
}

export function feeOfTool(name: string): Fee {
  return SEARCH_TOOLS.has(name) ? "searches" : "calls";
}

/** Both spellings of each name. */
export function both(text: string): string[] {
  return words(text).flatMap((name) => (snake(name) === name ? [name] : [name, snake(name)]));
}

export const GENERATE_GROUPS: readonly FieldGroup[] = [
  {
    title: "Google, generateContent",
    rule: "pass",
    names: both("contents systemInstruction generationConfig tools toolConfig safetySettings"),
  },
  { title: "Choice of models and upstreams", rule: "gateway", names: words("model models provider") },
  {
    title: "Service tier",
    rule: { fee: "tier", free: ["STANDARD", "standard", "unspecified", "SERVICE_TIER_UNSPECIFIED"] },
    names: both("serviceTier"),
  },
  {
    title: "Storage and state in the upstream's account",
    rule: "drop",
    names: both("cachedContent labels store continuationToken"),
  },
];

const BLOB = shape(both("mimeType data fileUri displayName").join(" "));
const PART: FieldShape = shape(
  both("text thought thoughtSignature functionCall functionResponse videoMetadata").join(" "),
  {
    inlineData: BLOB,
    inline_data: BLOB,
    fileData: BLOB,
    file_data: BLOB,
  },
);
export const CONTENT = shape("role", { parts: PART });
const CONFIG = shape(
  both(
    "temperature topP topK candidateCount maxOutputTokens stopSequences seed responseMimeType responseSchema responseJsonSchema thinkingConfig responseModalities",
  ).join(" "),
);

export const GENERATE_FIELDS = fieldTable(GENERATE_GROUPS, {
  contents: CONTENT,
  systemInstruction: CONTENT,
  system_instruction: CONTENT,
  generationConfig: CONFIG,
  generation_config: CONFIG,
  provider: PROVIDER,
});
