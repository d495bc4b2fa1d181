/** `/docs`: the documentation, as HTML and as Markdown. */
import { accepts } from "hono/accepts";
import type { Content, Crumb, Page } from "../../page.ts";
import { contentOf } from "../../docs/doc-content.ts";
import { factsFor } from "../../docs/facts.ts";
import type { Settings } from "../../../settings.ts";
import { docPageAt, LISTED_PAGES } from "../../docs/index.ts";
import { markdownOf, twinOf } from "../../docs/markdown.ts";
import { openApiFragment } from "../../docs/openapi/openapi-document.ts";
import type { DocPage } from "../../docs/types.ts";
import { Blocks } from "../../parts/doc-blocks.tsx";
import { SearchForm } from "../../parts/doc-search.tsx";
import { EndpointSection } from "../../parts/endpoint-section.tsx";
import { textAnswer } from "../../respond.tsx";
import { SAMPLE_KEY } from "../../samples.ts";
import { snippetChoice } from "../../snippet-choice.ts";
import { DOCS } from "../../text/docs-text.ts";
import { fixesLanguage, type Visit } from "../../visit.ts";

const ROOT = "/docs";
const FORMS: Parameters<typeof accepts>[1] = {
  header: "Accept",
  supports: ["text/html", "text/markdown"],
  default: "text/html",
};

async function show(visit: Visit): Promise<Content | Response> {
  const { context, origin, language, services } = visit;
  const { settings } = services;
  const { path } = context.req;
  const asked = path.replace(/\.md$/, "");
  const wantsMarkdown = asked !== path || accepts(context, FORMS) === "text/markdown";
  const page = docPageAt(asked, settings);
  if (page === undefined)
    return wantsMarkdown ? textAnswer(visit, missingText(visit), "text/markdown", 404) : missing(visit);
  const facts = await factsFor(visit);
  const snippets = snippetChoice(context);
  const content = contentOf(page, facts, snippets);
  if (wantsMarkdown) {
    const fragment = openApiFragment(page, { facts, accountApi: context.env.accountApi(), language });
    return textAnswer(
      visit,
      markdownOf(content, { origin, language, fragment, fixesLanguage: fixesLanguage(visit) }),
      "text/markdown",
    );
  }
  return {
    title: page.title,
    twin: twinOf(page.path),
    above: crumbsOf(page, settings),
    body: (
      <div class="doc" lang={page.language === language ? undefined : page.language}>
        <SearchForm visit={visit} />
        <Blocks visit={visit} blocks={[{ kind: "text", text: page.summary }]} />
        {visit.person === undefined ? null : <OwnKey visit={visit} />}
        <Blocks visit={visit} blocks={content.before} />
        {content.endpoints.map((endpoint) => (
          <EndpointSection visit={visit} endpoint={endpoint} snippets={snippets} />
        ))}
        <Blocks visit={visit} blocks={content.after} />
        <Foot visit={visit} page={page} />
      </div>
    ),
  };
}

/** A script shows the field, and writes the key into the code. The field has no form: nothing is sent. */
function OwnKey({ visit: { say } }: { visit: Visit }) {
  return (
    <div class="field" hidden>
      <label for="own-key">{say(DOCS.ownKey)}</label>
      <input
        id="own-key"
        type="password"
        autocomplete="off"
        aria-describedby="own-key-hint"
        data-own-key={SAMPLE_KEY}
      />
      <small id="own-key-hint">{say(DOCS.ownKeyHint)}</small>
    </div>
  );
}

/** The pages above a page. */
function crumbsOf({ path, parent }: DocPage, settings: Settings): readonly Crumb[] {
  const above = parent === undefined ? undefined : docPageAt(parent, settings);
  return [
    ...(path === ROOT ? [] : [{ path: ROOT, title: DOCS.docs }]),
    ...(above === undefined ? [] : [{ path: above.path, title: above.title }]),
  ];
}

function Foot({ visit, page }: { visit: Visit; page: DocPage }) {
  const { say, format } = visit;
  const at = LISTED_PAGES.indexOf(page);
  const [previous, next] = at === -1 ? [] : [LISTED_PAGES[at - 1], LISTED_PAGES[at + 1]];
  return (
    <>
      <nav class="pages" aria-label={say(DOCS.neighbours)}>
        {previous === undefined ? null : (
          <a href={previous.path} rel="prev">
            {say(DOCS.previous, { title: say(previous.title) })}
          </a>
        )}
        {next === undefined ? null : (
          <a href={next.path} rel="next">
            {say(DOCS.next, { title: say(next.title) })}
          </a>
        )}
      </nav>
      <p class="muted">
        {say(DOCS.changed, { date: format.day(Date.parse(page.changed)) })} ·{" "}
        <a href={twinOf(page.path)}>{say(DOCS.asMarkdown)}</a>
      </p>
    </>
  );
}

function missing(visit: Visit): Content {
  const { say } = visit;
  return {
    title: DOCS.notFound,
    status: 404,
    above: [{ path: ROOT, title: DOCS.docs }],
    body: (
      <>
        <p>{say(DOCS.notFoundList)}</p>
        <Blocks
          visit={visit}
          blocks={[
            { kind: "links", links: LISTED_PAGES.map(({ path, title, summary }) => ({ path, title, note: summary })) },
          ]}
        />
      </>
    ),
  };
}

function missingText({ say, origin }: Visit): string {
  const pages = LISTED_PAGES.map(({ path, title }) => `- [${say(title)}](${origin}${twinOf(path)})`);
  return `# ${say(DOCS.notFound)}\n\n${say(DOCS.notFoundList)}\n\n${pages.join("\n")}\n`;
}

export const DOC_PAGE_ROWS: readonly Page[] = [
  ROOT,
  twinOf(ROOT),
  `${ROOT}/:page`,
  `${ROOT}/api/:page`,
  `${ROOT}/clients/:page`,
].map((path) => ({ path, access: "everyone", get: show }));
