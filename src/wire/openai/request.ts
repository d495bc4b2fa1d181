/** What chat and completions requests share. */
import { Fault } from "../../core/fault.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { draftPayload, type JsonPayload, type Payload } from "../../core/payload.ts";
import type { ClientRequest, Target } from "../types.ts";

/** Fields that are not sent upstream: they would change the upstream's bill or its routing. */
const DENIED_FIELDS = ["models", "route", "provider", "plugins", "transforms", "service_tier"] as const;

/** The fields in which models take a cap on the output. */
const CAP_FIELDS = ["max_tokens", "max_completion_tokens"] as const;

/** Fields that decide what is asked and what it costs. */
const READ_FIELDS: ReadonlySet<string> = new Set([
  ...DENIED_FIELDS,
  "model",
  "messages",
  "prompt",
  "tools",
  "functions",
  "n",
  "best_of",
  "max_tokens",
  "max_completion_tokens",
  "stream",
  "stream_options",
  "include_usage",
]);

/**
 * Whether a server that compares names without regard to case, as Go's do, takes the name for one of
 * {@link READ_FIELDS}: it would then see another request than the gateway. Such a field is not sent upstream.
 */
function isLookalike(name: string): boolean {
  // Both ways, because the long s and the Kelvin sign equal a letter of ASCII in one of them only.
  const plain = name.toUpperCase().toLowerCase();
  return plain !== name && READ_FIELDS.has(plain);
}

/** @throws Fault `bad_json` for a payload that is not JSON: then a row of the endpoint table has the wrong wire */
export function jsonOf(payload: Payload): JsonPayload {
  if (payload.kind !== "json") throw new Fault("bad_json", { reason: `a payload of kind ${payload.kind}` });
  return payload;
}

/** Reads the fields that both wires share. @throws Fault `invalid_parameter` */
export function readCommon(body: JsonObject) {
  const { model, stream, stream_options: options } = body;
  if (model !== undefined && model !== null && typeof model !== "string") {
    throw invalid("model", "must be a string", "必须是字符串");
  }
  if (stream !== undefined && stream !== null && typeof stream !== "boolean") {
    throw invalid("stream", "must be true or false", "必须是 true 或 false");
  }
  const { prompt_cache_key: session } = body;
  return {
    demand: {
      ...readModels(model, body["models"]),
      maxOutput: largest(positiveInteger(body, "max_completion_tokens"), positiveInteger(body, "max_tokens")),
      choices: positiveInteger(body, "n") ?? 1,
    },
    stream: typeof stream === "boolean" ? stream : undefined,
    wantsUsage: isObject(options) && options["include_usage"] === true,
    session: typeof session === "string" && session !== "" ? session : undefined,
  };
}

/** A request with more fallbacks is refused. */
const MAX_FALLBACKS = 10;

/** The names in `model` and `models`, in this order: the first is the model, the others are its fallbacks. */
function readModels(model: unknown, models: unknown): { model: string | undefined; fallbacks: string[] } {
  const named = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
  if (models !== undefined && models !== null && !(Array.isArray(models) && models.every(named))) {
    throw invalid("models", "must be an array of model names", "必须是模型名称数组");
  }
  const names = [model, ...((models ?? []) as unknown[])].filter(named).map((name) => name.trim());
  const [first, ...fallbacks] = new Set(names);
  if (fallbacks.length > MAX_FALLBACKS) {
    throw invalid("models", `must hold at most ${MAX_FALLBACKS} names`, `最多 ${MAX_FALLBACKS} 个`);
  }
  return { model: first, fallbacks };
}

/** The larger of two caps. Both fields may be set, and upstreams differ in which of them they obey. */
function largest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}

/** Null counts as absent. @throws Fault `invalid_parameter` for any other value that is not a positive integer */
export function positiveInteger(body: JsonObject, field: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(field, "must be a positive integer", "必须是正整数");
}

/** The client's payload, edited for an upstream of the same wire. Fields we do not know pass. */
export function writeSameWire({ payload }: ClientRequest, target: Target): Payload {
  const { value, text } = jsonOf(payload);
  const { stream_options: options } = value;
  // A copy as deep as the edits go, because other attempts send the same payload.
  const draft = new JsonDraft({ ...value, ...(isObject(options) ? { stream_options: { ...options } } : {}) }, text);
  draft.set("model", target.model);
  draft.set("stream", target.stream);
  for (const field of DENIED_FIELDS) draft.set(field, undefined);
  for (const name of Object.keys(value).filter(isLookalike)) draft.set(name, undefined);
  if (target.outputCap !== undefined) {
    // Upstreams refuse a request with two caps.
    for (const field of CAP_FIELDS) draft.set(field, undefined);
    draft.set(target.outputCap.field, target.outputCap.tokens);
  }
  if (!target.stream || !target.asksUsage) draft.set("stream_options", undefined);
  else {
    const asked = draft.ownObject("stream_options");
    for (const name of Object.keys(asked.value).filter(isLookalike)) asked.set(name, undefined);
    asked.set("include_usage", true);
  }
  return draftPayload(draft);
}

export function invalid(param: string, en: string, zh: string): Fault {
  return new Fault("invalid_parameter", { param, detail: { en: `'{param}' ${en}.`, zh: `'{param}' ${zh}。` } });
}

const encoder = new TextEncoder();

/** Bytes of a text in UTF-8. */
export function textBytes(text: string): number {
  return isAscii(text) ? text.length : encoder.encode(text).length;
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- the ASCII range starts at NUL
  return !/[^\u0000-\u007f]/.test(text);
}
