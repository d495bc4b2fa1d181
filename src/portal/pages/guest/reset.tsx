/** `/reset`: a link to a new password by mail, and the page behind that link. */
import { EMPTY, readForm, refuse, type FormState } from "../../form.ts";
import { countTry } from "../../limits.ts";
import type { Content, Page } from "../../page.ts";
import { Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { redirectTo } from "../../respond.tsx";
import { EMAIL_FIELD, NEW_PASSWORD_FIELD } from "../../person-fields.ts";
import { SIGN_IN } from "../../text/sign-in-text.ts";
import type { Visit } from "../../visit.ts";
import { hasMail } from "../../auth/mail.ts";
import { tooManyTries } from "../problem.tsx";

const ASK_FIELDS = { email: EMAIL_FIELD };

const NEW_FIELDS = { password: NEW_PASSWORD_FIELD };

function canAsk({ services }: Visit): boolean {
  return hasMail(services) || services.settings.DEV_LOG_LINKS;
}

function askForm(visit: Visit, state: FormState): Content {
  const { say } = visit;
  return {
    title: SIGN_IN.resetTitle,
    status: Object.keys(state.problems).length === 0 ? 200 : 422,
    body: (
      <div class="narrow">
        {canAsk(visit) ? (
          <>
            <p>{say(SIGN_IN.resetIntro)}</p>
            <Form visit={visit} fields={ASK_FIELDS} state={state} submit={say(SIGN_IN.sendLink)} />
          </>
        ) : (
          <Notice kind="info">{say(SIGN_IN.resetAsk)}</Notice>
        )}
      </div>
    ),
  };
}

async function ask(visit: Visit, data: FormData): Promise<Content | Response> {
  const read = readForm(ASK_FIELDS, data);
  if (!read.ok || !canAsk(visit)) return askForm(visit, read.ok ? EMPTY : read);
  const { email: address } = read.values;
  const wait = await countTry(visit, "sign-in", address);
  if (wait !== undefined) return tooManyTries(visit, wait);
  const { auth, context, say } = visit;
  // The answer, and the time it takes, say nothing about whether the account exists.
  context.env.defer(
    auth.api.requestPasswordReset({ body: { email: address }, asResponse: true }).catch(() => undefined),
  );
  return {
    title: SIGN_IN.resetTitle,
    body: <Notice kind="ok">{say(SIGN_IN.resetSent)}</Notice>,
  };
}

function newForm(visit: Visit, state: FormState): Content {
  return {
    title: SIGN_IN.newPassword,
    status: Object.keys(state.problems).length === 0 ? 200 : 422,
    secret: true,
    body: (
      <div class="narrow">
        <Form visit={visit} fields={NEW_FIELDS} state={state} submit={visit.say(SIGN_IN.setPassword)} />
      </div>
    ),
  };
}

async function setNew(visit: Visit, data: FormData): Promise<Content | Response> {
  const read = readForm(NEW_FIELDS, data);
  if (!read.ok) return newForm(visit, read);
  const wait = await countTry(visit, "sign-in", undefined);
  if (wait !== undefined) return tooManyTries(visit, wait);
  const { auth, context } = visit;
  const token = context.req.param("token") ?? "";
  const answer = await auth.api.resetPassword({
    body: { token, newPassword: read.values.password },
    asResponse: true,
  });
  if (!answer.ok) return newForm(visit, refuse(read.sent, "password", { problem: SIGN_IN.linkOver }));
  return redirectTo(visit, "/sign-in", "passwordReset");
}

export const RESET_PAGES: readonly Page[] = [
  { path: "/reset", access: "everyone", get: (visit) => askForm(visit, EMPTY), post: ask },
  { path: "/reset/:token", access: "everyone", get: (visit) => newForm(visit, EMPTY), post: setNew },
];
