/** Texts at the paths where agents and search engines look for them. */
import { factsFor } from "../../docs/facts.ts";
import { pageList, siteMap, wholeText } from "../../docs/for-agents.ts";
import { Kept } from "../../docs/kept.ts";
import type { Page } from "../../page.ts";
import { textAnswer } from "../../respond.tsx";
import { fixesLanguage } from "../../visit.ts";

/** Pages for everybody that are no documentation. */
const OTHERS = ["/", "/pricing", "/status"];

/** It takes a tenth of a second to make, and has some hundred thousand letters. */
const wholeTexts = new Kept<string>(4);

export const AGENT_PAGES: readonly Page[] = [
  {
    path: "/llms.txt",
    access: "everyone",
    get: async (visit) =>
      textAnswer(visit, pageList(await factsFor(visit), visit.language, fixesLanguage(visit)), "text/plain"),
  },
  {
    path: "/llms-full.txt",
    access: "everyone",
    get: async (visit) => {
      const { language } = visit;
      const facts = await factsFor(visit);
      return textAnswer(
        visit,
        wholeTexts.of(facts, language, () => wholeText(facts, language)),
        "text/plain",
      );
    },
  },
  {
    path: "/sitemap.xml",
    access: "everyone",
    get: (visit) =>
      textAnswer(
        visit,
        siteMap({ origin: visit.origin, settings: visit.services.settings }, OTHERS),
        "application/xml",
      ),
  },
  {
    path: "/robots.txt",
    access: "everyone",
    get: (visit) =>
      textAnswer(
        visit,
        `User-agent: *\nDisallow: /app\nDisallow: /admin\nDisallow: /docs/search\n\nSitemap: ${visit.origin}/sitemap.xml\n`,
        "text/plain",
      ),
  },
];
