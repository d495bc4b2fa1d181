/** Finds out what becomes of each feature over each other wire, and writes the page about it. */
import { Fault } from "../../src/core/fault.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { WIRES } from "../../src/wire/index.ts";
import { passage } from "../../src/wire/passage.ts";
import type { Target, Wire } from "../../src/wire/types.ts";
import { FEATURES, PLAIN, type Feature } from "./matrix/features.ts";
import { MATCH, TARGET } from "./support.ts";

const NAMES = Object.keys(PLAIN) as (keyof typeof PLAIN)[];
const TITLES: Readonly<Record<string, string>> = {
  "openai.chat": "Chat Completions",
  "openai.responses": "Responses",
  "anthropic.messages": "Messages",
  "gemini.generate": "generateContent",
};

/** What becomes of a feature: it is sent, it is left out and named, or it is refused. */
export interface Fate {
  readonly feature: string;
  readonly client: string;
  readonly upstream: string;
  /** The upstream's request differs by it. */
  readonly isSent: boolean;
  /** The names in the warning. */
  readonly dropped: readonly string[];
  readonly byGateway?: string | undefined;
  /** The parameter that the refusal names. */
  readonly refused?: string;
}

function wireOf(name: string): Wire {
  return (WIRES as Readonly<Record<string, Wire>>)[name] as Wire;
}

const GOOGLE_MATCH = { ...MATCH, params: { call: "m:generateContent" } };

function sent(client: string, upstream: string, body: JsonObject) {
  const request = wireOf(client).read(jsonPayload(body), GOOGLE_MATCH);
  const target: Target = {
    ...TARGET,
    fees: new Set(["searches", "calls", "tier", "cacheWrite1h"]),
    outputCap: { field: "max_tokens", tokens: 9000 },
  };
  const carried = passage(request, wireOf(upstream), target);
  if (carried?.payload.kind !== "json") throw new Error("not carried");
  return { text: carried.payload.text, warnings: carried.warnings.map((warning) => warning.replace("dropped=", "")) };
}

function fateOf({ name, asks, without, byGateway }: Feature, client: (typeof NAMES)[number], upstream: string): Fate {
  const common = { feature: name, client, upstream, byGateway };
  const bodyOf = (members: JsonObject | undefined) => ({ ...PLAIN[client], ...members });
  try {
    const before = sent(client, upstream, bodyOf(without?.[client]));
    const { text, warnings } = sent(client, upstream, bodyOf(asks[client]));
    const dropped = warnings.filter((warning) => !before.warnings.includes(warning));
    return { ...common, isSent: text !== before.text, dropped };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ...common, isSent: false, dropped: [], refused: error.options.param ?? error.kind };
  }
}

export function fates(): Fate[] {
  return FEATURES.flatMap(({ features }) =>
    features.flatMap((feature) =>
      NAMES.filter((client) => feature.asks[client] !== undefined).flatMap((client) =>
        NAMES.filter((upstream) => upstream !== client).map((upstream) => fateOf(feature, client, upstream)),
      ),
    ),
  );
}

const HEAD = `# What is lost between formats

Over its own format, a request reaches its upstream as it is, but for the [field policy](FIELDS.md). Over another one, the
gateway translates it. This page lists what a client may ask for, and what becomes of it at an upstream of each other format.
A test asks for all of it over each pair of formats, writes this page, and fails if something is lost without a word.

- **sent** – in the upstream's words.
- **dropped** – left out. The header \`x-gateway-warnings\` has \`dropped=NAME\`.
- **400** – refused, because the request would mean something else without it. The error names the parameter.

Only clients whose format can ask for a thing are counted. Where their fates differ, the client is named.
`;

const ANSWERS = `## Answers

An answer has no header for what is lost in it, because a stream has begun by then.

| The upstream says                         | Chat Completions                        | Responses                     | Messages                                     | generateContent                      |
| ----------------------------------------- | --------------------------------------- | ----------------------------- | -------------------------------------------- | ------------------------------------ |
| thoughts                                  | \`reasoning_content\`                     | \`reasoning\` items             | \`thinking\` blocks                            | parts with \`thought\`                 |
| their signatures, sealed thoughts         | \`reasoning_details\`                     | \`encrypted_content\`           | \`signature\`, \`redacted_thinking\`             | \`thoughtSignature\`                   |
| sources                                   | \`annotations\`                           | \`annotations\`                 | \`citations\`                                  | \`groundingMetadata\`                  |
| a refusal                                 | \`refusal\`                               | \`refusal\` part                | text, with \`stop_reason: "refusal"\`          | text, with \`finishReason: "SAFETY"\`  |
| pictures                                  | \`images\`                                | \`image_generation_call\`       | a link in the text                           | \`inlineData\`                         |
| calls of tools that the upstream runs     | left out; their words are in the text   | left out                      | left out                                     | left out                             |
`;

export function lossesPage(found: readonly Fate[]): string {
  const groups = FEATURES.map(({ title, features }) => {
    const head = `| The client asks for | ${NAMES.map((name) => `at ${TITLES[name] ?? name}`).join(" | ")} |`;
    const line = `| --- |${NAMES.map(() => " --- |").join("")}`;
    const rows = features.map(({ name }) => {
      const cells = NAMES.map((upstream) =>
        cellOf(found.filter((fate) => fate.feature === name && fate.upstream === upstream)),
      );
      return `| ${name} | ${cells.join(" | ")} |`;
    });
    return `## ${title}\n\n${[head, line, ...rows].join("\n")}\n`;
  });
  return [HEAD, ...groups, ANSWERS].join("\n");
}

/** What becomes of a feature at one upstream, whichever client asks. */
function cellOf(found: readonly Fate[]): string {
  const words = Map.groupBy(found, wordOf);
  if (words.size === 0) return "–";
  if (words.size === 1) return [...words.keys()].join("");
  return [...words]
    .map(([word, all]) => `${word} (from ${all.map(({ client }) => TITLES[client]).join(", ")})`)
    .join("; ");
}

function wordOf({ isSent, dropped, refused, byGateway }: Fate): string {
  if (refused !== undefined) return `**400** \`${refused}\``;
  if (dropped.length === 0) return isSent ? "sent" : (byGateway ?? "LOST");
  const names = dropped.map((name) => `\`${name}\``).join(", ");
  return isSent ? `in part; dropped ${names}` : `dropped ${names}`;
}
