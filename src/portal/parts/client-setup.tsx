/** How one client is told of the gateway. */
import type { FC } from "hono/jsx";
import type { Client, Values } from "../clients/types.ts";
import { CLIENTS } from "../text/clients-text.ts";
import type { Visit } from "../visit.ts";
import { CodeBlock, Copyable } from "./copy.tsx";
import { Facts } from "./table.tsx";

/** A link into the app, and the same to copy for another device. */
export const ImportLink: FC<{ visit: Visit; client: Client; values: Values }> = ({ visit, client, values }) => {
  const { say } = visit;
  const { name } = client;
  const link = client.link?.(values);
  return link === undefined ? null : (
    <span class="import">
      <a class="button quiet" href={link}>
        {say(CLIENTS.import, { client: name })}
      </a>
      <Copyable visit={visit} text={link} what={say(CLIENTS.link, { client: name })} isHidden />
    </span>
  );
};

/** Files to write, and fields to fill in. */
export const ClientTexts: FC<{ visit: Visit; client: Client; values: Values }> = ({ visit, client, values }) => {
  const { say } = visit;
  const { name, texts = [], fields, note } = client;
  return (
    <>
      {note === undefined ? null : <p>{say(note)}</p>}
      {fields === undefined ? null : (
        <Facts
          visit={visit}
          facts={fields(values).map(
            ([label, value]) =>
              [label, <Copyable visit={visit} text={value} what={`${name}: ${say(label)}`} />] as const,
          )}
        />
      )}
      {texts.map(({ place, text }) => (
        <CodeBlock
          visit={visit}
          text={text(values)}
          what={`${say(CLIENTS.configuration, { client: name })}: ${place}`}
          title={place}
        />
      ))}
    </>
  );
};
