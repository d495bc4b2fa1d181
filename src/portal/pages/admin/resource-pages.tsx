/**
 * The pages of one kind of rows in the operator API: a list, a form for a new row, and a page for each row with its form.
 * A kind is a value of {@link AdminResource}; its fields have the names of the API's fields.
 */
import type { Child } from "hono/jsx";
import type { Text } from "../../../core/language.ts";
import type { JsonObject } from "../../../core/json.ts";
import { sha256Hex, uuidv7 } from "../../../core/id.ts";
import { formatNanos } from "../../../core/money.ts";
import { EMPTY, readForm, ruledValues, textOf, type Fields, type FormState } from "../../form.ts";
import { callApi, listApi, readApi, text, type Answered, type Refusal } from "../../operator-api.ts";
import type { Content, Crumb, Page } from "../../page.ts";
import { Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Table, type Column } from "../../parts/table.tsx";
import { redirectTo } from "../../respond.tsx";
import { ADMIN } from "../../text/admin-text.ts";
import { TROUBLES } from "../../text/admin-troubles-text.ts";
import type { OwnVisit } from "../../visit.ts";

export interface AdminResource {
  readonly path: `/admin/${string}`;
  /** Below `/admin/api`. */
  readonly api: string;
  readonly title: Text;
  readonly newTitle: Text;
  /** The API takes the id of a new row. */
  readonly takesId?: boolean;
  /** Ids may contain `/`. */
  readonly idHasSlash?: boolean;
  /** Shown above the list. */
  readonly intro?: Text;
  readonly columns: (visit: OwnVisit) => readonly Column<JsonObject>[];
  readonly createFields: (visit: OwnVisit) => Promise<Fields>;
  /** undefined = rows do not change. */
  readonly changeFields?: (visit: OwnVisit, row: JsonObject) => Promise<Fields>;
  /** What else stands on a row's page. */
  readonly more?: (visit: OwnVisit, row: JsonObject) => Promise<Child>;
  /** Where to go after a row was made; its own page by default. */
  readonly afterCreate?: (row: JsonObject) => string;
}

export const ADMIN_CRUMB: Crumb = { path: "/admin", title: ADMIN.dashboard };

export function resourcePages(resource: AdminResource): readonly Page[] {
  const { path, changeFields } = resource;
  const one = `${path}/:id${resource.idHasSlash === true ? "{.+}" : ""}`;
  return [
    { path, access: "operators", get: async (visit) => list(visit, resource) },
    {
      path: `${path}/new`,
      access: "operators",
      get: async (visit) => newForm(visit, resource, { state: queryState(visit) }),
      post: async (visit, data) => create(visit, resource, data),
    },
    ...(changeFields === undefined
      ? []
      : [
          {
            path: one,
            access: "operators",
            get: async (visit: OwnVisit) => show(visit, resource, {}),
            post: async (visit: OwnVisit, data: FormData) => change(visit, resource, data),
          } as const,
        ]),
  ];
}

async function list(visit: OwnVisit, resource: AdminResource): Promise<Content> {
  const { context, say } = visit;
  const { rows, next } = await listApi(visit, resource.api, { cursor: context.req.query("cursor") });
  return {
    title: resource.title,
    body: (
      <>
        {resource.intro === undefined ? null : <p>{say(resource.intro)}</p>}
        <p>
          <a class="button" href={`${resource.path}/new`}>
            {say(resource.newTitle)}
          </a>
        </p>
        <Table
          visit={visit}
          caption={resource.title}
          rows={rows}
          next={next}
          empty={ADMIN.none}
          columns={resource.columns(visit)}
        />
      </>
    ),
  };
}

interface Shown {
  readonly state?: FormState;
  readonly refusal?: Refusal | undefined;
  /** Somebody else was faster. */
  readonly isStale?: boolean;
  /** What a form with a mistake had seen. */
  readonly seen?: string;
}

/** A link may fill a form in: `/admin/routes/new?model_id=…`. */
function queryState({ context }: OwnVisit): FormState {
  return { ...EMPTY, sent: context.req.query() };
}

async function newForm(visit: OwnVisit, resource: AdminResource, shown: Shown): Promise<Content> {
  const { state = EMPTY } = shown;
  return {
    title: resource.newTitle,
    above: [ADMIN_CRUMB, { path: resource.path, title: resource.title }],
    status: statusOf(shown),
    body: (
      <div class="narrow">
        <Refused refusal={shown.refusal} />
        <Form visit={visit} fields={await resource.createFields(visit)} state={state} submit={visit.say(ADMIN.create)}>
          <Once />
        </Form>
      </div>
    ),
  };
}

const ONCE = "once";

/** In a form for a new row: how its id begins where nobody writes one. A form that is sent twice makes one row. */
export function Once() {
  return <input type="hidden" name={ONCE} value={uuidv7()} />;
}

/** The row of a form that was sent before, and the API's answer else. A form that was changed since makes another row. */
export async function createOnce(
  visit: OwnVisit,
  api: string,
  { body, data }: { readonly body: JsonObject; readonly data: FormData },
): Promise<Answered> {
  const once = textOf(data, ONCE);
  if (!UUID.test(once) || body["id"] !== undefined) return callApi(visit, "POST", api, body);
  // Of the form's whole id, too: it says nothing of a secret in the form.
  const written = await sha256Hex(JSON.stringify([...data]));
  const id = once.slice(0, -NODE) + written.slice(0, NODE);
  const answer = await callApi(visit, "POST", api, { ...body, id });
  return !answer.ok && answer.status === CONFLICT ? { ok: true, value: { ...body, id } } : answer;
}

/** The last part of a UUID, in digits. */
const NODE = 12;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const CONFLICT = 409;

