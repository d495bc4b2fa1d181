/** `/app/keys/new`, and the page that shows a new key once. */
import { clientsFor, valuesFor } from "../../clients/index.ts";
import { nextChatAddress, nextChatLink } from "../../clients/nextchat.ts";
import { createKey, readKey } from "../../../accounts/keys.ts";
import { filled, readForm, type FormState } from "../../form.ts";
import type { Content, Page } from "../../page.ts";
import { CodeBlock } from "../../parts/copy.tsx";
import { ClientTexts, ImportLink } from "../../parts/client-setup.tsx";
import { Form } from "../../parts/fields.tsx";
import { NewSecret } from "../../parts/new-secret.tsx";
import { redirectTo } from "../../respond.tsx";
import { hideSecret, takeSecret } from "../../shown-once.ts";
import { curl, FIRST_CALL } from "../../samples.ts";
import { CLIENTS } from "../../text/clients-text.ts";
import { KEYS } from "../../text/keys-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { explainKeyFault, keyFields, keySettings } from "./key-form.tsx";
import { KEYS_CRUMBS } from "./keys.tsx";

const MOST_NAME = 60;
const NEXTCHAT = "nextchat";

async function fieldsFor(visit: OwnVisit) {
  return {
    ...(await keyFields(visit, null)),
    [NEXTCHAT]: {
      label: KEYS.nextChat,
      hint: KEYS.nextChatHint,
      input: "text",
      isExtra: true,
      maxLength: 200,
      rule: nextChatAddress,
    },
  } as const;
}

async function form(visit: OwnVisit, state: FormState): Promise<Content> {
  return {
    title: KEYS.newKey,
    above: KEYS_CRUMBS,
    status: Object.keys(state.problems).length === 0 ? 200 : 422,
    body: (
      <div class="narrow">
        <Form visit={visit} fields={await fieldsFor(visit)} state={state} submit={visit.say(KEYS.make)} />
      </div>
    ),
  };
}

/** A link may name the client that the key is for. */
async function begin(visit: OwnVisit): Promise<Content> {
  return form(visit, filled({ name: visit.context.req.query("name")?.slice(0, MOST_NAME) }));
}

async function make(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const { services, person } = visit;
  const read = readForm(await fieldsFor(visit), data);
  if (!read.ok) return form(visit, read);
  try {
    const made = await createKey(services, person.accountId, { name: read.values.name, ...keySettings(read.values) });
    const path = createdPath(made.key.id);
    await hideSecret(visit, path, made.secret);
    const { nextchat } = read.values;
    return redirectTo(visit, nextchat === null ? path : `${path}?${NEXTCHAT}=${encodeURIComponent(nextchat)}`);
  } catch (error) {
    return form(visit, explainKeyFault(error, read.sent));
  }
}

async function showOnce(visit: OwnVisit): Promise<Content | Response> {
  const { services, person, context, say, origin } = visit;
  const keyId = context.req.param("id") ?? "";
  const key = await readKey(services, { accountId: person.accountId, keyId });
  const secret = await takeSecret(visit);
  if (secret === undefined) return redirectTo(visit, `/app/keys/${keyId}`, "keyGone");
  return {
    title: KEYS.createdTitle,
    above: KEYS_CRUMBS,
    secret: true,
    body: (
      <>
        <NewSecret visit={visit} secret={secret} />
        <h2>{say(KEYS.tryIt)}</h2>
        <CodeBlock
          visit={visit}
          text={curl(origin, FIRST_CALL, secret)}
          what={say(KEYS.tryIt)}
          title={say(KEYS.tryItHow)}
        />
        <Clients visit={visit} secret={secret} />
        <p>
          <a class="button" href={`/app/keys/${key.id}`}>
            {say(KEYS.savedIt)}
          </a>
        </p>
      </>
    ),
  };
}

/** Everything is filled in here, because this page alone knows the key. */
function Clients({ visit, secret }: { visit: OwnVisit; secret: string }) {
  const { say, origin, site, services, context } = visit;
  const values = valuesFor(origin, site.name, secret);
  const clients = clientsFor(services.settings.IMPORT_TEMPLATES);
  const nextChat = nextChatAddress(context.req.query(NEXTCHAT) ?? "");
  return (
    <section>
      <h2>{say(CLIENTS.here)}</h2>
      <div class="actions">
        {clients.map((client) => (
          <ImportLink visit={visit} client={client} values={values} />
        ))}
        {"problem" in nextChat || nextChat.value === null ? null : (
          <a class="button quiet" href={nextChatLink(nextChat.value, values)}>
            {say(CLIENTS.import, { client: `NextChat (${new URL(nextChat.value).host})` })}
          </a>
        )}
      </div>
      <p class="muted">{say(CLIENTS.nothingHappens)}</p>
      <h3>{say(CLIENTS.others)}</h3>
      {clients
        .filter(({ texts, fields }) => texts !== undefined || fields !== undefined)
        .map((client) => (
          <details class="client">
            <summary>{client.name}</summary>
            <ClientTexts visit={visit} client={client} values={values} />
          </details>
        ))}
    </section>
  );
}

function createdPath(keyId: string): string {
  return `/app/keys/${keyId}/created`;
}

export const NEW_KEY_PAGES: readonly Page[] = [
  { path: "/app/keys/new", access: "proven", get: begin, post: make },
  { path: "/app/keys/:id/created", access: "people", get: showOnce },
];
