/** `/admin/settings`: the site's name and rules, invitations, and the configuration as JSON. */
import { desc } from "drizzle-orm";
import { invitations } from "../../../../schema/index.ts";
import { formatNanos } from "../../../core/money.ts";
import { makeInvitation } from "../../auth/invitations.ts";
import { exportConfiguration, importConfiguration, parseConfiguration, type Imported } from "../../configuration.ts";
import { EMPTY, filled, readForm, refuse, type FormState } from "../../form.ts";
import type { Content, Page } from "../../page.ts";
import { Copyable } from "../../parts/copy.tsx";
import { Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Table } from "../../parts/table.tsx";
import { redirectTo } from "../../respond.tsx";
import { noteInAudit } from "../../auth/users.ts";
import { oneOf } from "../../rules.ts";
import type { SiteSettings } from "../../site.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { TROUBLES } from "../../text/admin-troubles-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { count, flag, money, word, wordOrNone } from "./admin-fields.ts";
import { ChangedMeanwhile, isStale, Refused, Seen, seenIn, statusOf } from "./resource-pages.tsx";

const PATH = "/admin/settings";
const DAY_MS = 86_400_000;
const MOST_INVITATIONS = 50;

const FIELDS = {
  name: { ...wordOrNone({ label: ADMIN.siteName, hint: ADMIN.asVariable }), maxLength: 60 },
  signUp: {
    label: ADMIN.signUp,
    input: "select",
    required: true,
    choices: [
      { value: "", label: ADMIN.signUpVariable },
      { value: "closed", label: ADMIN.signUpClosed },
      { value: "invite", label: ADMIN.signUpInvite },
      { value: "open", label: ADMIN.signUpOpen },
    ],
    rule: oneOf("", "closed", "invite", "open"),
  },
  grant: money({ label: ADMIN.grant }),
  contact: { ...wordOrNone({ label: ADMIN.contact, hint: ADMIN.contactHint }), maxLength: 200 },
  notice: {
    label: ADMIN.siteNotice,
    hint: ADMIN.siteNoticeHint,
    input: "lines",
    rule: (text: string) => ({ value: text === "" ? null : text.slice(0, 2000) }),
  },
  publicPrices: flag({ label: ADMIN.publicPrices }),
} as const;

const INVITATION_FIELDS = {
  note: word({ label: ADMIN.invitationNote, isRequired: true }),
  days: { ...count({ label: ADMIN.invitationDays, least: 1 }), required: true },
};

const IMPORT_FIELDS = {
  text: { label: ADMIN.importText, input: "long", required: true, rule: (text: string) => ({ value: text }) },
} as const;

/** The settings as they stand. */
function storedState(stored: SiteSettings): FormState {
  return filled({
    name: stored.name,
    signUp: stored.signUp ?? "",
    grant: stored.grantNanos === 0 ? undefined : formatNanos(stored.grantNanos),
    contact: stored.contact,
    notice: stored.notice,
    publicPrices: stored.publicPrices ? "on" : undefined,
  });
}

interface Shown {
  readonly settings?: FormState;
  /** Somebody else was faster. */
  readonly isStale?: boolean;
  /** What a form with a mistake had seen. */
  readonly seen?: string;
  readonly invitation?: FormState;
  readonly wanted?: FormState;
  readonly link?: string;
  readonly imported?: Imported;
}

