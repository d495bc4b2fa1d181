/** Reads a request of generateContent into the neutral form. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import {
  type ChatRequest,
  EFFORTS,
  type Format,
  type McpServer,
  type MediaPart,
  type Part,
  type PictureWishes,
  type Reasoning,
  type Sampling,
  type Source,
  type TextPart,
  type Tool,
  type ToolChoice,
  type Turn,
} from "../../operation/chat/conversation.ts";
import type { Carried } from "../codec.ts";
import { words } from "../fields/field-table.ts";
import { jsonOf } from "../request-members.ts";
import type { ClientRequest } from "../types.ts";
import { booleanIn, numberIn, only, textIn, textsIn } from "../values.ts";
import { sizeAsked } from "./image-config.ts";
import { inner, member, snake } from "./names.ts";
import { readSignature } from "./signatures.ts";
import { fromGoogleSchema } from "./schema.ts";

/** What the neutral form holds, and what the gateway acts on itself. The client is told of every other field. */
const CARRIED: ReadonlySet<string> = new Set(
  words("contents systemInstruction generationConfig tools toolConfig model models provider serviceTier").flatMap(
    (name) => [name, snake(name)],
  ),
);
const CARRIED_CONFIG: ReadonlySet<string> = new Set(
  words(`temperature topP topK candidateCount maxOutputTokens stopSequences presencePenalty frequencyPenalty seed
    responseMimeType responseSchema responseJsonSchema responseModalities
    thinkingConfig`).flatMap((name) => [name, snake(name)]),
);

export function readGenerateRequest({ payload, demand }: ClientRequest): Carried<ChatRequest> {
  const { value: body } = jsonOf(payload);
  const config = inner(body, "generationConfig");
  const dropped = [
    ...Object.keys(body).filter((name) => !CARRIED.has(name)),
    ...Object.keys(config).flatMap((name) => (CARRIED_CONFIG.has(name) ? [] : [`generationConfig.${name}`])),
  ];
  const tools: Tool[] = [];
  const mcpServers: McpServer[] = [];
  let searches = false;
  for (const tool of objectsOf(body["tools"])) {
    for (const declared of objectsOf(member(tool, "functionDeclarations"))) tools.push(readTool(declared));
    for (const server of objectsOf(member(tool, "mcpServers"))) mcpServers.push(readServer(server));
    for (const name of Object.keys(tool)) {
      if (/^google_?search/i.test(name)) searches = true;
      else if (!/^(function_?declarations|mcp_?servers)$/i.test(name)) dropped.push(`tools.${name}`);
    }
  }
  const contents = isObject(body["contents"]) ? [body["contents"]] : objectsOf(body["contents"]);
  return {
    dropped,
    value: {
      system: textParts(inner(body, "systemInstruction")),
      turns: readTurns(contents, dropped),
      tools,
      mcpServers,
      sampling: readSampling(config),
      choices: demand.choices,
      modalities: textsIn(member(config, "responseModalities"))
        .map((name) => name.toLowerCase())
        .filter((name) => name !== "text"),
      ...(searches ? { webSearch: {} } : {}),
      ...only({
        picture: pictureAsked(config),
        toolChoice: readToolChoice(inner(inner(body, "toolConfig"), "functionCallingConfig")),
        format: readFormat(config),
        reasoning: readReasoning(inner(config, "thinkingConfig")),
      }),
    },
  };
}

function pictureAsked(config: JsonObject): PictureWishes | undefined {
  const size = sizeAsked(config);
  return size === undefined ? undefined : { size };
}

function readTurns(contents: readonly JsonObject[], dropped: string[]): Turn[] {
  const calls = new CallNames();
  return contents.map(({ role, parts }, turn) => ({
    role: role === "model" ? "assistant" : "user",
    parts: objectsOf(parts).flatMap((part, position) =>
      readPart(part, { calls, name: `${turn}_${position}`, dropped }),
    ),
  }));
}

/** Calls and results may have no ids: then a result belongs to the first call of its name that has none yet. */
class CallNames {
  readonly #open: { readonly id: string; readonly name: string }[] = [];

  called(id: string, name: string): string {
    this.#open.push({ id, name });
    return id;
  }

  answered(id: string | undefined, name: string): string {
    const at = this.#open.findIndex((call) => (id === undefined ? call.name === name : call.id === id));
    const [call] = at === -1 ? [] : this.#open.splice(at, 1);
    return id ?? call?.id ?? `call_${name}`;
  }
}

interface Place {
  readonly calls: CallNames;
  readonly name: string;
  readonly dropped: string[];
}

