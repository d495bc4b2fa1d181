/** `/admin/codes`: redeem codes in batches. A batch's codes are shown once. */
import { EMPTY, readForm } from "../../form.ts";
import { amountIn, callApi, listApi, numberIn, text, timeIn } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { ActionButton, Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { CodeBlock } from "../../parts/copy.tsx";
import { Table } from "../../parts/table.tsx";
import { redirectTo } from "../../respond.tsx";
import { ADMIN } from "../../text/admin-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { count, day, money, word } from "./admin-fields.ts";
import { ADMIN_CRUMB, bodyOf, Refused, refused, statusOf } from "./resource-pages.tsx";
import { askAgain } from "../guest/sign-in.tsx";

const PATH = "/admin/codes";
const CRUMBS = [ADMIN_CRUMB, { path: PATH, title: ADMIN.codes }];

const FIELDS = {
  batch: word({ label: ADMIN.batch, hint: ADMIN.batchHint, isRequired: true }),
  count: { ...count({ label: ADMIN.howMany, least: 1 }), required: true },
  amount_nanos: money({ label: ADMIN.value, isRequired: true }),
  expires_at: day({ label: ADMIN.expires }),
};

async function list(visit: OwnVisit): Promise<Content> {
  const { say, format, context } = visit;
  const { rows, next } = await listApi(visit, "code-batches", { cursor: context.req.query("cursor") });
  return {
    title: ADMIN.codes,
    body: (
      <>
        <p>
          <a class="button" href={`${PATH}/new`}>
            {say(ADMIN.newCodes)}
          </a>
        </p>
        <Table
          visit={visit}
          caption={ADMIN.codes}
          rows={rows}
          next={next}
          empty={ADMIN.none}
          columns={[
            { title: ADMIN.batch, isHead: true, cell: (row) => text(row, "batch") },
            { title: ADMIN.value, isNumber: true, cell: (row) => format.amount(amountIn(row, "amount")) },
            {
              title: ADMIN.used,
              isNumber: true,
              cell: (row) =>
                `${format.number(numberIn(row, "redeemed") ?? 0)} / ${format.number(numberIn(row, "codes") ?? 0)}`,
            },
            {
              title: ADMIN.expires,
              cell: (row) => {
                const at = timeIn(row, "expires_at");
                return at === undefined ? say(ADMIN.never) : format.time(at);
              },
            },
            { title: ADMIN.created, cell: (row) => format.day(timeIn(row, "created_at") ?? 0) },
            {
              title: ADMIN.withdraw,
              cell: (row) => (
                <ActionButton
                  action={`${PATH}/withdraw`}
                  values={{ batch: text(row, "batch") }}
                  text={say(ADMIN.withdraw)}
                  quiet
                />
              ),
            },
          ]}
        />
      </>
    ),
  };
}

function form(visit: OwnVisit, shown: Parameters<typeof statusOf>[0]): Content {
  return {
    title: ADMIN.newCodes,
    above: CRUMBS,
    status: statusOf(shown),
    body: (
      <div class="narrow">
        <Refused refusal={shown.refusal} />
        <Form visit={visit} fields={FIELDS} state={shown.state ?? EMPTY} submit={visit.say(ADMIN.create)} />
      </div>
    ),
  };
}

/** The answer itself shows the codes: nothing keeps them. A form sent twice is refused, because the batch exists. */
async function create(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const again = askAgain(visit);
  if (again !== undefined) return again;
  const read = readForm(FIELDS, data);
  if (!read.ok) return form(visit, { state: read });
  const answer = await callApi(visit, "POST", "code-batches", bodyOf(read.values, { hasNulls: false }));
  if (!answer.ok) return form(visit, refused(FIELDS, read.sent, answer));
  const codes = Array.isArray(answer.value["codes"]) ? answer.value["codes"].map(String) : [];
  return {
    title: read.values.batch ?? "",
    above: CRUMBS,
    secret: true,
    body: (
      <>
        <Notice kind="warn">{visit.say(ADMIN.codesOnce)}</Notice>
        <CodeBlock visit={visit} text={codes.join("\n")} what={visit.say(ADMIN.codes)} />
      </>
    ),
  };
}

async function withdraw(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const batch = data.get("batch");
  const path = `code-batches/${encodeURIComponent(typeof batch === "string" ? batch : "")}`;
  const past = new Date(visit.services.now() - 1000).toISOString();
  const answer = await callApi(visit, "PATCH", path, { expires_at: past });
  if (answer.ok) return redirectTo(visit, PATH, "saved");
  return { title: ADMIN.codes, above: CRUMBS, status: 422, body: <Refused refusal={answer} /> };
}

export const CODE_PAGES: readonly Page[] = [
  { path: PATH, access: "operators", get: list },
  { path: `${PATH}/new`, access: "operators", get: (visit) => askAgain(visit) ?? form(visit, {}), post: create },
  { path: `${PATH}/withdraw`, access: "operators", post: withdraw },
];
