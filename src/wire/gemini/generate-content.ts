/**
 * Google's generateContent and streamGenerateContent.
 * @see https://ai.google.dev/api/generate-content
 */
import { Fault } from "../../core/fault.ts";
import { JsonDraft, type JsonPlace } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { draftPayload, jsonPayload, type Payload } from "../../core/payload.ts";
import { leastUsage, type Fee } from "../../core/units.ts";
import type { Capability } from "../../operation/operations.ts";
import { beginningOf, textsOf } from "../beginning.ts";
import { applyPolicy, copyToEdit, refuseUnpriced } from "../fields/field-edits.ts";
import { readFees } from "../fields/field-policy.ts";
import { invalid } from "../invalid.ts";
import { checkAddress } from "../media.ts";
import { readPreferences } from "../provider.ts";
import { jsonOf, numberOfChoices, readModels, textBytes, toolsIn } from "../request-members.ts";
import type { ClientRequest, Match, Outgoing, Target, Wire } from "../types.ts";
import { numberIn, only, textIn } from "../values.ts";
import { callPath, readCall } from "./calls.ts";
import { GenerateEventReader } from "./generate-events.ts";
import { GeneratePieceWriter } from "./generate-pieces.ts";
import { sizeAsked } from "./image-config.ts";
import { inner, member, refuseTwice, snake } from "./names.ts";
import { PICTURE_PARTS } from "./picture-parts.ts";
import { readGenerateRequest } from "./read-request.ts";
import { GenerateReader } from "./reader.ts";
import { feeOfTool, GENERATE_FIELDS, hostedTools } from "./request-fields.ts";
import { writeGenerateRequest } from "./write-request.ts";
import { GenerateFold, GenerateWriter } from "./writer.ts";

export const generateContent: Wire = {
  name: "gemini.generate",
  operation: "chat",
  read: readGenerate,
  address: ({ model, stream }) => ({
    method: "POST",
    path: callPath(model, stream ? "streamGenerateContent?alt=sse" : "generateContent"),
  }),
  write: writeGenerate,
  answers: (target) => new GenerateReader(target),
  client: (request) => new GenerateWriter(request.streamForm === "array"),
  fold: () => new GenerateFold(),
  unfold: (answer) => [{ draft: answer }],
  codec: {
    resultField: "contents.parts.functionResponse",
    readRequest: readGenerateRequest,
    writeRequest: writeGenerateRequest,
    events: (target) => new GenerateEventReader(target),
    pieces: (options) => new GeneratePieceWriter(options),
  },
  parts: PICTURE_PARTS,
  probe: jsonPayload({ contents: [{ role: "user", parts: [{ text: "Answer with the word OK." }] }] }),
};

