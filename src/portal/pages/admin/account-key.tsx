/** `/admin/accounts/{id}/keys/new`: a key for an account, and the page that shows it once. */
import { EMPTY, readForm } from "../../form.ts";
import { callApi, text } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Form } from "../../parts/fields.tsx";
import { NewSecret } from "../../parts/new-secret.tsx";
import { redirectTo } from "../../respond.tsx";
import { hideSecret, takeSecret } from "../../shown-once.ts";
import { ADMIN_ACCOUNTS } from "../../text/admin-accounts-text.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { KEYS } from "../../text/keys-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { askAgain } from "../guest/sign-in.tsx";
import { choice, choicesOf, count, day, flag, listed, money, word } from "./admin-fields.ts";
import { ADMIN_CRUMB, bodyOf, Refused, refused, statusOf } from "./resource-pages.tsx";

const ACCOUNTS = "/admin/accounts";

const pathOf = ({ context }: OwnVisit) => `${ACCOUNTS}/${context.req.param("id") ?? ""}`;
const crumbsOf = (visit: OwnVisit) => [
  ADMIN_CRUMB,
  { path: ACCOUNTS, title: ADMIN_ACCOUNTS.accounts },
  { path: pathOf(visit), title: visit.context.req.param("id") ?? "" },
];

async function fieldsFor(visit: OwnVisit) {
  const groups = await choicesOf(visit, "groups", { value: "", label: KEYS.noGroup });
  const quota = (label: (typeof KEYS)["day"]) => money({ label, hint: KEYS.amountHint, isExtra: true });
  return {
    name: word({ label: ADMIN.name, isRequired: true }),
    group_id: choice({ label: KEYS.group, choices: groups }),
    quota_day_nanos: quota(KEYS.day),
    quota_month_nanos: quota(KEYS.month),
    quota_total_nanos: quota(KEYS.total),
    requests_per_minute: count({ label: KEYS.perMinute, least: 1, isExtra: true }),
    allowed_models: listed({ label: KEYS.models, hint: KEYS.modelsHint, isExtra: true }),
    allowed_ips: listed({ label: KEYS.addresses, hint: KEYS.addressesHint, isExtra: true }),
    expires_at: day({ label: KEYS.expires, isExtra: true }),
    manages_account: flag({ label: KEYS.manages, hint: KEYS.managesHint, isExtra: true }),
  };
}

async function form(visit: OwnVisit, shown: Parameters<typeof statusOf>[0]): Promise<Content> {
  return {
    title: KEYS.newKey,
    above: crumbsOf(visit),
    status: statusOf(shown),
    body: (
      <div class="narrow">
        <Refused refusal={shown.refusal} />
        <Form
          visit={visit}
          fields={await fieldsFor(visit)}
          state={shown.state ?? EMPTY}
          submit={visit.say(KEYS.make)}
        />
      </div>
    ),
  };
}

async function make(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const again = askAgain(visit);
  if (again !== undefined) return again;
  const fields = await fieldsFor(visit);
  const read = readForm(fields, data);
  if (!read.ok) return form(visit, { state: read });
  const path = `accounts/${encodeURIComponent(visit.context.req.param("id") ?? "")}/keys`;
  const answer = await callApi(visit, "POST", path, bodyOf(read.values, { hasNulls: false }));
  if (!answer.ok) return form(visit, refused(fields, read.sent, answer));
  const created = `${pathOf(visit)}/keys/${text(answer.value, "id")}/created`;
  await hideSecret(visit, created, text(answer.value, "key"));
  return redirectTo(visit, created);
}

async function showOnce(visit: OwnVisit): Promise<Content | Response> {
  const { say } = visit;
  const secret = await takeSecret(visit);
  if (secret === undefined) return redirectTo(visit, pathOf(visit), "keyGone");
  return {
    title: KEYS.createdTitle,
    above: crumbsOf(visit),
    secret: true,
    body: (
      <>
        <NewSecret visit={visit} secret={secret} />
        <p>
          <a class="button" href={pathOf(visit)}>
            {say(KEYS.savedIt)}
          </a>
        </p>
      </>
    ),
  };
}

export const ACCOUNT_KEY_PAGES: readonly Page[] = [
  { path: `${ACCOUNTS}/:id/keys/new`, access: "operators", get: (visit) => form(visit, {}), post: make },
  { path: `${ACCOUNTS}/:id/keys/:key/created`, access: "operators", get: showOnce },
];
