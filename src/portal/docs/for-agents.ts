/**
 * What agents and search engines read first: the list of the pages, all pages in one text, and the site map. Pure.
 * @see https://llmstxt.org
 * @see https://www.sitemaps.org/protocol.html
 */
import type { Language, Text } from "../../core/language.ts";
import { FOR_AGENTS } from "../text/for-agents-text.ts";
import { contentOf } from "./doc-content.ts";
import type { Facts } from "./facts.ts";
import { docPagesOf } from "./index.ts";
import { markdownOf, twinOf } from "./markdown.ts";
import { DEFAULT_LANGUAGE } from "./snippets/snippet.ts";
import { GROUPS } from "./types.ts";

/**
 * `/llms.txt`. Its headings are in English in both languages: "Optional" is a word of the format.
 * @param fixesLanguage whether its links name the language
 */
export function pageList({ origin, siteName, settings }: Facts, language: Language, fixesLanguage = false): string {
  const fixed = fixesLanguage ? language : undefined;
  const say = ({ [language]: words }: Text) => words.replaceAll("{origin}", origin);
  const sections = [...Map.groupBy(docPagesOf(settings), ({ group }) => group)].map(([group, pages]) => {
    const links = pages.map(
      ({ path, title, summary }) => `- [${say(title)}](${origin}${twinOf(path, fixed)}): ${say(summary)}`,
    );
    if (group === "endpoints") links.push(`- [OpenAPI](${origin}/openapi.json): ${say(FOR_AGENTS.openApi)}`);
    return `## ${GROUPS[group].en}\n\n${links.join("\n")}`;
  });
  return `${[`# ${siteName}`, `> ${say(FOR_AGENTS.sentence)}`, say(FOR_AGENTS.rules), ...sections].join("\n\n")}\n`;
}

/** `/llms-full.txt` */
export function wholeText(facts: Facts, language: Language): string {
  const { origin, siteName } = facts;
  const pages = docPagesOf(facts.settings).map(
    (page) =>
      `<!-- ${origin}${page.path} -->\n\n${markdownOf(contentOf(page, facts, DEFAULT_LANGUAGE), { origin, language })}`,
  );
  return `${siteName}\n\n${pages.join("\n")}`;
}

/** @param others pages that are no documentation */
export function siteMap({ origin, settings }: Pick<Facts, "origin" | "settings">, others: readonly string[]): string {
  const entries = [
    ...others.map((path) => ({ path, changed: undefined })),
    ...docPagesOf(settings).map(({ path, changed }) => ({ path, changed })),
  ].map(({ path, changed }) => {
    const address = `${origin}${path}`;
    const twins = (
      [
        ["en", "en"],
        ["zh-CN", "zh"],
      ] as const
    ).map(([code, word]) => `<xhtml:link rel="alternate" hreflang="${code}" href="${address}?lang=${word}"/>`);
    const date = changed === undefined ? "" : `<lastmod>${changed}</lastmod>`;
    return `<url><loc>${address}</loc>${date}${twins.join("")}</url>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
${entries.join("\n")}
</urlset>
`;
}
