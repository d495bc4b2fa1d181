/** The e-mail address and the password of who is signed in. Both ask for a sign-in of the last minutes. */
import { changeEmail } from "../../auth/users.ts";
import { EMPTY, filled, readForm, refuse, type Fields, type FormState } from "../../form.ts";
import { countTry } from "../../limits.ts";
import type { Content, Page } from "../../page.ts";
import { Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { redirectTo } from "../../respond.tsx";
import { CURRENT_PASSWORD_FIELD, EMAIL_FIELD, NEW_PASSWORD_FIELD } from "../../person-fields.ts";
import { ACCOUNT } from "../../text/account-text.ts";
import { VERIFY } from "../../text/verify-text.ts";
import type { Text } from "../../../core/language.ts";
import type { OwnVisit } from "../../visit.ts";
import { passCookies } from "../../auth/cookies.ts";
import { endLinks } from "../../auth/endings.ts";
import { hasMail } from "../../auth/mail.ts";
import { askAgain } from "../guest/sign-in.tsx";
import { tooManyTries } from "../problem.tsx";
import { ACCOUNT_CRUMBS } from "./account.tsx";

const EMAIL_FIELDS = { email: { ...EMAIL_FIELD, autocomplete: "email" } };

const PASSWORD_FIELDS = {
  current: CURRENT_PASSWORD_FIELD,
  password: { ...NEW_PASSWORD_FIELD, hint: ACCOUNT.passwordHint },
};

function form(visit: OwnVisit, title: Text, fields: Fields, state: FormState): Content | Response {
  return (
    askAgain(visit) ?? {
      title,
      above: ACCOUNT_CRUMBS,
      status: Object.keys(state.problems).length === 0 ? 200 : 422,
      body: (
        <div class="narrow">
          <Form visit={visit} fields={fields} state={state} submit={visit.say(ACCOUNT.save)} />
        </div>
      ),
    }
  );
}

const emailForm = (visit: OwnVisit, state: FormState) => form(visit, ACCOUNT.changeEmail, EMAIL_FIELDS, state);
const passwordForm = (visit: OwnVisit, state: FormState) => form(visit, ACCOUNT.changePassword, PASSWORD_FIELDS, state);

async function saveEmail(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const read = readForm(EMAIL_FIELDS, data);
  const again = askAgain(visit);
  if (again !== undefined) return again;
  if (!read.ok) return emailForm(visit, read);
  const { services, person, auth, context } = visit;
  const { email: address } = read.values;
  // Counted for the address of before, and for the one that may get a mail.
  const waits = [await countTry(visit, "sign-in", person.email), await countTry(visit, "sign-in", address)];
  const wait = waits.find((seconds) => seconds !== undefined);
  if (wait !== undefined) return tooManyTries(visit, wait);
  if (hasMail(services)) {
    // After the answer, which says nothing of who has an account.
    const call = { body: { newEmail: address }, headers: context.req.raw.headers, asResponse: true } as const;
    context.env.defer(auth.api.changeEmail(call));
    return { title: VERIFY.inbox, body: <Notice kind="ok">{visit.say(VERIFY.changes, { email: address })}</Notice> };
  }
  if (!(await changeEmail(services, person.id, address))) {
    return emailForm(visit, refuse(read.sent, "email", { problem: ACCOUNT.emailTaken }));
  }
  await endLinks(services, person.id);
  return redirectTo(visit, "/app/account", "emailChanged");
}

async function savePassword(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const read = readForm(PASSWORD_FIELDS, data);
  const again = askAgain(visit);
  if (again !== undefined) return again;
  if (!read.ok) return passwordForm(visit, read);
  const { auth, context, person, services } = visit;
  const wait = await countTry(visit, "sign-in", person.email);
  if (wait !== undefined) return tooManyTries(visit, wait);
  const answer = await auth.api.changePassword({
    body: {
      currentPassword: read.values.current,
      newPassword: read.values.password,
      revokeOtherSessions: true,
    },
    headers: context.req.raw.headers,
    asResponse: true,
  });
  if (!answer.ok) return passwordForm(visit, refuse(read.sent, "current", { problem: ACCOUNT.currentWrong }));
  await endLinks(services, person.id);
  passCookies(visit, answer);
  return redirectTo(visit, "/app/account", "passwordChanged");
}

export const CREDENTIAL_PAGES: readonly Page[] = [
  {
    path: "/app/account/email",
    access: "people",
    get: (visit) => emailForm(visit, filled({ email: visit.person.email })),
    post: saveEmail,
  },
  { path: "/app/account/password", access: "people", get: (visit) => passwordForm(visit, EMPTY), post: savePassword },
];
