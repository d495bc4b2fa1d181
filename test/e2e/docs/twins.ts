/** The documentation as agents read it: its list, the Markdown of its pages, and the code in them. */

export interface CodeBlock {
  readonly title: string;
  /** The language behind the fence. */
  readonly form: string;
  readonly text: string;
}

interface Wanted {
  /** The language of the code. */
  readonly code?: string;
  readonly language?: "en" | "zh";
}

/**
 * The Markdown of a page, without the part of `/openapi.json` at its end, which has tests of its own.
 * @throws Error unless the page is there, as Markdown
 */
export async function readTwin(url: string, path: string, { code, language = "en" }: Wanted = {}): Promise<string> {
  const query = code === undefined ? "" : `?lang=${code}`;
  const answer = await fetch(`${url}${path}.md${query}`, { headers: { "accept-language": language } });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${path}.md: ${answer.status} ${text}`);
  return text.replace(/\n\n## OpenAPI\n[\s\S]*\n```\n$/, "\n");
}

/** The paths of all pages with the endpoints of the API. */
export async function apiPaths(url: string): Promise<readonly string[]> {
  const start = await readTwin(url, "/docs");
  return [
    ...new Set([...start.matchAll(/\((?:https?:\/\/[^/]+)(\/docs\/api\/[\w-]+)\.md\)/g)].map(([, path = ""]) => path)),
  ];
}

export function codeBlocks(markdown: string): readonly CodeBlock[] {
  const found = markdown.matchAll(/^\*\*(.+)\*\*\n\n(`{3,})(\w*)\n([\s\S]*?)\n\2$/gm);
  return [...found].map(([, title = "", , form = "", text = ""]) => ({ title, form, text }));
}
