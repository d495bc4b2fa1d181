/** `/admin/accounts`: who pays. */
import { findAccounts } from "../../../accounts/site-report.ts";
import { EMPTY, readForm } from "../../form.ts";
import { callApi, text } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Form } from "../../parts/fields.tsx";
import { Filters } from "../../parts/filters.tsx";
import { Table } from "../../parts/table.tsx";
import { redirectTo } from "../../respond.tsx";
import { ADMIN_ACCOUNTS } from "../../text/admin-accounts-text.ts";
import { ADMIN } from "../../text/admin-text.ts";
import type { OwnVisit } from "../../visit.ts";

import { flag, word } from "./admin-fields.ts";
import { OnOff } from "./catalogue-pages.tsx";
import { ADMIN_CRUMB, bodyOf, Refused, refused, statusOf } from "./resource-pages.tsx";

const PATH = "/admin/accounts";
const CRUMBS = [ADMIN_CRUMB, { path: PATH, title: ADMIN_ACCOUNTS.accounts }];
const ROWS = 50;

async function list(visit: OwnVisit): Promise<Content> {
  const { services, say, format, context } = visit;
  const { q = "", cursor } = context.req.query();
  const found = await findAccounts(services, q.trim(), { after: cursor, limit: ROWS + 1 });
  const rows = found.slice(0, ROWS);
  return {
    title: ADMIN_ACCOUNTS.accounts,
    body: (
      <>
        <Filters visit={visit} submit={ADMIN_ACCOUNTS.find} filters={[{ name: "q", label: ADMIN_ACCOUNTS.words }]} />
        <p>
          <a class="button" href={`${PATH}/new`}>
            {say(ADMIN_ACCOUNTS.newAccount)}
          </a>
        </p>
        <Table
          visit={visit}
          caption={ADMIN_ACCOUNTS.accounts}
          rows={rows}
          next={found.length > ROWS ? rows.at(-1)?.id : undefined}
          empty={ADMIN.none}
          columns={[
            { title: ADMIN.name, isHead: true, cell: (row) => <a href={`${PATH}/${row.id}`}>{row.name}</a> },
            { title: ADMIN_ACCOUNTS.email, cell: (row) => row.email ?? "" },
            {
              title: ADMIN_ACCOUNTS.balance,
              isNumber: true,
              cell: (row) => (row.unlimited === 1 ? say(ADMIN.unlimited) : format.amount(row.balanceNanos)),
            },
            { title: ADMIN_ACCOUNTS.plan, cell: (row) => row.planId ?? "" },
            { title: ADMIN.created, cell: (row) => format.day(row.createdAt) },
            { title: ADMIN.state, cell: (row) => <OnOff visit={visit} row={{ disabled: row.disabled === 1 }} /> },
          ]}
        />
      </>
    ),
  };
}

const NEW_FIELDS = {
  name: word({ label: ADMIN.name, isRequired: true }),
  unlimited: flag({ label: ADMIN_ACCOUNTS.isUnlimited }),
};

function newForm(visit: OwnVisit, shown: Parameters<typeof statusOf>[0]): Content {
  return {
    title: ADMIN_ACCOUNTS.newAccount,
    above: CRUMBS,
    status: statusOf(shown),
    body: (
      <div class="narrow">
        <Refused refusal={shown.refusal} />
        <Form visit={visit} fields={NEW_FIELDS} state={shown.state ?? EMPTY} submit={visit.say(ADMIN.create)} />
      </div>
    ),
  };
}

async function create(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const read = readForm(NEW_FIELDS, data);
  if (!read.ok) return newForm(visit, { state: read });
  const answer = await callApi(visit, "POST", "accounts", bodyOf(read.values, { hasNulls: false }));
  if (!answer.ok) return newForm(visit, refused(NEW_FIELDS, read.sent, answer));
  return redirectTo(visit, `${PATH}/${text(answer.value, "id")}`, "saved");
}

export const ACCOUNT_LIST_PAGES: readonly Page[] = [
  { path: PATH, access: "operators", get: list },
  { path: `${PATH}/new`, access: "operators", get: (visit) => newForm(visit, {}), post: create },
];
