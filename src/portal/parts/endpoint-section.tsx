/** One endpoint of the documentation: its tables, and beside them its requests in the language that the reader chose. */
import type { FC } from "hono/jsx";
import type { EndpointBlocks } from "../docs/endpoint-blocks.ts";
import { SNIPPET_LANGUAGES, type SnippetLanguage } from "../docs/snippets/snippet.ts";
import { DOCS } from "../text/docs-text.ts";
import type { Visit } from "../visit.ts";
import { Blocks } from "./doc-blocks.tsx";

interface Shown {
  readonly visit: Visit;
  readonly endpoint: EndpointBlocks;
  readonly snippets: SnippetLanguage;
}

export const EndpointSection: FC<Shown> = ({ visit, endpoint, snippets }) => {
  const { id, intro, samples, rest, errors } = endpoint;
  return (
    <div class="endpoint">
      <div>
        <Blocks
          visit={visit}
          blocks={[...intro, ...samples.flatMap((sample) => [...sample.intro, sample.answer]), ...rest, ...errors]}
        />
      </div>
      <div class="requests">
        <LanguageChooser visit={visit} id={id} snippets={snippets} />
        <div id={`${id}-requests`}>
          <Blocks visit={visit} blocks={samples.map(({ request }) => request)} />
        </div>
      </div>
    </div>
  );
};

/** A form without a script; the script makes a list of tabs of it. */
const LanguageChooser: FC<{ visit: Visit; id: string; snippets: SnippetLanguage }> = ({ visit, id, snippets }) => {
  const { context, say } = visit;
  return (
    <form method="get" action={`${context.req.path}#${id}`} class="filters" data-languages={`${id}-requests`}>
      <div class="field">
        <label for={`${id}-language`}>{say(DOCS.languageOfCode)}</label>
        <select id={`${id}-language`} name="lang">
          {SNIPPET_LANGUAGES.map(([language, name]) => (
            <option value={language} selected={language === snippets}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <button type="submit">{say(DOCS.show)}</button>
    </form>
  );
};
