/** `/setup`: makes the first operator. It needs the secret `ADMIN_TOKEN`, and is gone once there is an operator. */
import { eq } from "drizzle-orm";
import { users } from "../../../../schema/index.ts";
import { Fault } from "../../../core/fault.ts";
import { passCookies } from "../../auth/cookies.ts";
import { hasMail } from "../../auth/mail.ts";
import { countOperators } from "../../auth/users.ts";
import { EMPTY, readForm, refuse, type FormState } from "../../form.ts";
import { countTry } from "../../limits.ts";
import type { Content, Page } from "../../page.ts";
import { Form } from "../../parts/fields.tsx";
import { redirectTo } from "../../respond.tsx";
import { PERSON_FIELDS } from "../../person-fields.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { SIGN_IN } from "../../text/sign-in-text.ts";
import type { Visit } from "../../visit.ts";
import { secret } from "../admin/admin-fields.ts";
import { tooManyTries } from "../problem.tsx";

const FIELDS = { token: secret({ label: ADMIN.adminToken }), ...PERSON_FIELDS };

/** @throws Fault `route_not_found` once there is an operator, and where there is no token to ask for */
async function mustBeOpen({ services, context }: Visit): Promise<void> {
  const isOpen = services.settings.ADMIN_TOKEN !== undefined && (await countOperators(services)) === 0;
  if (!isOpen) throw new Fault("route_not_found", { values: { method: context.req.method, path: "/setup" } });
}

function form(visit: Visit, state: FormState): Content {
  return {
    title: ADMIN.setup,
    status: Object.keys(state.problems).length === 0 ? 200 : 422,
    body: (
      <div class="narrow">
        <p>{visit.say(ADMIN.setupHow)}</p>
        <Form visit={visit} fields={FIELDS} state={state} submit={visit.say(ADMIN.setup)} />
      </div>
    ),
  };
}

async function setUp(visit: Visit, data: FormData): Promise<Content | Response> {
  await mustBeOpen(visit);
  const read = readForm(FIELDS, data);
  if (!read.ok) return form(visit, read);
  const wait = await countTry(visit, "sign-in", "setup");
  if (wait !== undefined) return tooManyTries(visit, wait);
  const { services, auth, context } = visit;
  const { token, name, email: address, password: chosen } = read.values;
  if (!(await services.operators.isAdminToken(token))) {
    return form(visit, refuse(read.sent, "token", { problem: ADMIN.wrongToken }));
  }
  const credentials = { email: address, password: chosen };
  const call = { headers: context.req.raw.headers, asResponse: true } as const;
  const answer = await auth.api.signUpEmail({ ...call, body: { name, ...credentials } });
  // Where mails are sent, the answer for an address that is taken looks the same, and names nobody.
  const made: { user?: { id: string } } = answer.ok ? await answer.clone().json() : {};
  const operators = await services.db
    .update(users)
    .set({ role: "operator" })
    .where(eq(users.id, made.user?.id ?? ""))
    .returning({ id: users.id });
  if (operators.length === 0) return form(visit, refuse(read.sent, "email", { problem: SIGN_IN.cannotBeUsed }));
  passCookies(visit, hasMail(services) ? await auth.api.signInEmail({ ...call, body: credentials }) : answer);
  return redirectTo(visit, "/admin", "welcome");
}

export const SETUP_PAGES: readonly Page[] = [
  {
    path: "/setup",
    access: "everyone",
    get: async (visit) => {
      await mustBeOpen(visit);
      return form(visit, EMPTY);
    },
    post: setUp,
  },
];
