/** `/app/keys`: the keys of an account, and what can be done with each. */
import { keyActivity } from "../../../accounts/key-activity.ts";
import { changeKey, deleteKey, listKeys, readKey, type ApiKey } from "../../../accounts/keys.ts";
import { EMPTY, readForm, type FormState } from "../../form.ts";
import type { Content, Crumb, Page } from "../../page.ts";
import { ActionButton, Form } from "../../parts/fields.tsx";
import { Table } from "../../parts/table.tsx";
import { pageRequest } from "../../page-request.ts";
import { redirectTo } from "../../respond.tsx";
import { KEYS } from "../../text/keys-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { keyFields, keySettings, offeredGroups, sentOf, explainKeyFault } from "./key-form.tsx";

export const KEYS_CRUMBS: readonly Crumb[] = [
  { path: "/app", title: { en: "Overview", zh: "概览" } },
  { path: "/app/keys", title: KEYS.title },
];

async function list(visit: OwnVisit): Promise<Content> {
  const { services, person, say, format } = visit;
  const [{ rows, next }, activity, groups] = await Promise.all([
    listKeys(services, person.accountId, pageRequest(visit)),
    keyActivity(services, person.accountId),
    offeredGroups(services),
  ]);
  const groupName = (id: string) => groups.find((group) => group.id === id)?.name ?? id;
  return {
    title: KEYS.title,
    body: (
      <>
        {rows.length === 0 ? null : (
          <p>
            <a class="button" href="/app/keys/new">
              {say(KEYS.newKey)}
            </a>
          </p>
        )}
        <Table
          visit={visit}
          caption={KEYS.title}
          rows={rows}
          next={next}
          empty={KEYS.none}
          columns={[
            { title: KEYS.name, isHead: true, cell: (key) => <a href={`/app/keys/${key.id}`}>{key.name}</a> },
            { title: KEYS.key, cell: (key) => <code>{key.prefix}…</code> },
            { title: KEYS.created, cell: (key) => format.day(key.createdAt) },
            {
              title: KEYS.lastUsed,
              cell: (key) => {
                const at = activity.get(key.id)?.lastUsedAt;
                return at === undefined ? <span class="muted">{say(KEYS.notThisMonth)}</span> : format.time(at);
              },
            },
            {
              title: KEYS.spent,
              isNumber: true,
              cell: (key) => (
                <>
                  {format.amount(activity.get(key.id)?.monthNanos ?? 0)}
                  {key.quotaMonthNanos === null ? null : (
                    <span class="muted"> {say(KEYS.limit, { limit: format.amount(key.quotaMonthNanos) })}</span>
                  )}
                </>
              ),
            },
            { title: KEYS.group, cell: (key) => (key.groupId === null ? say(KEYS.noGroup) : groupName(key.groupId)) },
            { title: KEYS.state, cell: (key) => <KeyState visit={visit} apiKey={key} /> },
          ]}
        />
        {rows.length > 0 ? null : (
          <div class="narrow">
            <Form
              visit={visit}
              fields={await keyFields(visit, null)}
              state={EMPTY}
              submit={say(KEYS.make)}
              action="/app/keys/new"
            />
          </div>
        )}
      </>
    ),
  };
}

function KeyState({ visit, apiKey }: { visit: OwnVisit; apiKey: ApiKey }) {
  const { say, services } = visit;
  if (apiKey.disabled) return <span class="state off">{say(KEYS.disabled)}</span>;
  const isOver = apiKey.expiresAt !== null && apiKey.expiresAt <= services.now();
  return isOver ? <span class="state bad">{say(KEYS.expired)}</span> : <span class="state ok">{say(KEYS.active)}</span>;
}

function refOf({ context, person }: OwnVisit) {
  return { accountId: person.accountId, keyId: context.req.param("id") ?? "" };
}

async function show(visit: OwnVisit, state?: FormState): Promise<Content> {
  const key = await readKey(visit.services, refOf(visit));
  const { say } = visit;
  const fields = await keyFields(visit, key.groupId);
  return {
    title: key.name,
    above: KEYS_CRUMBS,
    status: state === undefined ? 200 : 422,
    body: (
      <>
        <p>
          <code>{key.prefix}…</code> <KeyState visit={visit} apiKey={key} />
        </p>
        <div class="actions">
          <ActionButton
            action={`/app/keys/${key.id}/${key.disabled ? "enable" : "disable"}`}
            text={say(key.disabled ? KEYS.enable : KEYS.disable)}
            quiet
          />
          <a href={`/app/keys/${key.id}/delete`}>{say(KEYS.delete)}</a>
        </div>
        <div class="narrow">
          <Form visit={visit} fields={fields} state={state ?? sentOf(key)} submit={say(KEYS.save)} />
        </div>
      </>
    ),
  };
}

async function save(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const current = await readKey(visit.services, refOf(visit));
  const read = readForm(await keyFields(visit, current.groupId), data);
  if (!read.ok) return show(visit, read);
  try {
    await changeKey(visit.services, refOf(visit), { name: read.values.name, ...keySettings(read.values) });
  } catch (error) {
    return show(visit, explainKeyFault(error, read.sent));
  }
  return redirectTo(visit, "/app/keys", "keyChanged");
}

function deleteFields(name: string) {
  return {
    name: {
      label: KEYS.name,
      input: "text",
      required: true,
      rule: (text: string) => (text === name ? { value: text } : { problem: KEYS.deleteProblem }),
    },
  } as const;
}

async function askToDelete(visit: OwnVisit, state: FormState = EMPTY): Promise<Content> {
  const { name, id } = await readKey(visit.services, refOf(visit));
  const { say } = visit;
  return {
    title: say(KEYS.deleteTitle, { name }),
    above: [...KEYS_CRUMBS, { path: `/app/keys/${id}`, title: name }],
    status: Object.keys(state.problems).length === 0 ? 200 : 422,
    body: (
      <div class="narrow">
        <p>{say(KEYS.deleteWarning)}</p>
        <Form visit={visit} fields={deleteFields(name)} state={state} submit={say(KEYS.delete)} />
      </div>
    ),
  };
}

async function remove(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const { name } = await readKey(visit.services, refOf(visit));
  const read = readForm(deleteFields(name), data);
  if (!read.ok) return askToDelete(visit, read);
  await deleteKey(visit.services, refOf(visit));
  return redirectTo(visit, "/app/keys", "keyDeleted", { name });
}

function switchTo(disabled: boolean) {
  return async (visit: OwnVisit): Promise<Response> => {
    await changeKey(visit.services, refOf(visit), { disabled });
    return redirectTo(visit, `/app/keys/${refOf(visit).keyId}`, "keyChanged");
  };
}

export const KEY_PAGES: readonly Page[] = [
  { path: "/app/keys", access: "people", get: list },
  { path: "/app/keys/:id", access: "people", get: (visit) => show(visit), post: save },
  { path: "/app/keys/:id/enable", access: "people", post: switchTo(false) },
  { path: "/app/keys/:id/disable", access: "people", post: switchTo(true) },
  { path: "/app/keys/:id/delete", access: "people", get: (visit) => askToDelete(visit), post: remove },
];
