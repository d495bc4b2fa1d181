/** `/admin/upstreams`: who serves models. A new one is guided: vendor, key, models with prices. */
import { objectsOf, type JsonObject } from "../../../core/json.ts";
import { KINDS } from "../../../upstream/index.ts";
import { EMPTY, readForm, textOf, type FormState } from "../../form.ts";
import { allRows, callApi, flagIn, readApi, text, timeIn, type Refusal } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { ActionButton, Form } from "../../parts/fields.tsx";
import { Table } from "../../parts/table.tsx";
import { PRESETS } from "../../presets.ts";
import { redirectTo } from "../../respond.tsx";
import { ADMIN } from "../../text/admin-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { choice, flag, listed, secret, word, wordOrNone } from "./admin-fields.ts";
import { groupNames, OnOff, RouteTable } from "./catalogue-pages.tsx";
import { Health } from "./upstream-health.tsx";
import {
  ADMIN_CRUMB,
  bodyOf,
  createOnce,
  Once,
  Refused,
  refused,
  resourcePages,
  statusOf,
  type AdminResource,
} from "./resource-pages.tsx";

const PATH = "/admin/upstreams";
const CRUMBS = [ADMIN_CRUMB, { path: PATH, title: ADMIN.upstreams }];

const kinds = Object.keys(KINDS).map((value) => ({ value, label: value }));
const kind = choice({ label: ADMIN.kind, hint: ADMIN.kindHint, choices: kinds });

/** A list, or the word `open`. */
const requestFields = {
  ...listed({ label: ADMIN.requestFields, hint: ADMIN.requestFieldsHint, isExtra: true }),
  rule: (written: string) => {
    if (written === "open") return { value: "open" };
    return listed({ label: ADMIN.requestFields }).rule(written);
  },
};

const settings = {
  groups: listed({ label: ADMIN.groups, hint: ADMIN.groupsHint, isExtra: true }),
  fields: requestFields,
  abandon: {
    ...choice({
      label: ADMIN.abandon,
      choices: [
        { value: "drain", label: ADMIN.drain },
        { value: "cancel", label: ADMIN.cancel },
      ],
    }),
    isExtra: true,
  },
  label: wordOrNone({ label: ADMIN.label, hint: ADMIN.labelHint, isExtra: true }),
};

const NEW_FIELDS = {
  name: word({ label: ADMIN.name, isRequired: true }),
  base_url: word({ label: ADMIN.baseUrl, hint: ADMIN.baseUrlHint, isRequired: true }),
  kind,
  secret: secret({ label: ADMIN.secretKey, hint: ADMIN.secretHint }),
  id: word({ label: ADMIN.id, hint: ADMIN.idHint, isExtra: true }),
};

const UPSTREAMS: AdminResource = {
  path: PATH,
  api: "upstreams",
  title: ADMIN.upstreams,
  newTitle: ADMIN.newUpstream,
  intro: ADMIN.upstreamsIntro,
  columns: (visit) => [
    { title: ADMIN.name, isHead: true, cell: (row) => <a href={`${PATH}/${text(row, "id")}`}>{text(row, "name")}</a> },
    { title: ADMIN.kind, cell: (row) => text(row, "kind") },
    { title: ADMIN.baseUrl, cell: (row) => <code>{text(row, "base_url")}</code> },
    { title: ADMIN.groups, cell: groupNames },
    { title: ADMIN.state, cell: (row) => <OnOff visit={visit} row={row} /> },
  ],
  createFields: async () => NEW_FIELDS,
  changeFields: async () => ({
    name: word({ label: ADMIN.name, isRequired: true }),
    base_url: word({ label: ADMIN.baseUrl, hint: ADMIN.baseUrlHint, isRequired: true }),
    credentials: {
      ...secret({ label: ADMIN.secretKey, hint: ADMIN.newSecretHint }),
      required: false,
      rule: (written: string) => ({ value: written === "" ? undefined : [{ secret: written }] }),
    },
    ...settings,
    disabled: flag({ label: ADMIN.disabled }),
  }),
  more,
};

async function more(visit: OwnVisit, row: JsonObject) {
  const { say, format } = visit;
  const id = text(row, "id");
  const [credentials, health, routes] = await Promise.all([
    readApi(visit, `upstreams/${encodeURIComponent(id)}/credentials`),
    callApi(visit, "GET", `upstreams/${encodeURIComponent(id)}/health`),
    allRows(visit, "routes"),
  ]);
  return (
    <>
      <section>
        <h2>{say(ADMIN.credentials)}</h2>
        <Table
          visit={visit}
          caption={ADMIN.credentials}
          rows={objectsOf(credentials["data"])}
          empty={ADMIN.none}
          columns={[
            {
              title: ADMIN.credential,
              isHead: true,
              cell: (one) => say(ADMIN.credentialSet, { day: format.day(timeIn(one, "created_at") ?? 0) }),
            },
            { title: ADMIN.state, cell: (one) => <OnOff visit={visit} row={one} /> },
            {
              title: ADMIN.disable,
              cell: (one) => (
                <ActionButton
                  action={`${PATH}/${id}/credential-state`}
                  values={{ credential: text(one, "id"), disabled: String(!flagIn(one, "disabled")) }}
                  text={say(flagIn(one, "disabled") ? ADMIN.enable : ADMIN.disable)}
                  quiet
                />
              ),
            },
          ]}
        />
        <div class="narrow">
          <Form
            visit={visit}
            fields={{ secret: NEW_FIELDS.secret }}
            state={EMPTY}
            submit={say(ADMIN.addCredential)}
            action={`${PATH}/${id}/credentials`}
          />
        </div>
      </section>
      <section>
        <h2>{say(ADMIN.routesOf)}</h2>
        <p>
          <a href={`${PATH}/${id}/models`}>{say(ADMIN.fetchModels)}</a>
        </p>
        <RouteTable visit={visit} rows={routes.filter((route) => text(route, "upstream_id") === id)} />
      </section>
      <section>
        <h2>{say(ADMIN.health)}</h2>
        {health.ok ? (
          <Health visit={visit} action={`${PATH}/${id}/clear`} health={health.value} />
        ) : (
          <Refused refusal={health} />
        )}
      </section>
    </>
  );
}