function readGenerate(payload: Payload, match: Match): ClientRequest {
  const { value: body, text } = jsonOf(payload);
  const { model, action } = readCall(match.params["call"] ?? "");
  const fees = new Set<Fee>(readFees(body, GENERATE_FIELDS));
  const contents = readContents(body);
  const config = inner(body, "generationConfig");
  const tools = toolsIn(body);
  for (const [param, object] of [
    ["", body],
    ["generationConfig", config],
    ["generationConfig.imageConfig", inner(config, "imageConfig")],
  ] as const)
    refuseTwice(param, object);
  for (const [position, tool] of tools.entries()) refuseTwice(`tools[${position}]`, tool);
  for (const tool of tools) for (const name of hostedTools(tool)) fees.add(feeOfTool(name));
  const needs = new Map<Capability, number>();
  const need = (capability: Capability, parts: number) => needs.set(capability, (needs.get(capability) ?? 0) + parts);
  const declared = tools.reduce((sum, tool) => sum + objectsOf(member(tool, "functionDeclarations")).length, 0);
  if (declared > 0) need("tools", declared);
  let mediaBytes = 0;
  for (const part of contents.flatMap((content) => objectsOf(content["parts"]))) {
    refuseTwice("contents.parts", part);
    const blob = member(part, "inlineData") ?? member(part, "fileData");
    if (!isObject(blob)) continue;
    refuseTwice("contents.parts", blob);
    checkAddress(member(blob, "fileUri"), "contents.parts.fileData.fileUri");
    need(capabilityFor(textIn(member(blob, "mimeType")) ?? ""), 1);
    if (typeof blob["data"] === "string") mediaBytes += textBytes(blob["data"]);
  }
  const preferences = readPreferences(body["provider"]);
  const tier = member(body, "serviceTier");
  const attributes = only({ tier: fees.has("tier") ? (textIn(tier) ?? "") : undefined, size: sizeAsked(config) });
  const output = positive(config, "maxOutputTokens");
  return {
    wire: generateContent,
    payload,
    demand: {
      ...readModels({ model, models: body["models"] }),
      operation: "chat",
      maxOutput: output,
      choices: numberOfChoices({ candidateCount: member(config, "candidateCount") }, "candidateCount"),
      promptBytes: textBytes(text) - mediaBytes,
      needs,
      ...(preferences === undefined ? {} : { preferences }),
      ...(fees.size === 0 ? {} : { fees, units: leastUsage(fees) }),
      ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
    },
    stream: action === "streamGenerateContent",
    streamForm: action === "streamGenerateContent" && match.query?.("alt") !== "sse" ? "array" : "events",
    wantsUsage: false,
    session: undefined,
    beginning: () => beginning(body, contents),
    promptText: () => promptPieces(body, contents).join("\n"),
  };
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function readContents({ contents }: JsonObject): JsonObject[] {
  if (contents === undefined || contents === null) throw new Fault("missing_input", { param: "contents" });
  const list = isObject(contents) ? [contents] : contents;
  if (!Array.isArray(list) || list.length === 0) {
    throw invalid("contents", "must be an array with at least one content", "必须是至少包含一项的数组");
  }
  return list.map((content: unknown, position) => {
    const param = `contents[${position}]`;
    if (!isObject(content)) throw invalid(param, "must be an object", "必须是对象");
    const { role = "user" } = content;
    if (!["user", "model", "function"].includes(textIn(role) ?? "")) {
      throw invalid(`${param}.role`, "must be 'user' or 'model'", "必须是 'user' 或 'model'");
    }
    const { parts } = content;
    if (!Array.isArray(parts) || !parts.every(isObject)) {
      throw invalid(`${param}.parts`, "must be an array of objects", "必须是对象数组");
    }
    return content;
  });
}

/** What a model must take so that it can read media of this type. */
export function capabilityFor(type: string): Capability {
  if (type.startsWith("image/")) return "image";
  return type.startsWith("audio/") ? "audio" : "file";
}

/** @throws Fault `invalid_parameter` */
function positive(config: JsonObject, name: string): number | undefined {
  const value = member(config, name);
  if (value === undefined || value === null) return undefined;
  const count = numberIn(value);
  if (count !== undefined && Number.isSafeInteger(count) && count > 0) return count;
  throw invalid(`generationConfig.${name}`, "must be a positive integer", "必须是正整数");
}

function beginning(body: JsonObject, contents: readonly JsonObject[]): string | undefined {
  if (!contents.some(({ role }) => role === "model")) return undefined;
  const first = contents.findIndex(({ role }) => role !== "model");
  return beginningOf([inner(body, "systemInstruction"), ...contents.slice(0, first + 1)].map(({ parts }) => parts));
}

/** All that the model reads as text; no media. */
function promptPieces(body: JsonObject, contents: readonly JsonObject[]): string[] {
  const config = inner(body, "generationConfig");
  const settings = [body["tools"], member(config, "responseSchema"), member(config, "responseJsonSchema")];
  const calls = contents.flatMap(({ parts }) =>
    objectsOf(parts).flatMap((part) => {
      const said = member(part, "functionCall") ?? member(part, "functionResponse");
      return isObject(said) ? [JSON.stringify(said)] : [];
    }),
  );
  return [
    ...settings.filter((value) => typeof value === "object" && value !== null).map((value) => JSON.stringify(value)),
    ...[inner(body, "systemInstruction"), ...contents].flatMap(({ parts }) => textsOf(parts)),
    ...calls,
  ];
}

const NO_FEES: ReadonlySet<Fee> = new Set();

/** The client's payload, edited for an upstream of the same wire. */
function writeGenerate({ payload, demand }: ClientRequest, target: Target): Outgoing {
  const { value, text } = jsonOf(payload);
  const { fees = NO_FEES } = demand;
  const copy = copyToEdit(value, target, fees);
  for (const name of ["generationConfig", "generation_config"]) {
    if (isObject(copy[name])) copy[name] = { ...copy[name] };
  }
  const draft = new JsonDraft(copy, text);
  const dropped = [...applyPolicy(draft, GENERATE_FIELDS, target, fees), ...dropHosted(draft, target)];
  if (target.outputCap !== undefined) {
    const config = configOf(draft);
    const own = snake("maxOutputTokens");
    config.set(own in config.value ? own : "maxOutputTokens", target.outputCap.tokens);
  }
  return { payload: draftPayload(draft), dropped };
}

function configOf(draft: JsonDraft): JsonPlace {
  return draft.object("generation_config") ?? draft.ownObject("generationConfig");
}

/** Removes what the upstream would do for a fee that the model has no price for. */
function dropHosted(draft: JsonDraft, target: Target): string[] {
  const dropped = new Set<string>();
  const tools = draft.value["tools"];
  if (!Array.isArray(tools)) return [];
  const isKept = (name: string) =>
    target.fees.has(feeOfTool(name)) || (target.fields !== "open" && target.fields.has(`tools.${name}`));
  const left = tools.map((tool: unknown) => {
    if (!isObject(tool)) return tool;
    const out = hostedTools(tool).filter((name) => !isKept(name));
    for (const name of out) dropped.add(`tools.${name}`);
    return out.length === 0 ? tool : Object.fromEntries(Object.entries(tool).filter(([name]) => !out.includes(name)));
  });
  if (dropped.size === 0) return [];
  const some = left.filter((tool) => !isObject(tool) || Object.keys(tool).length > 0);
  refuseUnpriced({ tools: some }, [...dropped]);
  draft.set("tools", some);
  return [...dropped];
}
