/** `/docs`: the documentation, as HTML and as Markdown. */
import type { Content, Page } from "../../page.ts";
import { contentOf } from "../../docs/doc-content.ts";
import { readFacts } from "../../docs/facts.ts";
import { DOC_PAGES, docPageAt } from "../../docs/index.ts";
import { markdownOf, twinOf } from "../../docs/markdown.ts";
import type { DocPage } from "../../docs/types.ts";
import { Blocks } from "../../parts/doc-blocks.tsx";
import { EndpointSection } from "../../parts/endpoint-section.tsx";
import { textAnswer } from "../../respond.tsx";
import { snippetChoice } from "../../snippet-choice.ts";
import { DOCS } from "../../text/docs-text.ts";
import type { Visit } from "../../visit.ts";

const ROOT = "/docs";

async function show(visit: Visit): Promise<Content | Response> {
  const { context, services, site, origin, language } = visit;
  const { path } = context.req;
  const asked = path.replace(/\.md$/, "");
  const wantsMarkdown = asked !== path || (context.req.header("accept") ?? "").includes("text/markdown");
  const page = docPageAt(asked);
  if (page === undefined)
    return wantsMarkdown ? textAnswer(visit, missingText(visit), "markdown", 404) : missing(visit);
  const facts = await readFacts(services, site, origin, context.env);
  const snippets = snippetChoice(context);
  const content = contentOf(page, facts, snippets);
  if (wantsMarkdown) return textAnswer(visit, markdownOf(content, { origin, language }), "markdown");
  return {
    title: page.title,
    twin: twinOf(page.path),
    ...(page.path === ROOT ? {} : { above: [{ path: ROOT, title: DOCS.docs }] }),
    body: (
      <div class="doc">
        <Blocks visit={visit} blocks={[{ kind: "text", text: page.summary }, ...content.before]} />
        {content.endpoints.map((endpoint) => (
          <EndpointSection visit={visit} endpoint={endpoint} snippets={snippets} />
        ))}
        <Blocks visit={visit} blocks={content.after} />
        <Foot visit={visit} page={page} />
      </div>
    ),
  };
}

function Foot({ visit, page }: { visit: Visit; page: DocPage }) {
  const { say, format } = visit;
  const at = DOC_PAGES.indexOf(page);
  const [previous, next] = [DOC_PAGES[at - 1], DOC_PAGES[at + 1]];
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
            { kind: "links", links: DOC_PAGES.map(({ path, title, summary }) => ({ path, title, note: summary })) },
          ]}
        />
      </>
    ),
  };
}

function missingText({ say, origin }: Visit): string {
  const pages = DOC_PAGES.map(({ path, title }) => `- [${say(title)}](${origin}${twinOf(path)})`);
  return `# ${say(DOCS.notFound)}\n\n${say(DOCS.notFoundList)}\n\n${pages.join("\n")}\n`;
}

export const DOC_PAGE_ROWS: readonly Page[] = [ROOT, twinOf(ROOT), `${ROOT}/:page`, `${ROOT}/api/:page`].map(
  (path) => ({ path, access: "everyone", get: show }),
);
