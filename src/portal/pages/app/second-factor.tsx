/** `/app/account/codes`: one-time codes of an authenticator app, on and off. */
import { encode } from "uqr";
import { EMPTY, readForm, refuse, type FormState } from "../../form.ts";
import { countTry } from "../../limits.ts";
import type { Content, Page } from "../../page.ts";
import { Copyable } from "../../parts/copy.tsx";
import { Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { redirectTo } from "../../respond.tsx";
import { CURRENT_PASSWORD_FIELD } from "../../person-fields.ts";
import { anyText } from "../../rules.ts";
import { ACCOUNT } from "../../text/account-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { passCookies } from "../../auth/cookies.ts";
import { askAgain } from "../guest/sign-in.tsx";
import { tooManyTries } from "../problem.tsx";
import { ACCOUNT_CRUMBS } from "./account.tsx";

const PASSWORD_FIELDS = { password: CURRENT_PASSWORD_FIELD };

const CODE_FIELDS = {
  code: {
    label: ACCOUNT.code,
    input: "text",
    autocomplete: "one-time-code",
    required: true,
    maxLength: 10,
    rule: anyText(10),
  },
} as const;

function askPassword(visit: OwnVisit, state: FormState): Content | Response {
  const { say, person } = visit;
  return (
    askAgain(visit) ?? {
      title: ACCOUNT.secondFactor,
      above: ACCOUNT_CRUMBS,
      status: Object.keys(state.problems).length === 0 ? 200 : 422,
      body: (
        <div class="narrow">
          <p>{say(ACCOUNT.confirmPassword)}</p>
          <Form
            visit={visit}
            fields={PASSWORD_FIELDS}
            state={state}
            submit={say(person.twoFactorEnabled ? ACCOUNT.turnOff : ACCOUNT.turnOn)}
            action="/app/account/codes"
          />
        </div>
      ),
    }
  );
}

/** Turns codes off; or makes a secret, which counts once a code of the app has been typed. */
async function turn(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const read = readForm(PASSWORD_FIELDS, data);
  const again = askAgain(visit);
  if (again !== undefined) return again;
  if (!read.ok) return askPassword(visit, read);
  const { auth, context, person } = visit;
  const wait = await countTry(visit, "sign-in", person.email);
  if (wait !== undefined) return tooManyTries(visit, wait);
  const call = {
    body: { password: read.values.password },
    headers: context.req.raw.headers,
    asResponse: true,
  } as const;
  const answer = await (person.twoFactorEnabled ? auth.api.disableTwoFactor(call) : auth.api.enableTwoFactor(call));
  if (!answer.ok) return askPassword(visit, refuse({}, "password", { problem: ACCOUNT.currentWrong }));
  passCookies(visit, answer);
  if (person.twoFactorEnabled) return redirectTo(visit, "/app/account", "factorOff");
  const made: { totpURI: string; backupCodes: readonly string[] } = await answer.json();
  return showSecret(visit, made);
}

function showSecret(
  visit: OwnVisit,
  { totpURI, backupCodes }: { readonly totpURI: string; readonly backupCodes: readonly string[] },
): Content {
  const { say } = visit;
  const secret = new URL(totpURI).searchParams.get("secret") ?? "";
  return {
    title: ACCOUNT.secondFactor,
    above: ACCOUNT_CRUMBS,
    secret: true,
    body: (
      <>
        <p>{say(ACCOUNT.scan)}</p>
        <QrCode visit={visit} text={totpURI} />
        <p>
          {say(ACCOUNT.secret)}: <Copyable visit={visit} text={secret} what={say(ACCOUNT.secret)} />
        </p>
        <Notice kind="warn">{say(ACCOUNT.recovery)}</Notice>
        <ul class="recovery">
          {backupCodes.map((code) => (
            <li>
              <code>{code}</code>
            </li>
          ))}
        </ul>
        <CodeForm visit={visit} state={EMPTY} />
      </>
    ),
  };
}

function CodeForm({ visit, state }: { visit: OwnVisit; state: FormState }) {
  return (
    <div class="narrow">
      <Form
        visit={visit}
        fields={CODE_FIELDS}
        state={state}
        submit={visit.say(ACCOUNT.confirm)}
        action="/app/account/codes/confirm"
      />
    </div>
  );
}

const QUIET_ZONE = 4;

function QrCode({ visit: { say }, text }: { visit: OwnVisit; text: string }) {
  const { data, size } = encode(text, { border: QUIET_ZONE });
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={say(ACCOUNT.qr)}>
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}

async function confirm(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const { auth, context, person } = visit;
  const read = readForm(CODE_FIELDS, data);
  if (!read.ok) return codePage(visit, read);
  const wait = await countTry(visit, "sign-in", person.email);
  if (wait !== undefined) return tooManyTries(visit, wait);
  const code = read.values.code.replaceAll(/\s/g, "");
  const answer = await auth.api.verifyTOTP({ body: { code }, headers: context.req.raw.headers, asResponse: true });
  if (!answer.ok) return codePage(visit, refuse(read.sent, "code", { problem: ACCOUNT.codeWrong }));
  passCookies(visit, answer);
  return redirectTo(visit, "/app/account", "factorOn");
}

function codePage(visit: OwnVisit, state: FormState): Content {
  return {
    title: ACCOUNT.secondFactor,
    above: ACCOUNT_CRUMBS,
    status: 422,
    body: <CodeForm visit={visit} state={state} />,
  };
}

export const SECOND_FACTOR_PAGES: readonly Page[] = [
  { path: "/app/account/codes", access: "proven", get: (visit) => askPassword(visit, EMPTY), post: turn },
  { path: "/app/account/codes/confirm", access: "proven", post: confirm },
];
