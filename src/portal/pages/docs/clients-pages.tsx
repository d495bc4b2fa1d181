/** `/docs/clients`: how each client is connected. */
import { Fault } from "../../../core/fault.ts";
import { clientsFor, valuesFor } from "../../clients/index.ts";
import type { Client } from "../../clients/types.ts";
import type { Content, Page } from "../../page.ts";
import { ClientTexts, ImportLink } from "../../parts/client-setup.tsx";
import { SAMPLE_KEY } from "../../samples.ts";
import { CLIENTS } from "../../text/clients-text.ts";
import type { Visit } from "../../visit.ts";

const PATH = "/docs/clients";

const GROUPS = [
  { title: CLIENTS.byLink, has: (client: Client) => client.link !== undefined },
  { title: CLIENTS.byText, has: (client: Client) => client.link === undefined && client.texts !== undefined },
  { title: CLIENTS.byFields, has: (client: Client) => client.link === undefined && client.texts === undefined },
] as const;

function list({ say }: Visit): Content {
  const clients = clientsFor();
  return {
    title: CLIENTS.title,
    body: (
      <>
        <p class="lead">{say(CLIENTS.intro)}</p>
        {GROUPS.map(({ title, has }) => (
          <section>
            <h2>{say(title)}</h2>
            <ul class="choices">
              {clients.filter(has).map(({ id, name }) => (
                <li>
                  <a href={`${PATH}/${id}`}>{name}</a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </>
    ),
  };
}

/** @throws Fault `route_not_found` */
function show(visit: Visit): Content {
  const { context, origin, site, say } = visit;
  const client = clientsFor().find(({ id }) => id === context.req.param("id"));
  if (client === undefined) throw new Fault("route_not_found", { values: { method: "GET", path: context.req.path } });
  const { name } = client;
  const values = valuesFor(origin, site.name, SAMPLE_KEY);
  const hasTexts = client.texts !== undefined || client.fields !== undefined;
  return {
    title: name,
    above: [{ path: PATH, title: CLIENTS.title }],
    body: (
      <>
        <p>
          <a class="button" href={`/app/keys/new?name=${encodeURIComponent(name)}`}>
            {say(CLIENTS.makeKey, { client: name })}
          </a>
        </p>
        {hasTexts ? <p>{say(CLIENTS.needsKey)}</p> : null}
        {hasTexts ? (
          <ClientTexts visit={visit} client={client} values={values} />
        ) : (
          <>
            <p>{say(CLIENTS.nothingHappens)}</p>
            <ImportLink visit={visit} client={client} values={values} />
          </>
        )}
      </>
    ),
  };
}

export const CLIENT_PAGES: readonly Page[] = [
  { path: PATH, access: "everyone", get: list },
  { path: `${PATH}/:id`, access: "everyone", get: show },
];
