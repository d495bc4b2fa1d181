/** Members that requests of several of Kling's endpoints have. */
import type { JsonObject } from "../../core/json.ts";
import type { Source } from "../../operation/chat/conversation.ts";
import { invalid, missing } from "../invalid.ts";
import { checkAddress, sourceOfPicture } from "../media.ts";
import { numberIn } from "../values.ts";

/** The model of a client that names none. */
export const USUAL_MODEL = "kling-v1";
/** What says who is to make it, and what never goes up. */
export const CHOICE = ["model_name", "model", "models", "provider"];
export const COMMON = ["callback_url", "external_task_id"];

const MOST_NAME = 256;

interface Own {
  /** Of the task. */
  readonly name: string | undefined;
  readonly callback: string | undefined;
}

/** What of a request is between the client and the gateway. @throws Fault `invalid_parameter` */
export function ownIn(body: JsonObject): Own {
  return { name: textOf(body, "external_task_id", MOST_NAME), callback: textOf(body, "callback_url") };
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

export function raise(error: Error): never {
  throw error;
}

/** @throws Fault `missing_input`, `invalid_parameter` */
export function promptIn(body: JsonObject, isNeeded: boolean): string {
  const prompt = textOf(body, "prompt") ?? "";
  if (prompt === "" && isNeeded) throw missing("prompt");
  return prompt;
}

/** @throws Fault `invalid_parameter` */
export function textOf(body: JsonObject, name: string, most = Number.POSITIVE_INFINITY): string | undefined {
  const value = body[name];
  if (!isGiven(value)) return undefined;
  if (typeof value !== "string") throw invalid(name, "must be a text", "必须是文本");
  if (value.length > most) throw invalid(name, `must have at most ${most} characters`, `最多 ${most} 个字符`);
  return value;
}

/** @throws Fault `invalid_parameter` */
export function checkShare(body: JsonObject, name: string): void {
  const value = body[name];
  if (!isGiven(value)) return;
  const number = numberIn(value) ?? Number.NaN;
  if (!(number >= 0 && number <= 1)) throw invalid(name, "must be from 0 to 1", "须为 0 到 1");
}

/** @throws Fault `invalid_parameter` */
export function aspectIn({ aspect_ratio: aspect }: JsonObject): string | undefined {
  if (!isGiven(aspect)) return undefined;
  if (typeof aspect === "string" && /^[1-9]\d?:[1-9]\d?$/.test(aspect)) return aspect;
  throw invalid("aspect_ratio", "must be like '16:9'", "须形如 '16:9'");
}

export function pictureIn(body: JsonObject, name: string): Source | undefined {
  return isGiven(body[name]) ? sourceIn(name, body[name]) : undefined;
}

/** An address, base64, or a data URL. @throws Fault `invalid_parameter` */
export function sourceIn(param: string, value: unknown): Source {
  if (typeof value !== "string" || value === "")
    throw invalid(param, "must be base64 or an address", "须为 base64 或地址");
  checkAddress(value, param);
  return sourceOfPicture(value, "image/jpeg");
}
