/** Finds out what becomes of each feature over each other wire, and writes the page about it. */
import { Fault } from "../../src/core/fault.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { WIRES } from "../../src/wire/index.ts";
import { passage } from "../../src/wire/passage.ts";
import type { Target, Wire } from "../../src/wire/types.ts";
import { CHATS, type Feature, type Subject, type WireName } from "./matrix/features.ts";
import { PICTURES, RANKINGS, VECTORS } from "./matrix/other-features.ts";
import { tableOf, type Fate } from "./fate-table.ts";
import { MATCH, TARGET } from "./support.ts";
import { TASK_HEAD, taskTables } from "./task-losses.ts";

const SUBJECTS: readonly Subject[] = [CHATS, PICTURES, VECTORS, RANKINGS];
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

function fateOf(feature: Feature, client: WireName, upstream: WireName, plain: JsonObject = {}): Fate {
  const { asks, without, byGateway, always = [] } = feature;
  const unasked = always.includes(upstream) ? "always" : byGateway;
  const common = { feature, name: feature.name, client, upstream, unasked };
  const ask = (members: JsonObject = {}) => sent(client, upstream, { ...plain, ...members });
  try {
    const before = ask(without?.[client]);
    const { text, warnings } = ask(asks[client]);
    const dropped = warnings.filter((warning) => !before.warnings.includes(warning));
    const isSent = text !== before.text;
    if (isSent || dropped.length > 0) return { ...common, isSent, dropped };
    return { ...common, isSent, dropped: droppedWhole(before, ask()) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ...common, isSent: false, dropped: [], refused: error.options.param ?? error.kind };
  }
}

/** The names of what a feature belongs to, if nothing of that is sent. */
function droppedWhole(before: ReturnType<typeof sent>, plain: ReturnType<typeof sent>): string[] {
  return before.text === plain.text ? before.warnings.filter((warning) => !plain.warnings.includes(warning)) : [];
}

export function fates(): Fate[] {
  return SUBJECTS.flatMap(({ plain, upstreams, groups }) =>
    groups.flatMap(({ features }) =>
      features.flatMap((feature) =>
        namesOf(feature.asks).flatMap((client) =>
          upstreams
            .filter((upstream) => upstream !== client)
            .map((upstream) => fateOf(feature, client, upstream, plain[client])),
        ),
      ),
    ),
  );
}

function namesOf(members: object): WireName[] {
  return Object.keys(members) as WireName[];
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

Clients of Images get pictures alone: words beside a single picture are its \`revised_prompt\`, and thoughts and sources are left out. A
chat over Images gets the pictures without their \`revised_prompt\`. A vector of embedContent is
scaled to the length 1 for clients of Embeddings.
`;

export function lossesPage(found: readonly Fate[], ofTasks: readonly Fate[]): string {
  const groups = SUBJECTS.flatMap(({ upstreams, groups: all }) =>
    all.map((group) => tableOf({ ...group, upstreams }, found)),
  );
  return [HEAD, ...groups, TASK_HEAD, ...taskTables(ofTasks), ANSWERS].join("\n");
}
