import { countTokens } from "../billing/usage-count.ts";
import type { Model } from "../routing/route.ts";
import type { ClientRequest } from "../wire/types.ts";

/** Our own count of a prompt: its text, and its media by the model's configured tokens. */
export function countPrompt(
  { promptText, tokenIds = 0, demand: { needs } }: ClientRequest,
  model: Model | undefined,
): number {
  const parts = { image: model?.imageTokens, audio: model?.audioTokens, file: model?.fileTokens, tools: 0 };
  const media = [...needs].reduce((sum, [capability, count]) => sum + count * (parts[capability] ?? 0), 0);
  return countTokens(promptText()) + tokenIds + media;
}
