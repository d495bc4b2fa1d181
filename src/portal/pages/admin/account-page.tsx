/** `/admin/accounts/{id}`: an account, what moves its balance, its keys, and who signs in to it. */
import { eq } from "drizzle-orm";
import { users } from "../../../../schema/index.ts";
import { ENTRY_KINDS } from "../../../billing/ledger.ts";
import { uuidv7 } from "../../../core/id.ts";
import type { Text } from "../../../core/language.ts";
import { filled, readForm, textOf, type FormState } from "../../form.ts";
import { amountIn, callApi, flagIn, listApi, readApi, text, timeIn, type Refusal } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { ActionButton, Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Copyable } from "../../parts/copy.tsx";
import { Facts, Table } from "../../parts/table.tsx";
import { redirectTo } from "../../respond.tsx";
import { anyText } from "../../rules.ts";
import { ADMIN_ACCOUNTS } from "../../text/admin-accounts-text.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { ENTRY_TEXTS } from "../../text/billing-text.ts";
import { KEYS } from "../../text/keys-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { changeRole, endSessions, makeResetToken } from "../../auth/users.ts";
import { mustProve } from "../../auth/person.ts";
import { askAgain } from "../guest/sign-in.tsx";
import { money, word } from "./admin-fields.ts";
import { settingFields, storedSettings } from "./account-settings.ts";
import { People, type Person } from "./account-people.tsx";
import { OnOff } from "./catalogue-pages.tsx";
import {
  ADMIN_CRUMB,
  bodyOf,
  ChangedMeanwhile,
  isStale,
  Refused,
  refused,
  Seen,
  seenIn,
  statusOf,
} from "./resource-pages.tsx";

const PATH = "/admin/accounts";
const CRUMBS = [ADMIN_CRUMB, { path: PATH, title: ADMIN_ACCOUNTS.accounts }];

const ADJUST_FIELDS = {
  amount_nanos: money({
    label: ADMIN_ACCOUNTS.amount,
    hint: ADMIN_ACCOUNTS.adjustHint,
    isSigned: true,
    isRequired: true,
  }),
  reason: word({ label: ADMIN_ACCOUNTS.reason, isRequired: true }),
  id: { label: ADMIN_ACCOUNTS.formId, input: "hidden", rule: anyText(100) },
} as const;

interface Shown {
  readonly settings?: FormState;
  /** Somebody else was faster: an operator, or who bought a plan. */
  readonly isStale?: boolean;
  /** What a form with a mistake had seen. */
  readonly seen?: string;
  readonly adjustment?: FormState;
  readonly refusal?: Refusal | undefined;
  /** A link that is shown once. */
  readonly resetLink?: { readonly link: string; readonly email: string };
}

function idOf({ context }: OwnVisit): string {
  return context.req.param("id") ?? "";
}

