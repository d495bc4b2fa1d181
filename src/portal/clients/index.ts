/** Every client that people are shown how to connect: one list for the page of a new key, the docs and the README. */
import { WIRE_NAMES, type WireName } from "../../wire/index.ts";
import { APP_CLIENTS } from "./apps.ts";
import { CODING_CLIENTS } from "./coding.ts";
import { LINK_CLIENTS } from "./links.ts";
import { withTemplates } from "./templates.ts";
import type { Client, Values } from "./types.ts";

const ALL: readonly Client[] = [...LINK_CLIENTS, ...CODING_CLIENTS, ...APP_CLIENTS];

const SERVED: ReadonlySet<WireName> = new Set(WIRE_NAMES);

/**
 * A client appears when the gateway serves its wire.
 * @param templates what the operator changes: `IMPORT_TEMPLATES`
 */
export function clientsFor(templates?: string, wires: ReadonlySet<WireName> = SERVED): readonly Client[] {
  return withTemplates(ALL, templates).filter(({ wire }) => wires.has(wire));
}

const MOST_NAME = 40;

/** @param siteName as the operator wrote it */
export function valuesFor(origin: string, siteName: string, key: string): Values {
  // Clients turn quotes and brackets of a link into other characters.
  const plain = siteName.replaceAll(/[^\p{L}\p{N} _-]/gu, "").trim();
  // Whole characters: half of one cannot stand in a link.
  const name = Array.from(plain).slice(0, MOST_NAME).join("").trim() || "Token Gateway";
  const slug =
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "") || "token-gateway";
  return { origin, key, name, slug: VENDORS.has(slug) ? `${slug}-gateway` : slug };
}

/** Clients have providers of these ids, which a configuration cannot replace, or replaces unasked. */
const VENDORS: ReadonlySet<string> = new Set([
  "anthropic",
  "azure",
  "chatbox-ai",
  "claude",
  "deepseek",
  "gemini",
  "github-copilot",
  "google",
  "groq",
  "lmstudio",
  "lm-studio",
  "mistral",
  "ollama",
  "openai",
  "opencode",
  "openrouter",
  "oss",
  "perplexity",
  "siliconflow",
  "xai",
]);