async function page(visit: OwnVisit, shown: Shown = {}): Promise<Content> {
  const { say, format, sites, services } = visit;
  const [stored, invited] = await Promise.all([
    sites.stored(),
    services.db.select().from(invitations).orderBy(desc(invitations.createdAt)).limit(MOST_INVITATIONS),
  ]);
  const problems = [shown.settings, shown.invitation, shown.wanted].flatMap((state) =>
    Object.keys(state?.problems ?? {}),
  );
  const { imported, link } = shown;
  const state = storedState(stored);
  return {
    title: ADMIN.settings,
    secret: link !== undefined,
    status: problems.length > 0 || imported?.refusal !== undefined ? 422 : statusOf(shown),
    body: (
      <>
        {shown.isStale === true ? <ChangedMeanwhile visit={visit} /> : null}
        <div class="narrow">
          <Form visit={visit} fields={FIELDS} state={shown.settings ?? state} submit={say(ADMIN.save)} action={PATH}>
            <Seen stored={state.sent} then={shown.seen} />
          </Form>
        </div>
        <section>
          <h2>{say(ADMIN.invitations)}</h2>
          {link === undefined ? null : (
            <Notice kind="warn">
              {say(ADMIN.invitationIs)} <Copyable visit={visit} text={link} what={say(ADMIN.invitations)} />
            </Notice>
          )}
          <Table
            visit={visit}
            caption={ADMIN.invitations}
            rows={invited}
            empty={ADMIN.none}
            columns={[
              { title: ADMIN.invitationNote, isHead: true, cell: ({ note }) => note },
              { title: ADMIN.expires, cell: ({ expiresAt }) => format.day(expiresAt) },
              { title: ADMIN.usedBy, cell: ({ usedBy }) => usedBy ?? "" },
            ]}
          />
          <div class="narrow">
            <Form
              visit={visit}
              fields={INVITATION_FIELDS}
              state={shown.invitation ?? filled({ days: 7 })}
              submit={say(ADMIN.newInvitation)}
              action={`${PATH}/invitations`}
            />
          </div>
        </section>
        <section>
          <h2>{say(ADMIN.configuration)}</h2>
          <p>
            {say(ADMIN.exportHow)} <a href={`${PATH}/configuration.json`}>{say(ADMIN.export)}</a>
          </p>
          {imported === undefined ? null : (
            <>
              <Refused refusal={imported.refusal} />
              <Notice kind={imported.refusal === undefined ? "ok" : "warn"}>
                {say(ADMIN.importDone, { made: imported.made, changed: imported.changed })}{" "}
                {imported.refusal === undefined
                  ? null
                  : say(isUntouched(imported) ? TROUBLES.importUntouched : TROUBLES.importStopped)}
              </Notice>
              {imported.isPartial ? <Notice kind="warn">{say(ADMIN.importPartial)}</Notice> : null}
            </>
          )}
          <p>{say(ADMIN.importHow)}</p>
          <div class="narrow">
            <Form
              visit={visit}
              fields={IMPORT_FIELDS}
              state={shown.wanted ?? EMPTY}
              submit={say(ADMIN.import)}
              action={`${PATH}/import`}
            />
          </div>
        </section>
      </>
    ),
  };
}

async function save(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const read = readForm(FIELDS, data);
  const seen = seenIn(data);
  if (!read.ok) return page(visit, { settings: read, seen });
  const stored = storedState(await visit.sites.stored()).sent;
  if (await isStale(FIELDS, stored, { seen, values: read.values })) {
    return page(visit, { settings: { sent: read.sent, problems: {} }, isStale: true });
  }
  const { name, signUp, grant, contact, notice, publicPrices } = read.values;
  const settings = {
    name,
    signUp: signUp === "" ? null : signUp,
    grantNanos: grant ?? 0,
    contact,
    notice,
    publicPrices,
  };
  await visit.sites.change(settings);
  await noteInAudit(visit, "portal: settings", "site", settings);
  return redirectTo(visit, PATH, "saved");
}

async function invite(visit: OwnVisit, data: FormData): Promise<Content> {
  const read = readForm(INVITATION_FIELDS, data);
  if (!read.ok) return page(visit, { invitation: read });
  const { note = "", days } = read.values;
  const expiresAt = visit.services.now() + (days ?? 1) * DAY_MS;
  const code = await makeInvitation(visit.services, { note, expiresAt });
  await noteInAudit(visit, "portal: invitation", "invitations", { note, days });
  return page(visit, { link: `${visit.origin}/sign-up?invitation=${code}` });
}

async function exportAll(visit: OwnVisit): Promise<Response> {
  const configuration = await exportConfiguration(visit);
  return new Response(`${JSON.stringify(configuration, undefined, 2)}\n`, {
    headers: {
      "content-type": "application/json",
      "content-disposition": 'attachment; filename="configuration.json"',
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": visit.context.env.log.requestId,
    },
  });
}

async function importAll(visit: OwnVisit, data: FormData): Promise<Content> {
  const read = readForm(IMPORT_FIELDS, data);
  if (!read.ok) return page(visit, { wanted: read });
  const wanted = parseConfiguration(read.values.text);
  if (wanted === undefined) return page(visit, { wanted: refuse(read.sent, "text", { problem: ADMIN.importProblem }) });
  const imported = await importConfiguration(visit, wanted);
  const isDone = imported.refusal === undefined && !imported.isPartial;
  return page(visit, { imported, ...(isDone ? {} : { wanted: { sent: read.sent, problems: {} } }) });
}

function isUntouched({ made, changed }: Imported): boolean {
  return made + changed === 0;
}

export const SETTING_PAGES: readonly Page[] = [
  { path: PATH, access: "operators", get: (visit) => page(visit), post: save },
  { path: `${PATH}/invitations`, access: "operators", post: invite },
  { path: `${PATH}/configuration.json`, access: "operators", get: exportAll },
  { path: `${PATH}/import`, access: "operators", post: importAll },
];
