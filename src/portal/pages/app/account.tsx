/** `/app/account`: what people set of themselves, where they are signed in, and how they leave. */
import { desc, eq } from "drizzle-orm";
import { sessions } from "../../../../schema/index.ts";
import { readAccount } from "../../../accounts/accounts.ts";
import { isTimeZone } from "../../../billing/calendar.ts";
import { providersOf } from "../../auth/providers.ts";
import { changeChoices, countOperators, removeUser } from "../../auth/users.ts";
import { EMPTY, filled, readForm, refuse, type FormState, type Ruled } from "../../form.ts";
import { countTry } from "../../limits.ts";
import type { Content, Crumb, Page } from "../../page.ts";
import { ActionButton, Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Facts, Table } from "../../parts/table.tsx";
import { redirectTo } from "../../respond.tsx";
import { CURRENT_PASSWORD_FIELD, PERSON_FIELDS } from "../../person-fields.ts";
import { oneOf } from "../../rules.ts";
import { ACCOUNT } from "../../text/account-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { Elsewhere } from "./elsewhere.tsx";
import { askAgain } from "../guest/sign-in.tsx";
import { tooManyTries } from "../problem.tsx";

export const ACCOUNT_CRUMBS: readonly Crumb[] = [{ path: "/app/account", title: ACCOUNT.title }];

const MOST_SESSIONS = 50;

const PROFILE_FIELDS = {
  name: PERSON_FIELDS.name,
  language: {
    label: ACCOUNT.language,
    input: "select",
    required: true,
    choices: [
      { value: "", label: ACCOUNT.asBrowser },
      { value: "zh", label: "中文" },
      { value: "en", label: "English" },
    ],
    rule: oneOf("", "zh", "en"),
  },
  timeZone: { label: ACCOUNT.timeZone, hint: ACCOUNT.timeZoneHint, input: "text", maxLength: 60, rule: timeZone },
  colours: {
    label: ACCOUNT.colours,
    input: "select",
    required: true,
    choices: [
      { value: "", label: ACCOUNT.asBrowser },
      { value: "light", label: ACCOUNT.light },
      { value: "dark", label: ACCOUNT.dark },
    ],
    rule: oneOf("", "light", "dark"),
  },
} as const;

function timeZone(text: string): Ruled<string | null> {
  if (text === "") return { value: null };
  return isTimeZone(text) ? { value: text } : { problem: ACCOUNT.timeZoneProblem, values: { value: text } };
}

async function account(visit: OwnVisit, state?: FormState): Promise<Content> {
  const { services, person, say, format } = visit;
  const rows = await services.db
    .select()
    .from(sessions)
    .where(eq(sessions.userId, person.id))
    .orderBy(desc(sessions.updatedAt))
    .limit(MOST_SESSIONS);
  const { name, language, timeZone: zone, colours } = person;
  return {
    title: ACCOUNT.title,
    formOrigins: providersOf(services.settings).map(({ origin }) => origin),
    status: state === undefined ? 200 : 422,
    body: (
      <>
        {person.role === "operator" && !person.twoFactorEnabled ? (
          <Notice kind="warn">
            {say(ACCOUNT.operatorsNeed)} <a href="/app/account/codes">{say(ACCOUNT.turnOn)}</a>
          </Notice>
        ) : null}
        <section>
          <h2>{say(ACCOUNT.profile)}</h2>
          <div class="narrow">
            <Form
              visit={visit}
              fields={PROFILE_FIELDS}
              state={state ?? filled({ name, language, timeZone: zone, colours })}
              submit={say(ACCOUNT.save)}
            />
          </div>
        </section>
        <section>
          <h2>{say(ACCOUNT.security)}</h2>
          <Facts
            visit={visit}
            facts={[
              [
                ACCOUNT.email,
                <>
                  {person.email} <a href="/app/account/email">{say(ACCOUNT.changeEmail)}</a>
                </>,
              ],
              [ACCOUNT.newPassword, <a href="/app/account/password">{say(ACCOUNT.changePassword)}</a>],
              [
                ACCOUNT.secondFactor,
                <>
                  {say(person.twoFactorEnabled ? ACCOUNT.isOn : ACCOUNT.isOff)}{" "}
                  <a href="/app/account/codes">{say(person.twoFactorEnabled ? ACCOUNT.turnOff : ACCOUNT.turnOn)}</a>
                </>,
              ],
            ]}
          />
        </section>
        {await Elsewhere({ visit })}
        <section>
          <h2>{say(ACCOUNT.sessions)}</h2>
          <Table
            visit={visit}
            caption={ACCOUNT.sessions}
            rows={rows}
            empty={ACCOUNT.none}
            columns={[
              { title: ACCOUNT.device, isHead: true, cell: ({ userAgent }) => deviceOf(userAgent) },
              { title: ACCOUNT.address, cell: ({ ipAddress }) => <code>{ipAddress ?? ""}</code> },
              { title: ACCOUNT.seen, cell: ({ updatedAt }) => format.time(updatedAt.getTime()) },
              {
                title: ACCOUNT.end,
                cell: ({ id, userAgent }) =>
                  id === person.sessionId ? (
                    say(ACCOUNT.thisOne)
                  ) : (
                    <ActionButton
                      action="/app/account/sessions/end"
                      values={{ session: id }}
                      text={say(ACCOUNT.end)}
                      label={say(ACCOUNT.endNamed, { device: deviceOf(userAgent) })}
                      quiet
                    />
                  ),
              },
            ]}
          />
          {rows.length > 1 ? (
            <div class="actions">
              <ActionButton action="/app/account/sessions/end" text={say(ACCOUNT.endOthers)} quiet />
            </div>
          ) : null}
        </section>
        <p>
          <a href="/app/account/delete">{say(ACCOUNT.delete)}</a>
        </p>
      </>
    ),
  };
}

