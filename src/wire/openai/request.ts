/** What chat and completions requests share. */
import { Fault } from "../../core/fault.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { draftPayload, type JsonPayload, type Payload } from "../../core/payload.ts";
import { leastUsage, type Fee } from "../../core/units.ts";
import type { ClientRequest, Outgoing, Target } from "../types.ts";
import { applyPolicy, dropsCacheLife } from "../fields/field-edits.ts";
import { readFees } from "../fields/field-policy.ts";
import type { FieldTable } from "../fields/field-table.ts";
import { invalid } from "../invalid.ts";
import { readPreferences } from "../provider.ts";

const NO_FEES: ReadonlySet<Fee> = new Set();

/** The fields in which models take a cap on the output. */
const CAP_FIELDS = ["max_tokens", "max_completion_tokens"] as const;

/** @throws Fault `bad_json` for a payload that is not JSON: then a row of the endpoint table has the wrong wire */
export function jsonOf(payload: Payload): JsonPayload {
  if (payload.kind !== "json") throw new Fault("bad_json", { reason: `a payload of kind ${payload.kind}` });
  return payload;
}

/** Reads the fields that both wires share. @throws Fault `invalid_parameter`, `unsupported_feature` */
export function readCommon(body: JsonObject, table: FieldTable) {
  const fees = readFees(body, table);
  const { model, stream, stream_options: options } = body;
  if (model !== undefined && model !== null && typeof model !== "string") {
    throw invalid("model", "must be a string", "必须是字符串");
  }
  if (stream !== undefined && stream !== null && typeof stream !== "boolean") {
    throw invalid("stream", "must be true or false", "必须是 true 或 false");
  }
  const { prompt_cache_key: session, service_tier: tier } = body;
  const preferences = readPreferences(body["provider"]);
  return {
    demand: {
      ...readModels(model, body["models"]),
      maxOutput: largest(positiveInteger(body, "max_completion_tokens"), positiveInteger(body, "max_tokens")),
      choices: numberOfChoices(body, "n"),
      ...(preferences === undefined ? {} : { preferences }),
      ...(fees.size === 0 ? {} : { fees, units: leastUsage(fees) }),
      ...(fees.has("tier") && typeof tier === "string" ? { attributes: { tier } } : {}),
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
function positiveInteger(body: JsonObject, field: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(field, "must be a positive integer", "必须是正整数");
}

/** Answers are asked for at once up to this number: each is paid for. */
const MAX_CHOICES = 128;

/** A number of answers. @throws Fault `invalid_parameter` */
export function numberOfChoices(body: JsonObject, field: string): number {
  const choices = positiveInteger(body, field) ?? 1;
  if (choices > MAX_CHOICES) throw invalid(field, `must be at most ${MAX_CHOICES}`, `不能超过 ${MAX_CHOICES}`);
  return choices;
}

/** The client's payload, edited for an upstream of the same wire. What is inside the fields that pass is kept. */
export function writeSameWire({ payload, demand }: ClientRequest, target: Target, table: FieldTable): Outgoing {
  const { value, text } = jsonOf(payload);
  const { fees = NO_FEES } = demand;
  const { stream_options: options } = value;
  // A copy as deep as the edits go, because other attempts send the same payload.
  const copy = dropsCacheLife(target, fees) ? structuredClone(value) : { ...value };
  if (isObject(options)) copy["stream_options"] = { ...options };
  const draft = new JsonDraft(copy, text);
  const dropped = applyPolicy(draft, table, target, fees);
  draft.set("model", target.model);
  draft.set("stream", target.stream);
  if (target.outputCap !== undefined) {
    // In the field that the route's model obeys alone: a hold relies on it, and upstreams refuse a request with two caps.
    for (const field of CAP_FIELDS) if (field !== target.outputCap.field) draft.set(field, undefined);
    draft.set(target.outputCap.field, target.outputCap.tokens);
  }
  if (!target.stream || !target.asksUsage) draft.set("stream_options", undefined);
  else draft.ownObject("stream_options").set("include_usage", true);
  return { payload: draftPayload(draft), dropped };
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