/** A vendor that is chosen by a link fills the form in. */
function vendorState({ context }: OwnVisit): FormState {
  const vendor = context.req.query("vendor") ?? "";
  if (!Object.hasOwn(PRESETS, vendor)) return EMPTY;
  const preset = PRESETS[vendor as keyof typeof PRESETS];
  return { ...EMPTY, sent: { name: preset.name, kind: preset.kind, base_url: preset.baseUrl, id: vendor } };
}

interface Shown {
  readonly state?: FormState;
  readonly refusal?: Refusal | undefined;
}

function newForm(visit: OwnVisit, shown: Shown): Content {
  const { say } = visit;
  return {
    title: ADMIN.newUpstream,
    above: CRUMBS,
    status: statusOf(shown),
    body: (
      <>
        <h2>{say(ADMIN.vendor)}</h2>
        <p>{say(ADMIN.vendorHint)}</p>
        <ul class="choices">
          {Object.entries(PRESETS).map(([id, { name }]) => (
            <li>
              <a href={`${PATH}/new?vendor=${id}`}>{name}</a>
            </li>
          ))}
          <li>
            <a href={`${PATH}/new`}>{say(ADMIN.otherVendor)}</a>
          </li>
        </ul>
        <div class="narrow">
          <Refused refusal={shown.refusal} />
          <Form
            visit={visit}
            fields={NEW_FIELDS}
            state={shown.state ?? vendorState(visit)}
            submit={say(ADMIN.create)}
            action={`${PATH}/new`}
          >
            <Once />
          </Form>
        </div>
      </>
    ),
  };
}

async function create(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const read = readForm(NEW_FIELDS, data);
  if (!read.ok) return newForm(visit, { state: read });
  const { secret: key, ...row } = read.values;
  const made = await createOnce(visit, "upstreams", { body: bodyOf(row, { hasNulls: false }), data });
  if (!made.ok) return newForm(visit, refused(NEW_FIELDS, read.sent, made));
  const id = text(made.value, "id");
  const credentials = `upstreams/${encodeURIComponent(id)}/credentials`;
  // A form that is sent twice brings one key.
  const isThere = objectsOf((await readApi(visit, credentials))["data"]).length > 0;
  const hasKey = isThere || (await callApi(visit, "POST", credentials, { secret: key })).ok;
  return redirectTo(visit, hasKey ? `${PATH}/${id}/models` : `${PATH}/${id}`, "saved");
}

function idOf({ context }: OwnVisit): string {
  return context.req.param("id") ?? "";
}

async function addCredential(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const id = idOf(visit);
  const key = textOf(data, "secret");
  const answer = await callApi(visit, "POST", `upstreams/${encodeURIComponent(id)}/credentials`, { secret: key });
  return after(visit, answer);
}

async function switchCredential(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const path = `upstreams/${encodeURIComponent(idOf(visit))}/credentials/${encodeURIComponent(textOf(data, "credential"))}`;
  return after(visit, await callApi(visit, "PATCH", path, { disabled: textOf(data, "disabled") === "true" }));
}

async function clearHealth(visit: OwnVisit): Promise<Content | Response> {
  return after(visit, await callApi(visit, "POST", `upstreams/${encodeURIComponent(idOf(visit))}/health/clear`, {}));
}

function after(visit: OwnVisit, answer: Awaited<ReturnType<typeof callApi>>): Content | Response {
  if (answer.ok) return redirectTo(visit, `${PATH}/${idOf(visit)}`, "saved");
  return { title: ADMIN.upstreams, above: CRUMBS, status: 422, body: <Refused refusal={answer} /> };
}

const [listPage, , onePage] = resourcePages(UPSTREAMS);

export const UPSTREAM_PAGES: readonly Page[] = [
  ...(listPage === undefined ? [] : [listPage]),
  { path: `${PATH}/new`, access: "operators", get: (visit) => newForm(visit, {}), post: create },
  ...(onePage === undefined ? [] : [onePage]),
  { path: `${PATH}/:id/credentials`, access: "operators", post: addCredential },
  { path: `${PATH}/:id/credential-state`, access: "operators", post: switchCredential },
  { path: `${PATH}/:id/clear`, access: "operators", post: clearHealth },
];