/** `Firefox, Linux`: the two words of a user agent that people know. */
function deviceOf(userAgent: string | null): string {
  const text = userAgent ?? "";
  const browser = ["Edg", "OPR", "MicroMessenger", "Firefox", "Chrome", "Safari"].find((name) => text.includes(name));
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux"].find((name) => text.includes(name));
  const known = [browser, system].filter((word) => word !== undefined);
  return known.length === 0 ? text.slice(0, 40) || "–" : known.join(", ");
}

async function saveProfile(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const read = readForm(PROFILE_FIELDS, data);
  if (!read.ok) return account(visit, read);
  const { name, language, timeZone: zone, colours } = read.values;
  await changeChoices(visit.services, visit.person.id, {
    name,
    language: language === "" ? null : language,
    timeZone: zone,
    colours: colours === "" ? null : colours,
  });
  return redirectTo(visit, "/app/account", "saved");
}

/** Ends one session of the person, or all but the one of this browser. */
async function endSessions(visit: OwnVisit, data: FormData): Promise<Response> {
  const { services, person, auth, context } = visit;
  const wanted = data.get("session");
  const { headers } = context.req.raw;
  if (typeof wanted !== "string") {
    await auth.api.revokeOtherSessions({ headers });
    return redirectTo(visit, "/app/account", "signedOutOthers");
  }
  const [row] = await services.db.select().from(sessions).where(eq(sessions.id, wanted));
  if (row?.userId === person.id) await auth.api.revokeSession({ body: { token: row.token }, headers });
  return redirectTo(visit, "/app/account", "saved");
}

const DELETE_FIELDS = { password: CURRENT_PASSWORD_FIELD };

async function askToDelete(visit: OwnVisit, state: FormState = EMPTY): Promise<Content | Response> {
  const { services, person, say, format } = visit;
  const { balanceNanos } = await readAccount(services, person.accountId);
  return (
    askAgain(visit) ?? {
      title: ACCOUNT.delete,
      above: ACCOUNT_CRUMBS,
      status: Object.keys(state.problems).length === 0 ? 200 : 422,
      body: (
        <div class="narrow">
          <Notice kind="warn">{say(ACCOUNT.deleteWarning, { balance: format.amount(balanceNanos) })}</Notice>
          <Form visit={visit} fields={DELETE_FIELDS} state={state} submit={say(ACCOUNT.delete)} />
        </div>
      ),
    }
  );
}

async function leave(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const { services, person, auth, context } = visit;
  const read = readForm(DELETE_FIELDS, data);
  if (!read.ok) return askToDelete(visit, read);
  const again = askAgain(visit);
  if (again !== undefined) return again;
  const wait = await countTry(visit, "sign-in", person.email);
  if (wait !== undefined) return tooManyTries(visit, wait);
  if (!(await isPassword(visit, read.values.password))) {
    return askToDelete(visit, refuse({}, "password", { problem: ACCOUNT.currentWrong }));
  }
  if (person.role === "operator" && (await countOperators(services)) === 1) {
    return askToDelete(visit, refuse({}, "password", { problem: ACCOUNT.lastOperator }));
  }
  await removeUser(services, person);
  for (const cookie of (
    await auth.api.signOut({ headers: context.req.raw.headers, asResponse: true })
  ).headers.getSetCookie())
    context.header("set-cookie", cookie, { append: true });
  return redirectTo(visit, "/", "accountDeleted");
}

/** Whether it is the password of who is signed in. */
async function isPassword({ auth, context }: OwnVisit, text: string): Promise<boolean> {
  const answer = await auth.api.verifyPassword({
    body: { password: text },
    headers: context.req.raw.headers,
    asResponse: true,
  });
  return answer.ok;
}

export const ACCOUNT_PAGES: readonly Page[] = [
  { path: "/app/account", access: "people", get: (visit) => account(visit), post: saveProfile },
  { path: "/app/account/sessions/end", access: "people", post: endSessions },
  { path: "/app/account/delete", access: "people", get: (visit) => askToDelete(visit), post: leave },
];
