/** Blocks of the documentation as HTML. */
import type { Child, FC } from "hono/jsx";
import { readMarks, withoutMarks, wordsIn } from "../docs/marks.ts";
import type { Block, Heading, TableBlock, TableRow, Words } from "../docs/types.ts";
import { DOCS } from "../text/docs-text.ts";
import type { Visit } from "../visit.ts";
import { CodeBlock, Copyable } from "./copy.tsx";
import { Notice } from "./frame.tsx";
import { Table } from "./table.tsx";

export const Blocks: FC<{ visit: Visit; blocks: readonly Block[] }> = ({ visit, blocks }) => (
  <>
    {blocks.map((block) => (
      <OneBlock visit={visit} block={block} />
    ))}
  </>
);

const OneBlock: FC<{ visit: Visit; block: Block }> = ({ visit, block }) => {
  const { language } = visit;
  switch (block.kind) {
    case "heading":
      return <AnchoredHeading visit={visit} heading={block} />;
    case "text":
      return (
        <p>
          <MarkedText visit={visit} words={block.text} />
        </p>
      );
    case "note":
      return (
        <Notice kind="info">
          <MarkedText visit={visit} words={block.text} />
        </Notice>
      );
    case "list": {
      const items = block.items.map((item) => (
        <li>
          <MarkedText visit={visit} words={item} />
        </li>
      ));
      return block.isOrdered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case "table":
      return <DocTable visit={visit} block={block} />;
    case "code": {
      const title = withoutMarks(wordsIn(block.title, language));
      return <CodeBlock visit={visit} text={block.text} what={title} title={title} />;
    }
    case "addresses":
      return (
        <dl class="facts">
          {block.addresses.map(({ label, url }) => (
            <div>
              <dt>{wordsIn(label, language)}</dt>
              <dd>
                <Copyable visit={visit} text={url} what={wordsIn(label, language)} />
              </dd>
            </div>
          ))}
        </dl>
      );
    case "links":
      return (
        <ul>
          {block.links.map(({ path, title, note }) => (
            <li>
              <a href={path}>{wordsIn(title, language)}</a>
              {note === undefined ? null : (
                <>
                  {wordsIn(DOCS.colon, language)}
                  <MarkedText visit={visit} words={note} />
                </>
              )}
            </li>
          ))}
        </ul>
      );
  }
};

/** A heading is a link to itself, so that its address can be copied. */
const AnchoredHeading: FC<{ visit: Visit; heading: Heading }> = ({ visit, heading: { level, id, text } }) => {
  const link = (
    <a class="anchor" href={`#${id}`}>
      <MarkedText visit={visit} words={text} />
    </a>
  );
  return level === 2 ? <h2 id={id}>{link}</h2> : <h3 id={id}>{link}</h3>;
};

function DocTable({ visit, block }: { visit: Visit; block: TableBlock }) {
  const { caption, columns, rows } = block;
  return (
    <Table<TableRow>
      visit={visit}
      caption={caption}
      rows={rows}
      columns={columns.map((title, index) => ({
        title,
        isHead: index === 0,
        cell: ({ id, cells }) => {
          // One child: on narrow screens a cell lays out its children apart.
          const shown = (
            <span>
              <MarkedText visit={visit} words={cells[index] ?? ""} />
            </span>
          );
          return index > 0 || id === undefined ? (
            shown
          ) : (
            <a class="anchor" id={id} href={`#${id}`}>
              {shown}
            </a>
          );
        },
      }))}
    />
  );
}

const MarkedText: FC<{ visit: Visit; words: Words }> = ({ visit: { language }, words }) => (
  <>
    {readMarks(wordsIn(words, language)).map(({ kind, text, path }) => {
      switch (kind) {
        case "code":
          return <code>{breakable(text)}</code>;
        case "strong":
          return <strong>{text}</strong>;
        case "link":
          return <a href={path}>{text}</a>;
        case "plain":
          return text;
      }
    })}
  </>
);

/** A long name may go on in the next line behind its dots and underscores, and nowhere else. */
function breakable(name: string): Child {
  return name.split(/(?<=[._/])/).map((part, index) =>
    index === 0 ? (
      part
    ) : (
      <>
        <wbr />
        {part}
      </>
    ),
  );
}
