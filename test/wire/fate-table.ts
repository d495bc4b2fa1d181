/** What becomes of what a client asks for, and the tables of the page about it. */

/** It is sent, it is left out and named, or it is refused. */
export interface Fate {
  readonly feature: { readonly name: string };
  readonly name: string;
  readonly client: string;
  readonly upstream: string;
  /** The upstream's request differs by it. */
  readonly isSent: boolean;
  /** The names in the warning. */
  readonly dropped: readonly string[];
  /** Why nobody needs to be asked. */
  readonly unasked?: string | undefined;
  /** The parameter that the refusal names. */
  readonly refused?: string;
}

const TITLES: Readonly<Record<string, string>> = {
  "openai.chat": "Chat Completions",
  "openai.responses": "Responses",
  "anthropic.messages": "Messages",
  "gemini.generate": "generateContent",
  "openai.images": "Images",
  "openai.embeddings": "Embeddings",
  "gemini.embed": "embedContent",
  "cohere.rerank": "Cohere's rerank",
  "openai.videos": "Videos",
  "videos.generations": "Videos of relays",
  "gemini.video": "predictLongRunning",
  "kling.videos": "Kling's videos",
  "kling.images": "Kling's pictures",
  "kling.text2video": "Kling's text2video",
  "kling.image2video": "Kling's image2video",
  "midjourney.tasks": "midjourney-proxy",
};

function titleOf(name: string): string {
  return TITLES[name] ?? name;
}

interface Group {
  readonly title: string;
  readonly features: readonly { readonly name: string }[];
  readonly upstreams: readonly string[];
}

export function tableOf({ title, features, upstreams }: Group, found: readonly Fate[]): string {
  const head = `| The client asks for | ${upstreams.map((name) => `at ${titleOf(name)}`).join(" | ")} |`;
  const line = `| --- |${upstreams.map(() => " --- |").join("")}`;
  const rows = features.map((feature) => {
    const cells = upstreams.map((upstream) =>
      cellOf(found.filter((fate) => fate.feature === feature && fate.upstream === upstream)),
    );
    return `| ${feature.name} | ${cells.join(" | ")} |`;
  });
  return `## ${title}\n\n${[head, line, ...rows].join("\n")}\n`;
}

/** What becomes of a feature at one upstream, whichever client asks. */
function cellOf(found: readonly Fate[]): string {
  const words = Map.groupBy(found, wordOf);
  if (words.size === 0) return "–";
  if (words.size === 1) return [...words.keys()].join("");
  return [...words]
    .map(([word, all]) => `${word} (from ${all.map(({ client }) => titleOf(client)).join(", ")})`)
    .join("; ");
}

function wordOf({ isSent, dropped, refused, unasked }: Fate): string {
  if (refused !== undefined) return `**400** \`${refused}\``;
  if (dropped.length === 0) return isSent ? "sent" : (unasked ?? "LOST");
  const names = dropped.map((name) => `\`${name}\``).join(", ");
  return isSent ? `in part; dropped ${names}` : `dropped ${names}`;
}
