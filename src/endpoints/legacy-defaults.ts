/** The default values of Xlei's earlier API description, for sites that turn `LEGACY_DEFAULTS` on. */
import { withMembers, type Payload } from "../core/payload.ts";
import { LEGACY_VALUES } from "../settings.ts";

export function withLegacyDefaults(payload: Payload): Payload {
  if (payload.kind !== "json") return payload;
  const { max_tokens: maxTokens, max_completion_tokens: cap = maxTokens, temperature } = payload.value;
  return withMembers(payload, {
    ...(cap === undefined || cap === null ? { max_tokens: LEGACY_VALUES.max_tokens } : {}),
    ...(temperature === undefined || temperature === null ? { temperature: LEGACY_VALUES.temperature } : {}),
  });
}
