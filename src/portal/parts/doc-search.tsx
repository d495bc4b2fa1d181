/** The field that searches the documentation, and what was found. A script shows results below the field while somebody types. */
import type { FC } from "hono/jsx";
import { faultsMeant, faultTable } from "../docs/fault-table.ts";
import type { Hit } from "../docs/doc-search.ts";
import { DOC_SEARCH } from "../text/doc-search-text.ts";
import { DOCS } from "../text/docs-text.ts";
import type { Visit } from "../visit.ts";
import { Blocks } from "./doc-blocks.tsx";

const SEARCH_PATH = "/docs/search";
const REQUEST_ID = /^req_[0-9a-f-]{8,36}$/;

export const SearchForm: FC<{ visit: Visit; question?: string; hits?: readonly Hit[] }> = ({
  visit,
  question = "",
  hits,
}) => {
  const { say } = visit;
  return (
    <>
      <search>
        <form method="get" action={SEARCH_PATH} class="filters">
          <div class="field">
            <label for="doc-search">{say(DOC_SEARCH.label)}</label>
            <input
              id="doc-search"
              name="q"
              type="search"
              value={question}
              placeholder={say(DOC_SEARCH.hint)}
              autocomplete="off"
              data-results="doc-search-results"
            />
          </div>
          <button type="submit">{say(DOC_SEARCH.submit)}</button>
        </form>
      </search>
      <div id="doc-search-results">
        {hits === undefined ? null : <Results visit={visit} question={question} hits={hits} />}
      </div>
    </>
  );
};

/** What answers the question by itself comes first: the receipt of a request, the remedy of an error. */
export const Results: FC<{ visit: Visit; question: string; hits: readonly Hit[] }> = ({ visit, question, hits }) => {
  const { say } = visit;
  const faults = faultsMeant(question);
  const isRequest = REQUEST_ID.test(question);
  const count = hits.length + faults.length + (isRequest ? 1 : 0);
  return (
    <>
      {isRequest ? (
        <p>
          <a href={`/app/requests/${question.replace("req_", "")}`}>{say(DOC_SEARCH.receipt)}</a>
        </p>
      ) : null}
      {faults.length === 0 ? null : (
        <Blocks
          visit={visit}
          blocks={[faultTable({ en: captionOf("en", question), zh: captionOf("zh", question) }, faults)]}
        />
      )}
      <p data-count>
        {count === 0 ? say(DOC_SEARCH.nothing) : say(DOC_SEARCH.found, { n: count })}
        {count === 0 ? (
          <>
            {" "}
            <a href="/docs">{say(DOC_SEARCH.allPages)}</a>
          </>
        ) : null}
      </p>
      {hits.length === 0 ? null : (
        <ul class="hits">
          {hits.map((hit) => (
            <HitItem visit={visit} hit={hit} />
          ))}
        </ul>
      )}
    </>
  );
};

function captionOf(language: "en" | "zh", word: string): string {
  return DOC_SEARCH.errors[language].replace("{word}", () => word);
}

const HitItem: FC<{ visit: Visit; hit: Hit }> = ({ visit: { say }, hit: { section, excerpt } }) => (
  <li>
    <a href={section.address}>
      {section.heading === "" ? section.page : section.page + say(DOCS.colon) + section.heading}
    </a>
    {excerpt.length === 0 ? null : <p>{excerpt.map(({ text, isFound }) => (isFound ? <mark>{text}</mark> : text))}</p>}
  </li>
);
