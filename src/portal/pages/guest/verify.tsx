/** `/verify`: a link to the address of who is signed in, and the page behind that link. */
import { createEmailVerificationToken } from "better-auth/api";
import { databaseMessage } from "../../../billing/storage.ts";
import { isObject } from "../../../core/json.ts";
import { fromBase64 } from "../../../core/base64.ts";
import { endLinks } from "../../auth/endings.ts";
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

/** Sends the link, after the answer: how long that takes says nothing. */
function sendProof({ auth, context, person }: OwnVisit): void {
  const { headers } = context.req.raw;
  context.env.defer(auth.api.sendVerificationEmail({ body: { email: person.email }, headers, asResponse: true }));
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
  sendProof(visit);
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
  const { context, say, person } = visit;
  const wait = await countTry(visit, "sign-in", undefined);
  if (wait !== undefined) return tooManyTries(visit, wait);
  const token = context.req.param("token") ?? "";
  const mover = moverOf(token);
  if (mover !== undefined && person === undefined) {
    return redirectTo(visit, `/sign-in?to=${encodeURIComponent(context.req.path)}`);
  }
  const isOthers = mover !== undefined && mover !== person?.id;
  const answer = isOthers ? undefined : await open(visit, token);
  if (answer?.ok === true) {
    const { user }: { user: Moved | null } = await answer.json();
    if (user !== null) await endMove(visit, user);
    return redirectTo(visit, person === undefined ? "/sign-in" : "/app", "addressProven");
  }
  return { title: VERIFY.title, status: 422, body: <Notice kind="bad">{say(VERIFY.linkOver)}</Notice> };
}

/**
 * Who asked for the new address to which the link went; undefined = the link proves the address of now. A change needs a
 * session of theirs: whoever began it with a session that was stolen, and has ended since, cannot end it.
 */
function moverOf(token: string): string | undefined {
  try {
    const [, payload = ""] = token.split(".");
    const said: unknown = JSON.parse(new TextDecoder().decode(fromBase64(payload)));
    return isObject(said) && said["updateTo"] !== undefined ? String(said["userId"]) : undefined;
  } catch {
    return undefined;
  }
}

/** Somebody who has a new address. */
interface Moved {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
}

/** @returns undefined where somebody else has got the new address meanwhile */
async function open({ auth }: Visit, token: string): Promise<Response | undefined> {
  try {
    return await auth.api.verifyEmail({ query: { token }, asResponse: true });
  } catch (error) {
    if (databaseMessage(error)?.includes("UNIQUE constraint failed: users") === true) return undefined;
    throw error;
  }
}

/** The link went to the new address: that is proven, even if the one of before never was. */
async function endMove(visit: Visit, { id, email, emailVerified }: Moved): Promise<void> {
  // Those that are on their way to the address of before.
  await endLinks(visit.services, id);
  if (emailVerified) return;
  const { secret } = await visit.auth.$context;
  await open(visit, await createEmailVerificationToken(secret, email));
}

export const VERIFY_PAGES: readonly Page[] = [
  { path: "/verify", access: "people", get: ask, post: send },
  { path: "/verify/:token", access: "everyone", get: confirm, post: prove },
];