export function statusOf({ state = EMPTY, refusal, isStale = false }: Shown): 200 | 409 | 422 {
  if (isStale) return 409;
  return refusal === undefined && Object.keys(state.problems).length === 0 ? 200 : 422;
}

export function Refused({ refusal }: { refusal: Refusal | undefined }) {
  return refusal === undefined ? null : <Notice kind="bad">{refusal.message}</Notice>;
}

async function create(visit: OwnVisit, resource: AdminResource, data: FormData): Promise<Content | Response> {
  const fields = await resource.createFields(visit);
  const read = readForm(fields, data);
  if (!read.ok) return newForm(visit, resource, { state: read });
  // A new row has nothing that a null could remove.
  const body = bodyOf(read.values, { hasNulls: false });
  const answer = await (resource.takesId === true
    ? createOnce(visit, resource.api, { body, data })
    : callApi(visit, "POST", resource.api, body));
  if (!answer.ok) return newForm(visit, resource, refused(fields, read.sent, answer));
  return redirectTo(
    visit,
    resource.afterCreate?.(answer.value) ?? `${resource.path}/${text(answer.value, "id")}`,
    "saved",
  );
}

function rowPath({ context }: OwnVisit, { api }: AdminResource): string {
  return `${api}/${(context.req.param("id") ?? "").split("/").map(encodeURIComponent).join("/")}`;
}

async function show(visit: OwnVisit, resource: AdminResource, shown: Shown): Promise<Content> {
  const row = await readApi(visit, rowPath(visit, resource));
  const fields = (await resource.changeFields?.(visit, row)) ?? {};
  return {
    title: text(row, "name") || text(row, "id"),
    above: [ADMIN_CRUMB, { path: resource.path, title: resource.title }],
    status: statusOf(shown),
    body: (
      <>
        <Refused refusal={shown.refusal} />
        {shown.isStale === true ? <ChangedMeanwhile visit={visit} /> : null}
        <div class="narrow">
          <Form
            visit={visit}
            fields={fields}
            state={shown.state ?? { ...EMPTY, sent: sentFrom(row, fields) }}
            submit={visit.say(ADMIN.save)}
          >
            <Seen stored={sentFrom(row, fields)} then={shown.seen} />
          </Form>
        </div>
        {await resource.more?.(visit, row)}
      </>
    ),
  };
}

async function change(visit: OwnVisit, resource: AdminResource, data: FormData): Promise<Content | Response> {
  const row = await readApi(visit, rowPath(visit, resource));
  const fields = (await resource.changeFields?.(visit, row)) ?? {};
  const read = readForm(fields, data);
  const seen = seenIn(data);
  if (!read.ok) return show(visit, resource, { state: read, seen });
  if (await isStale(fields, sentFrom(row, fields), { seen, values: read.values })) {
    return show(visit, resource, { state: { sent: read.sent, problems: {} }, isStale: true });
  }
  const answer = await callApi(visit, "PATCH", rowPath(visit, resource), bodyOf(read.values, { hasNulls: true }));
  if (!answer.ok) return show(visit, resource, { ...refused(fields, read.sent, answer), seen });
  return redirectTo(visit, resource.path, "saved");
}

/** The field of a form that says which values its reader saw. */
const SEEN = "seen";

export const seenIn = (data: FormData) => textOf(data, SEEN);

/** In a form that changes what is stored. @param then what it said before, where it comes again because of a mistake */
export async function Seen({ stored, then }: { stored: FormState["sent"]; then?: string | undefined }) {
  return <input type="hidden" name={SEEN} value={then ?? (await hashOf(stored))} />;
}

/** Above a form that was not saved because it {@link isStale}. */
export function ChangedMeanwhile({ visit: { say, context } }: { visit: OwnVisit }) {
  return (
    <Notice kind="bad">
      {say(TROUBLES.changedMeanwhile)} <a href={context.req.path}>{say(TROUBLES.seeStored)}</a>
    </Notice>
  );
}

async function hashOf(stored: FormState["sent"]): Promise<string> {
  return (await sha256Hex(JSON.stringify(stored))).slice(0, 16);
}

/** What is stored is no longer what the form showed, nor what the form makes of it: a form that was sent twice is not stale. */
export async function isStale(
  fields: Fields,
  stored: FormState["sent"],
  { seen, values }: { readonly seen: string; readonly values: object },
): Promise<boolean> {
  if (seen === "" || seen === (await hashOf(stored))) return false;
  return JSON.stringify(ruledValues(fields, stored).values) !== JSON.stringify(values);
}

/** The API's refusal at its field, or above the form. */
export function refused(fields: Fields, sent: FormState["sent"], refusal: Refusal): Shown {
  const { param, message } = refusal;
  const [name = ""] = (param ?? "").split(".");
  if (!(name in fields)) return { state: { sent, problems: {} }, refusal };
  return { state: { sent, problems: { [name]: { problem: { en: message, zh: message } } } } };
}

/** The body of a call: fields that are not set are left out. */
export function bodyOf(values: object, { hasNulls }: { readonly hasNulls: boolean }): JsonObject {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && (hasNulls || value !== null));
  return Object.fromEntries(set);
}

/** The form of a row as it stands. */
function sentFrom(row: JsonObject, fields: Fields): FormState["sent"] {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, written(name, row[name])]));
}

function written(name: string, value: unknown): string {
  if (value === null || value === undefined || value === false) return "";
  if (value === true) return "on";
  if (Array.isArray(value)) return value.join("\n");
  if (typeof value === "number") return name.endsWith("_nanos") ? formatNanos(value) : String(value);
  // A day of a form is the day of the API's moment.
  return typeof value === "string" ? (name.endsWith("_at") ? value.slice(0, 10) : value) : JSON.stringify(value);
}
