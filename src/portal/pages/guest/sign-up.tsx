/** `/sign-up`: open to everybody, to people with an invitation, or to nobody. */
import { EMPTY, readForm, refuse, type FormState } from "../../form.ts";
import { countTry } from "../../limits.ts";
import type { Content, Page } from "../../page.ts";
import { Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { redirectTo } from "../../respond.tsx";
import { PERSON_FIELDS } from "../../person-fields.ts";
import { anyText } from "../../rules.ts";
import { SIGN_IN } from "../../text/sign-in-text.ts";
import { SIGN_UP } from "../../text/sign-up-text.ts";
import { VERIFY } from "../../text/verify-text.ts";
import type { Visit } from "../../visit.ts";
import { passCookies } from "../../auth/cookies.ts";
import { hasMail } from "../../auth/mail.ts";
import { releaseInvitation, takeInvitation } from "../../auth/invitations.ts";
import { isHuman, Turnstile, turnstileOrigin } from "../../auth/turnstile.tsx";
import { tooManyTries } from "../problem.tsx";

const INVITE_FIELDS = {
  ...PERSON_FIELDS,
  invitation: {
    label: SIGN_IN.invitation,
    input: "text",
    required: true,
    maxLength: 100,
    rule: anyText(100),
  },
} as const;

function form(visit: Visit, state: FormState): Content {
  const { site, say, services } = visit;
  const isClosed = site.signUp === "closed";
  const widgetOrigin = turnstileOrigin(services);
  return {
    title: SIGN_IN.signUp,
    ...(isClosed || widgetOrigin === undefined ? {} : { widgetOrigin }),
    status: Object.keys(state.problems).length === 0 ? 200 : 422,
    body: (
      <div class="narrow">
        {isClosed ? (
          <Notice kind="info">{say(SIGN_IN.closed)}</Notice>
        ) : (
          <Form
            visit={visit}
            fields={site.signUp === "invite" ? INVITE_FIELDS : PERSON_FIELDS}
            state={state}
            submit={say(SIGN_IN.signUp)}
          >
            <Turnstile visit={visit} />
          </Form>
        )}
        <p>
          <a href="/sign-in">{say(SIGN_IN.hasAccount)}</a>
        </p>
      </div>
    ),
  };
}

async function signUp(visit: Visit, data: FormData): Promise<Content | Response> {
  const { site, auth, context, services } = visit;
  if (site.signUp === "closed") return { ...form(visit, EMPTY), status: 403 };
  const read = readForm(site.signUp === "invite" ? INVITE_FIELDS : PERSON_FIELDS, data);
  if (!read.ok) return form(visit, read);
  const { name, email: address, password } = read.values;
  const wait = await countTry(visit, "sign-in", address);
  if (wait !== undefined) return tooManyTries(visit, wait);
  if (!(await isHuman(visit, data))) return form(visit, refuse(read.sent, "check", { problem: SIGN_UP.notChecked }));
  const code = site.signUp === "invite" ? (read.sent["invitation"] ?? "") : undefined;
  if (code !== undefined && !(await takeInvitation(services, { code, by: address }))) {
    return form(visit, refuse(read.sent, "invitation", { problem: SIGN_IN.invitationProblem }));
  }
  const answer = await auth.api.signUpEmail({
    body: { name, email: address, password },
    headers: context.req.raw.headers,
    asResponse: true,
  });
  if (!answer.ok) {
    if (code !== undefined) await releaseInvitation(services, { code, by: address });
    return form(visit, refuse(read.sent, "email", { problem: SIGN_IN.cannotBeUsed }));
  }
  if (hasMail(services)) return { title: VERIFY.inbox, body: <Notice kind="ok">{visit.say(VERIFY.sent)}</Notice> };
  passCookies(visit, answer);
  return redirectTo(visit, "/app", "welcome");
}

export const SIGN_UP_PAGES: readonly Page[] = [
  {
    path: "/sign-up",
    access: "everyone",
    get: (visit) =>
      visit.person === undefined
        ? form(visit, { ...EMPTY, sent: { invitation: visit.context.req.query("invitation") ?? "" } })
        : redirectTo(visit, "/app"),
    post: signUp,
  },
];
