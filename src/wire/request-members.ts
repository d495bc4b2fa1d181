/** Reads what requests of all wires have in common. */
import { Fault } from "../core/fault.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { JsonPayload, Payload } from "../core/payload.ts";
import { invalid } from "./invalid.ts";

/** @throws Fault `bad_json` for a payload that is not JSON: then a row of the endpoint table has the wrong wire */
export function jsonOf(payload: Payload): JsonPayload {
  if (payload.kind !== "json") throw new Fault("bad_json", { reason: `a payload of kind ${payload.kind}` });
  return payload;
}

/** A request with more fallbacks is refused. */
export const MAX_FALLBACKS = 10;

/**
 * The names in `model` and `models`, in this order: the first is the model, the others are its fallbacks.
 * @throws Fault `invalid_parameter`
 */
export function readModels({ model, models }: JsonObject): { model: string | undefined; fallbacks: string[] } {
  if (model !== undefined && model !== null && typeof model !== "string") {
    throw invalid("model", "must be a string", "必须是字符串");
  }
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

/** undefined = the client does not say. @throws Fault `invalid_parameter` */
export function readStream({ stream }: JsonObject): boolean | undefined {
  if (stream === undefined || stream === null || typeof stream === "boolean") return stream ?? undefined;
  throw invalid("stream", "must be true or false", "必须是 true 或 false");
}

/** The tools of a request. @throws Fault `invalid_parameter` for anything but a list of objects */
export function toolsIn({ tools }: JsonObject): JsonObject[] {
  if (tools === undefined || tools === null) return [];
  if (Array.isArray(tools) && tools.every(isObject)) return tools;
  throw invalid("tools", "must be an array of objects", "必须是对象数组");
}

/** Null counts as absent. @throws Fault `invalid_parameter` for any other value that is not a positive integer */
export function positiveInteger(body: JsonObject, field: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(field, "must be a positive integer", "必须是正整数");
}

/** Answers are asked for at once up to this number: each is paid for. */
export const MAX_CHOICES = 128;

/** A number of answers. @throws Fault `invalid_parameter` */
export function numberOfChoices(body: JsonObject, field: string): number {
  const choices = positiveInteger(body, field) ?? 1;
  if (choices > MAX_CHOICES) throw invalid(field, `must be at most ${MAX_CHOICES}`, `不能超过 ${MAX_CHOICES}`);
  return choices;
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
