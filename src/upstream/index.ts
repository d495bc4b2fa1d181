/** The registry of upstream kinds. */
import { anthropic } from "./anthropic.ts";
import { azure } from "./azure.ts";
import { bearer } from "./bearer.ts";
import { gemini } from "./gemini.ts";
import { kling } from "./kling.ts";
import { midjourney } from "./midjourney.ts";
import type { Kind } from "./types.ts";

export const KINDS = { bearer, anthropic, azure, gemini, kling, midjourney } as const satisfies Record<string, Kind>;
export type KindName = keyof typeof KINDS;

export function isKind(name: string): name is KindName {
  return Object.hasOwn(KINDS, name);
}
