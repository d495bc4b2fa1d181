/** Texts at the paths where agents and search engines look for them. */
import { factsFor } from "../../docs/facts.ts";
import { pageList, siteMap, wholeText } from "../../docs/for-agents.ts";
import type { Page } from "../../page.ts";
import { textAnswer } from "../../respond.tsx";

/** Pages for everybody that are no documentation. */
const OTHERS = ["/", "/pricing", "/status"];

export const AGENT_PAGES: readonly Page[] = [
  {
    path: "/llms.txt",
    access: "everyone",
    get: async (visit) => textAnswer(visit, pageList(await factsFor(visit), visit.language), "text/plain"),
  },
  {
    path: "/llms-full.txt",
    access: "everyone",
    get: async (visit) => textAnswer(visit, wholeText(await factsFor(visit), visit.language), "text/plain"),
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
