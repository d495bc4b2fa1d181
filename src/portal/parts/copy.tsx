/** Text to copy. The button needs a script and appears with it; the text can be selected without. */
import type { FC } from "hono/jsx";
import { COPY } from "../text/copy-text.ts";
import type { Visit } from "../visit.ts";

/**
 * @param what names the text for those who hear the page: "API key"
 * @param isHidden the text is too long to be shown
 */
export const Copyable: FC<{ visit: Visit; text: string; what: string; isHidden?: boolean }> = ({
  visit,
  text,
  what,
  isHidden,
}) => (
  <span class="copyable">
    {isHidden === true ? null : <code>{text}</code>}
    <CopyButton visit={visit} text={text} what={what} />
  </span>
);

export const CodeBlock: FC<{ visit: Visit; text: string; what: string; title?: string }> = ({
  visit,
  text,
  what,
  title,
}) => (
  <figure class="code">
    {title === undefined ? null : <figcaption>{title}</figcaption>}
    <pre tabindex={0} aria-label={what}>
      <code>{text}</code>
    </pre>
    <CopyButton visit={visit} what={what} />
  </figure>
);

/** @param text without it, the code in the same figure is copied */
const CopyButton: FC<{ visit: Visit; text?: string; what: string }> = ({ visit: { say }, text = "", what }) => (
  <button
    type="button"
    class="copy quiet"
    data-copy={text}
    data-done={say(COPY.done)}
    aria-label={say(COPY.copyWhat, { what })}
    hidden
  >
    {say(COPY.copy)}
  </button>
);
