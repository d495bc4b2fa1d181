/** `/sign-in`: with a password, then with a code where the person has set that up. */
import { providersOf } from "../../auth/providers.ts";
import { EMPTY, readForm, refuse, textOf, type FormState } from "../../form.ts";
import { countTry } from "../../limits.ts";
import type { Content, Page } from "../../page.ts";
import { ActionButton, Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { ownPath, redirectTo } from "../../respond.tsx";
import { CURRENT_PASSWORD_FIELD, EMAIL_FIELD } from "../../person-fields.ts";
import { anyText } from "../../rules.ts";
import { SIGN_IN } from "../../text/sign-in-text.ts";
import type { OwnVisit, Visit } from "../../visit.ts";
import { passCookies } from "../../auth/cookies.ts";
import { tooManyTries } from "../problem.tsx";

/** How old a sign-in may be for what only its owner should do. */
const FRESH_MINUTES = 15;

const FIELDS = {
  email: EMAIL_FIELD,
  password: { ...CURRENT_PASSWORD_FIELD, label: SIGN_IN.password },
  to: { label: SIGN_IN.continue, input: "hidden", rule: anyText(2000) },
} as const;

const CODE_FIELDS = {
  code: {
    label: SIGN_IN.code,
    hint: SIGN_IN.codeHint,
    input: "text",
    autocomplete: "one-time-code",
    required: true,
    maxLength: 20,
    rule: anyText(20),
  },
  to: FIELDS.to,
} as const;

function form(visit: Visit, state: FormState): Content {
  const { say, person, site, services } = visit;
  const providers = providersOf(services.settings);
  const isAgain = person !== undefined;
  return {
    title: isAgain ? SIGN_IN.againTitle : SIGN_IN.signIn,
    formOrigins: providers.map(({ origin }) => origin),
    status: Object.keys(state.problems).length === 0 ? 200 : 422,
    body: (
      <div class="narrow">
        {isAgain ? <p>{say(SIGN_IN.again, { minutes: FRESH_MINUTES })}</p> : null}
        <ElsewhereProblem visit={visit} />
        <Form visit={visit} fields={FIELDS} state={state} submit={say(SIGN_IN.signIn)} action="/sign-in" />
        {providers.map(({ id, name }) => (
          <p>
            <ActionButton
              action="/sign-in/with"
              values={{ provider: id, to: ownPath(state.sent["to"]) }}
              text={say(SIGN_IN.with, { provider: name })}
              quiet
            />
          </p>
        ))}
        <p>
          <a href="/reset">{say(SIGN_IN.forgotten)}</a>
        </p>
        {isAgain || site.signUp === "closed" ? null : (
          <p>
            <a href="/sign-up">{say(SIGN_IN.noAccount)}</a>
          </p>
        )}
      </div>
    ),
  };
}

/** What the way back from a provider says. */
function ElsewhereProblem({ visit: { context, say } }: { visit: Visit }) {
  const error = context.req.query("error");
  if (error === undefined) return null;
  const text =
    error === "account_not_linked"
      ? SIGN_IN.elsewhereUnlinked
      : error === "unable_to_create_user" || error === "signup_disabled"
        ? SIGN_IN.elsewhereClosed
        : SIGN_IN.elsewhereFailed;
  return <Notice kind="bad">{say(text)}</Notice>;
}

/** Leads to a provider, and from there back to `/auth/callback/…`. */
async function signInElsewhere(visit: Visit, data: FormData): Promise<Content | Response> {
  const { services, auth, context } = visit;
  const provider = providersOf(services.settings).find(({ id }) => id === textOf(data, "provider"));
  if (provider === undefined) return form(visit, EMPTY);
  const answer = await auth.api.signInSocial({
    body: { provider: provider.id, callbackURL: ownPath(textOf(data, "to")), errorCallbackURL: "/sign-in" },
    headers: context.req.raw.headers,
    asResponse: true,
  });
  const { url }: { url?: string } = await answer.json();
  if (!answer.ok || url === undefined) return redirectTo(visit, "/sign-in?error=provider");
  passCookies(visit, answer);
  return redirectTo(visit, url);
}

const FORBIDDEN = 403;

/** The way back from a provider. The library answers with JSON where `auth.ts` has refused a new account. */
async function comeBack(visit: Visit): Promise<Response> {
  const answer = await visit.auth.handler(visit.context.req.raw);
  if (answer.status >= 300 && answer.status < 400) return answer;
  return redirectTo(visit, `/sign-in?error=${answer.status === FORBIDDEN ? "signup_disabled" : "failed"}`);
}

async function signIn(visit: Visit, data: FormData): Promise<Content | Response> {
  const read = readForm(FIELDS, data);
  if (!read.ok) return form(visit, read);
  const { email: address, password: secret, to } = read.values;
  const wait = await countTry(visit, "sign-in", address);
  if (wait !== undefined) return tooManyTries(visit, wait);
  const { auth, context } = visit;
  const answer = await auth.api.signInEmail({
    body: { email: address, password: secret },
    headers: context.req.raw.headers,
    asResponse: true,
  });
  if (!answer.ok) return form(visit, refuse(read.sent, "password", { problem: SIGN_IN.wrong }));
  passCookies(visit, answer);
  const result: { twoFactorRedirect?: boolean } = await answer.json();
  if (result.twoFactorRedirect === true) {
    return redirectTo(visit, `/sign-in/code?to=${encodeURIComponent(ownPath(to))}`);
  }
  await endReplaced(visit);
  return redirectTo(visit, ownPath(to));
}

/** Signing in again gives a new session; the one before is over. */
async function endReplaced({ person, auth, context }: Visit): Promise<void> {
  if (person === undefined) return;
  await auth.api.revokeSession({ body: { token: person.sessionToken }, headers: context.req.raw.headers });
}

function codeForm(visit: Visit, state: FormState): Content {
  return {
    title: SIGN_IN.codeTitle,
    status: Object.keys(state.problems).length === 0 ? 200 : 422,
    body: (
      <div class="narrow">
        <Form visit={visit} fields={CODE_FIELDS} state={state} submit={visit.say(SIGN_IN.continue)} />
      </div>
    ),
  };
}

async function checkCode(visit: Visit, data: FormData): Promise<Content | Response> {
  const read = readForm(CODE_FIELDS, data);
  if (!read.ok) return codeForm(visit, read);
  const wait = await countTry(visit, "sign-in", undefined);
  if (wait !== undefined) return tooManyTries(visit, wait);
  const code = read.values.code.replaceAll(/\s/g, "");
  const { auth, context } = visit;
  const call = { body: { code }, headers: context.req.raw.headers, asResponse: true } as const;
  const answer = /^\d{6}$/.test(code) ? await auth.api.verifyTOTP(call) : await auth.api.verifyBackupCode(call);
  if (!answer.ok) return codeForm(visit, refuse(read.sent, "code", { problem: SIGN_IN.codeWrong }));
  passCookies(visit, answer);
  await endReplaced(visit);
  return redirectTo(visit, ownPath(read.values.to));
}

async function signOut(visit: Visit): Promise<Response> {
  const { auth, context } = visit;
  passCookies(visit, await auth.api.signOut({ headers: context.req.raw.headers, asResponse: true }));
  return redirectTo(visit, "/sign-in", "signedOut");
}

/**
 * Leads to the sign-in page when the last sign-in is too old for what is to be done; undefined = go on.
 * @param to where to go after that
 */
export function askAgain(visit: OwnVisit, to: string = visit.context.req.path): Response | undefined {
  const age = visit.services.now() - visit.person.signedInAt;
  if (age < FRESH_MINUTES * 60_000) return undefined;
  return redirectTo(visit, `/sign-in?to=${encodeURIComponent(to)}`);
}

export const SIGN_IN_PAGES: readonly Page[] = [
  {
    path: "/sign-in",
    access: "everyone",
    get: (visit) => {
      const to = visit.context.req.query("to");
      const isFresh =
        visit.person !== undefined && visit.services.now() - visit.person.signedInAt < FRESH_MINUTES * 60_000;
      if (isFresh) return redirectTo(visit, ownPath(to));
      return form(visit, { ...EMPTY, sent: { email: visit.person?.email ?? "", to: to ?? "" } });
    },
    post: signIn,
  },
  {
    path: "/sign-in/code",
    access: "everyone",
    get: (visit) => codeForm(visit, { ...EMPTY, sent: { to: visit.context.req.query("to") ?? "" } }),
    post: checkCode,
  },
  { path: "/sign-in/with", access: "everyone", post: signInElsewhere },
  // The only path of the library that is open to the network.
  {
    path: "/auth/callback/:provider",
    access: "everyone",
    get: comeBack,
  },
  { path: "/sign-out", access: "everyone", post: signOut },
];