function readPart(part: JsonObject, { calls, name, dropped }: Place): Part[] {
  const call = member(part, "functionCall");
  const response = member(part, "functionResponse");
  const signature = textIn(member(part, "thoughtSignature"));
  const proof = signature === undefined ? {} : { proof: readSignature(signature) };
  if (isObject(call)) {
    const called = textIn(call["name"]) ?? "";
    const id = calls.called(textIn(call["id"]) ?? `call_${name}`, called);
    return [{ kind: "tool-call", id, name: called, input: JSON.stringify(call["args"] ?? {}), ...proof }];
  }
  if (isObject(response)) {
    const id = calls.answered(textIn(response["id"]), textIn(response["name"]) ?? "");
    return [readResponse(id, response)];
  }
  if (part["thought"] === true) return [{ kind: "reasoning", text: textIn(part["text"]) ?? "", ...proof }];
  const content = readContent(part);
  if (content.length === 0) dropped.push(`parts.${Object.keys(part)[0] ?? "empty"}`);
  return content;
}

function readResponse(id: string, response: JsonObject): Part {
  const value = response["response"];
  const { output, error } = isObject(value) ? value : {};
  const said = error ?? output ?? value ?? {};
  const text = typeof said === "string" ? said : JSON.stringify(said);
  const media = objectsOf(response["parts"]).flatMap((part) => readContent(part));
  return {
    kind: "tool-result",
    id,
    content: [{ kind: "text", text }, ...media],
    ...(error === undefined ? {} : { isError: true }),
  };
}

function readContent(part: JsonObject): (TextPart | MediaPart)[] {
  const text = textIn(part["text"]);
  if (text !== undefined) return text === "" ? [] : [{ kind: "text", text }];
  const [data, file] = [member(part, "inlineData"), member(part, "fileData")];
  const blob = isObject(data) ? data : isObject(file) ? file : undefined;
  if (blob === undefined) return [];
  const type = textIn(member(blob, "mimeType")) ?? "application/octet-stream";
  const uri = textIn(member(blob, "fileUri"));
  const source: Source =
    uri === undefined ? { kind: "data", type, data: textIn(blob["data"]) ?? "" } : { kind: "url", url: uri, type };
  return [{ kind: kindOf(type), source, ...only({ name: textIn(member(blob, "displayName")) }) }];
}

function kindOf(type: string): MediaPart["kind"] {
  const [kind] = type.split("/");
  return kind === "image" || kind === "audio" || kind === "video" ? kind : "file";
}

function textParts({ parts }: JsonObject): TextPart[] {
  return objectsOf(parts).flatMap((part): TextPart[] => {
    const text = textIn(part["text"]);
    return text === undefined || text === "" ? [] : [{ kind: "text", text }];
  });
}

function readTool(declared: JsonObject): Tool {
  const schema = member(declared, "parametersJsonSchema");
  const parameters = declared["parameters"];
  return {
    name: textIn(declared["name"]) ?? "",
    schema: isObject(schema)
      ? schema
      : isObject(parameters)
        ? fromGoogleSchema(parameters)
        : { type: "object", properties: {} },
    ...only({ description: textIn(declared["description"]) }),
  };
}

function readServer(server: JsonObject): McpServer {
  const transport = inner(server, "streamableHttpTransport");
  const { Authorization: authorization, ...others } = inner(transport, "headers");
  const token = typeof authorization === "string" ? authorization.replace(/^Bearer /i, "") : undefined;
  const headers = Object.keys(others).length === 0 ? undefined : others;
  return { name: textIn(server["name"]) ?? "mcp", url: textIn(transport["url"]) ?? "", ...only({ token, headers }) };
}

function readToolChoice(config: JsonObject): ToolChoice | undefined {
  const mode = textIn(config["mode"])?.toUpperCase();
  const names = member(config, "allowedFunctionNames");
  const allowed = Array.isArray(names) && names.length > 0 ? { allowed: textsIn(names) } : {};
  if (mode === "NONE") return { mode: "none" };
  if (mode === "ANY") return { mode: "required", ...allowed };
  return mode === "AUTO" || mode === "VALIDATED" ? { mode: "auto", ...allowed } : undefined;
}

function readSampling(config: JsonObject): Sampling {
  const number = (name: string) => numberIn(member(config, name));
  const stop = member(config, "stopSequences");
  return only({
    temperature: number("temperature"),
    topP: number("topP"),
    topK: number("topK"),
    seed: number("seed"),
    presencePenalty: number("presencePenalty"),
    frequencyPenalty: number("frequencyPenalty"),
    stop: Array.isArray(stop) ? textsIn(stop) : undefined,
  });
}

function readFormat(config: JsonObject): Format | undefined {
  const [schema, google] = [member(config, "responseJsonSchema"), member(config, "responseSchema")];
  if (isObject(schema)) return { schema, strict: true };
  if (isObject(google)) return { schema: fromGoogleSchema(google), strict: true };
  return member(config, "responseMimeType") === "application/json" ? {} : undefined;
}

function readReasoning(config: JsonObject): Reasoning | undefined {
  const budget = numberIn(member(config, "thinkingBudget"));
  const level = textIn(member(config, "thinkingLevel"))?.toLowerCase();
  const wanted = only({
    effort: EFFORTS.find((effort) => effort === level) ?? (budget === 0 ? ("none" as const) : undefined),
    budget: budget === undefined || budget <= 0 ? undefined : budget,
    isShown: booleanIn(member(config, "includeThoughts")),
  });
  return Object.keys(wanted).length === 0 ? undefined : wanted;
}
