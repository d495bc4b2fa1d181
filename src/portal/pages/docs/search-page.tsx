/** `/docs/search`: sections of the documentation by words. With `part` only what was found, for the script. */
import { factsFor } from "../../docs/facts.ts";
import { docSearch } from "../../docs/doc-search.ts";
import type { Content, Page } from "../../page.ts";
import { Results, SearchForm } from "../../parts/doc-search.tsx";
import { respondPart } from "../../respond.tsx";
import { DOC_SEARCH } from "../../text/doc-search-text.ts";
import { DOCS } from "../../text/docs-text.ts";
import type { Visit } from "../../visit.ts";

const MAX_QUESTION = 100;

async function search(visit: Visit): Promise<Content | Response> {
  const { context, language } = visit;
  const { q = "", part } = context.req.query();
  const question = q.trim().slice(0, MAX_QUESTION);
  const hits = question === "" ? [] : docSearch(await factsFor(visit), language).find(question);
  if (part !== undefined) return respondPart(visit, <Results visit={visit} question={question} hits={hits} />);
  return {
    title: DOC_SEARCH.title,
    above: [{ path: "/docs", title: DOCS.docs }],
    body: (
      <div class="doc">
        <SearchForm visit={visit} question={question} {...(question === "" ? {} : { hits })} />
      </div>
    ),
  };
}

export const SEARCH_PAGES: readonly Page[] = [{ path: "/docs/search", access: "everyone", get: search }];
