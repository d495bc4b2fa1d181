/** Service tiers that cost extra, as OpenAI names them. */
import type { ChatRequest } from "../../operation/chat/conversation.ts";
import type { Target } from "../types.ts";
import { unsupported } from "../unsupported.ts";

const TIERS: ReadonlySet<string> = new Set(["flex", "scale", "priority", "fast"]);

/** @throws Fault `unsupported_feature` for a tier that would be charged and not be served */
export function tierOf({ tier }: ChatRequest, { fees }: Pick<Target, "fees">): string | undefined {
  if (tier === undefined || !fees.has("tier")) return undefined;
  const name = tier.toLowerCase();
  if (!TIERS.has(name)) throw unsupported("service_tier");
  return name;
}
