/** Writes the page about request fields from the table. */
import { MESSAGE_GROUPS } from "../../src/wire/anthropic/request-fields.ts";
import { EMBED_CONTENT_GROUPS } from "../../src/wire/gemini/embed-content.ts";
import { GENERATE_GROUPS } from "../../src/wire/gemini/request-fields.ts";
import type { FieldGroup, FieldRule } from "../../src/wire/fields/field-table.ts";
import { RERANK_GROUPS } from "../../src/wire/jina/rerank.ts";
import { EMBEDDING_GROUPS } from "../../src/wire/openai/embeddings.ts";
import { IMAGE_GROUPS } from "../../src/wire/openai/image-fields.ts";
import { MODERATION_GROUPS } from "../../src/wire/openai/moderations.ts";
import { REALTIME_GROUPS } from "../../src/wire/openai/realtime-fields.ts";
import { CHAT_GROUPS, COMPLETION_GROUPS, EVERYWHERE } from "../../src/wire/openai/request-fields.ts";
import { RESPONSE_GROUPS } from "../../src/wire/openai/responses-fields.ts";
import { SPEECH_GROUPS } from "../../src/wire/openai/speech.ts";
import { SEARCH_TOOLS } from "../../src/wire/openai/tools.ts";
import { TRANSCRIPTION_GROUPS } from "../../src/wire/openai/transcript-members.ts";

const HEAD = `# Request fields

This page lists every request field that the gateway knows, and what happens to it on its way upstream. A test generates
the page from the \`request-fields.ts\` of each vendor.

- A field that is not listed is dropped. The header \`x-gateway-warnings: dropped=NAME\` names each field that was dropped.
- A name that equals a listed one but for case or the form of its letters is refused with 400.
- Inside messages, tools and other listed fields, unknown members pass.
- The operator can allow an upstream more fields, or set the upstream to \`open\`. An open upstream gets every field that
  is not listed as dropped.
`;

const FEES: Readonly<Record<string, string>> = {
  searches: "a price for web searches (`search`)",
  calls: "a price for calls of tools (`call`)",
  tier: "a price for this service tier",
  cacheWrite1h: "a price for tokens cached for an hour (`cache_write_1h`)",
};

const RULES = {
  pass: "Sent as they came.",
  gateway: "The gateway acts on them itself and does not send them.",
  account: "Replaced by a hash of the account.",
  scoped: "Prefixed by the hash of the account, and cut to 64 characters.",
  off: "Sent only as `false`. Any other value is dropped.",
  drop: "Dropped.",
} as const satisfies Record<Extract<FieldRule, string>, string>;

const TOOLS = `## Inside fields

- \`tools\` of the types \`function\` and \`custom\` pass. Tools that search the web need ${FEES["searches"] ?? ""}, tools of every
  other type ${FEES["calls"] ?? ""}. Without the price they are dropped as \`tools.TYPE\`.
- \`cache_control\` with a \`ttl\` longer than \`5m\` needs ${FEES["cacheWrite1h"] ?? ""}. Without the price
  the \`ttl\` is dropped as \`cache_control.ttl\`.
- \`provider.data_collection: "deny"\` and \`provider.zdr: true\` are refused, because the gateway cannot promise them.

Types that search the web: ${list([...SEARCH_TOOLS].map(String))}.
`;

export function fieldsPage(): string {
  const shared = COMPLETION_GROUPS.filter((group) => CHAT_GROUPS.includes(group));
  const own = (groups: readonly FieldGroup[]) => groups.filter((group) => !shared.includes(group));
  const text = shared.filter((group) => !EVERYWHERE.includes(group));
  return [
    HEAD,
    section("Chat Completions only", own(CHAT_GROUPS)),
    section("Completions only", own(COMPLETION_GROUPS)),
    section("Chat Completions and Completions", text),
    section("Embeddings", own(EMBEDDING_GROUPS)),
    section("Images", own(IMAGE_GROUPS)),
    section("Speech", own(SPEECH_GROUPS)),
    section("Transcriptions and Translations", own(TRANSCRIPTION_GROUPS)),
    section("Rerank", own(RERANK_GROUPS)),
    section("Moderations", own(MODERATION_GROUPS)),
    section("All of these", EVERYWHERE),
    section("Realtime", REALTIME_GROUPS),
    section("Responses", RESPONSE_GROUPS),
    section("Messages", MESSAGE_GROUPS),
    section("generateContent", GENERATE_GROUPS),
    section("embedContent", EMBED_CONTENT_GROUPS),
    TOOLS,
  ].join("\n");
}

function section(title: string, groups: readonly FieldGroup[]): string {
  const parts = groups.map(({ title: about, rule, names }) => `### ${about}\n\n${ruleText(rule)}\n\n${list(names)}.\n`);
  return [`## ${title}\n`, ...parts].join("\n");
}

function ruleText(rule: FieldRule): string {
  if (typeof rule === "string") return RULES[rule];
  const free = rule.free === undefined ? "" : ` The values ${list(rule.free)} always pass.`;
  return `Sent if the model has ${FEES[rule.fee] ?? rule.fee}, else dropped. \`false\` and \`null\` always pass.${free}`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
