/** `/verify`: a link to the address of who is signed in, and the page behind that link. */
import { hasMail } from "../../auth/mail.ts";
import { mustProve } from "../../auth/person.ts";
import { countTry } from "../../limits.ts";
import type { Content, Page } from "../../page.ts";
import { ActionButton } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { redirectTo } from "../../respond.tsx";
import { ACCOUNT } from "../../text/account-text.ts";
import { VERIFY } from "../../text/verify-text.ts";
import type { OwnVisit, Visit } from "../../visit.ts";
import { tooManyTries } from "../problem.tsx";

/** Sends the link, after the answer: how long that takes says nothing. Without mail, nothing. */
export function sendProof({ auth, context, services }: OwnVisit, email: string): void {
  if (!hasMail(services)) return;
  const { headers } = context.req.raw;
  context.env.defer(auth.api.sendVerificationEmail({ body: { email }, headers, asResponse: true }));
}

function ask(visit: OwnVisit): Content {
  const { say, person } = visit;
  return {
    title: VERIFY.title,
    body: mustProve(visit, person) ? (
      <>
        <p>{say(VERIFY.how, { email: person.email })}</p>
        <ActionButton action="/verify" text={say(VERIFY.send)} />
        <p>
          <a href="/app/account/email">{say(ACCOUNT.changeEmail)}</a>
        </p>
      </>
    ) : (
      <p>{say(VERIFY.nothing)}</p>
    ),
  };
}

async function send(visit: OwnVisit): Promise<Content> {
  const { person, say } = visit;
  if (!mustProve(visit, person)) return ask(visit);
  const wait = await countTry(visit, "sign-in", person.email);
  if (wait !== undefined) return tooManyTries(visit, wait);
  sendProof(visit, person.email);
  return { title: VERIFY.inbox, body: <Notice kind="ok">{say(VERIFY.sent)}</Notice> };
}

/** A button: programs that look through mails open links, but send no forms. */
function confirm({ say, context }: Visit): Content {
  return {
    title: VERIFY.title,
    secret: true,
    body: (
      <>
        <p>{say(VERIFY.open)}</p>
        <ActionButton action={context.req.path} text={say(VERIFY.confirm)} />
      </>
    ),
  };
}

async function prove(visit: Visit): Promise<Content | Response> {
  const { auth, context, say, person } = visit;
  const wait = await countTry(visit, "sign-in", undefined);
  if (wait !== undefined) return tooManyTries(visit, wait);
  const answer = await auth.api.verifyEmail({ query: { token: context.req.param("token") ?? "" }, asResponse: true });
  if (answer.ok) return redirectTo(visit, person === undefined ? "/sign-in" : "/app", "addressProven");
  return { title: VERIFY.title, status: 422, body: <Notice kind="bad">{say(VERIFY.linkOver)}</Notice> };
}

export const VERIFY_PAGES: readonly Page[] = [
  { path: "/verify", access: "people", get: ask, post: send },
  { path: "/verify/:token", access: "everyone", get: confirm, post: prove },
];
