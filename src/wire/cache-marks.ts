/** `cache_control`, as Anthropic and those who follow it write it. */
import { isObject, type JsonObject } from "../core/json.ts";
import type { CacheMark } from "../operation/chat/conversation.ts";
import { only, textIn } from "./values.ts";

/** @param mark the member of a block, a tool or a message */
export function markIn(mark: unknown): CacheMark | undefined {
  return isObject(mark) ? only({ ttl: textIn(mark["ttl"]) }) : undefined;
}

/** The member with the mark, if there is one. */
export function markOf(cache: CacheMark | undefined): JsonObject {
  return cache === undefined ? {} : { cache_control: { type: "ephemeral", ...cache } };
}