async function show(visit: OwnVisit, shown: Shown = {}): Promise<Content> {
  const { say, format, services } = visit;
  const id = idOf(visit);
  const path = `accounts/${encodeURIComponent(id)}`;
  const [account, fields, keys, entries, people] = await Promise.all([
    readApi(visit, path),
    settingFields(visit),
    listApi(visit, `${path}/keys`),
    listApi(visit, `${path}/entries`, { limit: "20" }),
    services.db.select().from(users).where(eq(users.accountId, id)),
  ]);
  const { resetLink } = shown;
  const problems = [shown.settings, shown.adjustment].flatMap((state) => Object.keys(state?.problems ?? {}));
  const stored = storedSettings(account);
  return {
    title: text(account, "name"),
    above: CRUMBS,
    secret: resetLink !== undefined,
    status: problems.length > 0 ? 422 : statusOf(shown),
    body: (
      <>
        <Refused refusal={shown.refusal} />
        {shown.isStale === true ? <ChangedMeanwhile visit={visit} /> : null}
        {resetLink === undefined ? null : (
          <Notice kind="warn">
            {say(ADMIN_ACCOUNTS.resetLinkIs, { email: resetLink.email })}{" "}
            <Copyable visit={visit} text={resetLink.link} what={say(ADMIN_ACCOUNTS.resetLink)} />
          </Notice>
        )}
        <Facts
          visit={visit}
          facts={[
            [ADMIN.id, <code>{id}</code>],
            [
              ADMIN_ACCOUNTS.balance,
              flagIn(account, "unlimited") ? say(ADMIN.unlimited) : format.amount(amountIn(account, "balance")),
            ],
            [ADMIN_ACCOUNTS.held, format.amount(amountIn(account, "held"))],
            [
              ADMIN.requests,
              <a href={`/admin/requests?account=${encodeURIComponent(id)}&hours=168`}>{say(ADMIN.requests)}</a>,
            ],
          ]}
        />
        <section>
          <h2>{say(ADMIN_ACCOUNTS.adjust)}</h2>
          <div class="narrow">
            <Form
              visit={visit}
              fields={ADJUST_FIELDS}
              // The id makes a form that is sent twice one entry.
              state={shown.adjustment ?? filled({ id: `portal-${uuidv7()}` })}
              submit={say(ADMIN_ACCOUNTS.adjustButton)}
              action={`${PATH}/${id}/adjust`}
            />
          </div>
        </section>
        <section>
          <h2>{say(ADMIN.settings)}</h2>
          <div class="narrow">
            <Form visit={visit} fields={fields} state={shown.settings ?? stored} submit={say(ADMIN.save)}>
              <Seen stored={stored.sent} then={shown.seen} />
            </Form>
          </div>
        </section>
        <section>
          <h2>{say(ADMIN_ACCOUNTS.people)}</h2>
          <People visit={visit} path={`${PATH}/${id}`} people={people} />
        </section>
        <section>
          <h2>{say(ADMIN_ACCOUNTS.keys)}</h2>
          <p>
            <a class="button" href={`${PATH}/${id}/keys/new`}>
              {say(KEYS.newKey)}
            </a>
          </p>
          <Table
            visit={visit}
            caption={ADMIN_ACCOUNTS.keys}
            rows={keys.rows}
            empty={ADMIN.none}
            columns={[
              { title: ADMIN.name, isHead: true, cell: (row) => text(row, "name") },
              { title: ADMIN_ACCOUNTS.key, cell: (row) => <code>{text(row, "prefix")}…</code> },
              { title: ADMIN.groupList, cell: (row) => text(row, "group_id") },
              { title: ADMIN.created, cell: (row) => format.day(timeIn(row, "created_at") ?? 0) },
              { title: ADMIN.state, cell: (row) => <OnOff visit={visit} row={row} /> },
              {
                title: ADMIN.disable,
                cell: (row) => (
                  <ActionButton
                    action={`${PATH}/${id}/key-state`}
                    values={{ key: text(row, "id"), disabled: String(!flagIn(row, "disabled")) }}
                    text={say(flagIn(row, "disabled") ? ADMIN.enable : ADMIN.disable)}
                    quiet
                  />
                ),
              },
            ]}
          />
        </section>
        <section>
          <h2>{say(ADMIN_ACCOUNTS.movements)}</h2>
          <Table
            visit={visit}
            caption={ADMIN_ACCOUNTS.movements}
            rows={entries.rows}
            empty={ADMIN.none}
            columns={[
              {
                title: ADMIN_ACCOUNTS.time,
                titleValues: { zone: format.timeZone },
                isHead: true,
                cell: (row) => format.time(timeIn(row, "created_at") ?? 0),
              },
              {
                title: ADMIN_ACCOUNTS.what,
                cell: (row) =>
                  ENTRY_KINDS.filter((kind) => kind === text(row, "kind")).map((kind) => say(ENTRY_TEXTS[kind])),
              },
              { title: ADMIN_ACCOUNTS.amount, isNumber: true, cell: (row) => format.amount(amountIn(row, "amount")) },
              { title: ADMIN_ACCOUNTS.reason, cell: (row) => text(row, "reason") || text(row, "reference") },
              { title: ADMIN_ACCOUNTS.by, cell: (row) => text(row, "actor") },
            ]}
          />
        </section>
      </>
    ),
  };
}

async function saveSettings(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const again = askAgain(visit, `${PATH}/${idOf(visit)}`);
  if (again !== undefined) return again;
  const fields = await settingFields(visit);
  const read = readForm(fields, data);
  const seen = seenIn(data);
  if (!read.ok) return show(visit, { settings: read, seen });
  const path = `accounts/${encodeURIComponent(idOf(visit))}`;
  const stored = storedSettings(await readApi(visit, path)).sent;
  if (await isStale(fields, stored, { seen, values: read.values })) {
    return show(visit, { settings: { sent: read.sent, problems: {} }, isStale: true });
  }
  const answer = await callApi(visit, "PATCH", path, bodyOf(read.values, { hasNulls: true }));
  if (answer.ok) return redirectTo(visit, `${PATH}/${idOf(visit)}`, "saved");
  const { state, refusal } = refused(fields, read.sent, answer);
  return show(visit, { ...(state === undefined ? {} : { settings: state }), refusal, seen });
}

async function adjust(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const again = askAgain(visit, `${PATH}/${idOf(visit)}`);
  if (again !== undefined) return again;
  const read = readForm(ADJUST_FIELDS, data);
  if (!read.ok) return show(visit, { adjustment: read });
  const path = `accounts/${encodeURIComponent(idOf(visit))}/entries`;
  const answer = await callApi(visit, "POST", path, {
    kind: "adjustment",
    ...bodyOf(read.values, { hasNulls: false }),
  });
  if (answer.ok) return redirectTo(visit, `${PATH}/${idOf(visit)}`, "saved");
  const { state, refusal } = refused(ADJUST_FIELDS, read.sent, answer);
  return show(visit, { ...(state === undefined ? {} : { adjustment: state }), refusal });
}

async function switchKey(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const path = `accounts/${encodeURIComponent(idOf(visit))}/keys/${encodeURIComponent(textOf(data, "key"))}`;
  const answer = await callApi(visit, "PATCH", path, { disabled: textOf(data, "disabled") === "true" });
  return answer.ok ? redirectTo(visit, `${PATH}/${idOf(visit)}`, "saved") : show(visit, { refusal: answer });
}

/** Somebody who signs in to the account of the page. */
async function personOf({ services, context }: OwnVisit, data: FormData): Promise<Person | undefined> {
  const rows = await services.db
    .select()
    .from(users)
    .where(eq(users.id, textOf(data, "user")));
  return rows.find(({ accountId }) => accountId === context.req.param("id"));
}

async function setRole(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const again = askAgain(visit, `${PATH}/${idOf(visit)}`);
  if (again !== undefined) return again;
  const person = await personOf(visit, data);
  const role = textOf(data, "role") === "operator" ? "operator" : "user";
  const refusal = (text: Text): Refusal => ({
    ok: false,
    status: CONFLICT,
    message: visit.say(text),
    param: undefined,
  });
  // Anybody may have signed up with the address of a colleague.
  if (person !== undefined && role === "operator" && mustProve(visit, person)) {
    return show(visit, { refusal: refusal(ADMIN_ACCOUNTS.unproven) });
  }
  if (person !== undefined && !(await changeRole(visit, person, role))) {
    return show(visit, { refusal: refusal(ADMIN_ACCOUNTS.lastOperator) });
  }
  return redirectTo(visit, `${PATH}/${idOf(visit)}`, "saved");
}

const CONFLICT = 409;

async function makeResetLink(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const again = askAgain(visit, `${PATH}/${idOf(visit)}`);
  if (again !== undefined) return again;
  const person = await personOf(visit, data);
  if (person === undefined) return redirectTo(visit, `${PATH}/${idOf(visit)}`);
  const token = await makeResetToken(visit, person);
  return show(visit, { resetLink: { link: `${visit.origin}/reset/${token}`, email: person.email } });
}

async function signOutEverywhere(visit: OwnVisit, data: FormData): Promise<Response> {
  const person = await personOf(visit, data);
  if (person !== undefined) await endSessions(visit, person);
  return redirectTo(visit, `${PATH}/${idOf(visit)}`, "saved");
}

export const ACCOUNT_PAGES: readonly Page[] = [
  { path: `${PATH}/:id`, access: "operators", get: (visit) => show(visit), post: saveSettings },
  { path: `${PATH}/:id/adjust`, access: "operators", post: adjust },
  { path: `${PATH}/:id/key-state`, access: "operators", post: switchKey },
  { path: `${PATH}/:id/role`, access: "operators", post: setRole },
  { path: `${PATH}/:id/reset-link`, access: "operators", post: makeResetLink },
  { path: `${PATH}/:id/sign-out`, access: "operators", post: signOutEverywhere },
];
