/** `/app`: what an account has and did, how to connect a client, and the first steps of a new one. */
import { listCharges, type Charge } from "../../../accounts/charges.ts";
import { listKeys, type ApiKey } from "../../../accounts/keys.ts";
import { readAccountOverview } from "../../../accounts/overview.ts";
import { reportUsage } from "../../../accounts/usage-report.ts";
import { dayOf, daysBefore } from "../../../billing/calendar.ts";
import type { Content, Page } from "../../page.ts";
import { BarChart } from "../../parts/chart.tsx";
import { Copyable } from "../../parts/copy.tsx";
import { Notice } from "../../parts/frame.tsx";
import { isPlaygroundKey } from "../../playground-key.ts";
import { CLIENTS } from "../../text/clients-text.ts";
import { OVERVIEW } from "../../text/overview-text.ts";
import type { OwnVisit } from "../../visit.ts";

const DAYS = 14;
const SOON_MS = 7 * 86_400_000;

type Overview = Awaited<ReturnType<typeof readAccountOverview>>;

async function overview(visit: OwnVisit): Promise<Content> {
  const { services, person, say } = visit;
  const { accountId } = person;
  const today = dayOf(services.now(), services.timeZone);
  const from = daysBefore(today, DAYS - 1);
  const [account, keys, usage, charges] = await Promise.all([
    readAccountOverview(services, accountId),
    listKeys(services, accountId, { limit: 50 }),
    reportUsage(services, { accountId, by: "day", from, to: today }, { limit: DAYS }),
    listCharges(services, { accountId }, { limit: 20 }),
  ]);
  const days = Array.from({ length: DAYS }, (_, at) => daysBefore(today, DAYS - 1 - at));
  const sums = new Map(usage.page.rows.map((row) => [row.group, row]));
  const own = keys.rows.filter((key) => !isPlaygroundKey(key.id));
  const steps = stepsOf({ account, keys: own, charges: charges.rows });
  return {
    title: OVERVIEW.title,
    body: (
      <>
        <Warnings visit={visit} account={account} keys={own} />
        {steps.every(({ isDone }) => isDone) ? null : <Checklist visit={visit} steps={steps} />}
        <Figures visit={visit} account={account} today={sums.get(today)} />
        <Connect visit={visit} keys={own} />
        {usage.page.rows.length === 0 ? null : (
          <section>
            <h2>{say(OVERVIEW.lastDays)}</h2>
            <BarChart
              visit={visit}
              title={OVERVIEW.lastDays}
              head={OVERVIEW.day}
              bars={days.map((day) => ({ label: day, value: sums.get(day)?.amountNanos ?? 0 }))}
            />
            <p class="muted">{say(OVERVIEW.days, { zone: services.timeZone })}</p>
          </section>
        )}
      </>
    ),
  };
}

interface FiguresOf {
  readonly visit: OwnVisit;
  readonly account: Overview;
  readonly today: { readonly amountNanos: number; readonly requests: number } | undefined;
}

function Figures({ visit, account: { account: row, plan, allowance }, today }: FiguresOf) {
  const { say, format } = visit;
  return (
    <dl class="figures">
      <div>
        <dt>{say(OVERVIEW.balance)}</dt>
        <dd>{row.unlimited ? say(OVERVIEW.unlimited) : format.amount(row.balanceNanos)}</dd>
        {row.heldNanos === 0 ? null : (
          <dd class="muted">{say(OVERVIEW.held, { amount: format.amount(row.heldNanos) })}</dd>
        )}
      </div>
      <div>
        <dt>{say(OVERVIEW.today)}</dt>
        <dd>{format.amount(today?.amountNanos ?? 0)}</dd>
        <dd class="muted">{say(OVERVIEW.requestsToday, { n: format.number(today?.requests ?? 0) })}</dd>
      </div>
      <div>
        <dt>{say(OVERVIEW.plan)}</dt>
        <dd>{plan?.name ?? say(OVERVIEW.noPlan)}</dd>
        {plan === null || row.planExpiresAt === null ? null : (
          <dd class="muted">{say(OVERVIEW.planEnds, { time: format.time(row.planExpiresAt) })}</dd>
        )}
        {allowance === null ? null : (
          <dd class="muted">
            {allowanceText(visit, allowance)} ·{" "}
            {say(OVERVIEW.allowanceResets, { time: format.time(allowance.resetsAt) })}
          </dd>
        )}
      </div>
    </dl>
  );
}

function allowanceText({ say, format }: OwnVisit, allowance: NonNullable<Overview["allowance"]>): string {
  const { limitNanos, leftNanos, limitRequests, leftRequests } = allowance;
  const parts = [
    ...(limitNanos === null ? [] : [[format.amount(leftNanos ?? 0), format.amount(limitNanos)] as const]),
    ...(limitRequests === null
      ? []
      : [
          [format.number(leftRequests ?? 0), say(OVERVIEW.requestsToday, { n: format.number(limitRequests) })] as const,
        ]),
  ];
  return format.list(parts.map(([left, limit]) => say(OVERVIEW.allowanceLeft, { left, limit })));
}

function Warnings({ visit, account, keys }: { visit: OwnVisit; account: Overview; keys: readonly ApiKey[] }) {
  const { say, format, services } = visit;
  const { account: row, availableNanos, plan } = account;
  const soon = (at: number | null) => at !== null && at > services.now() && at < services.now() + SOON_MS;
  const isEmpty = !row.unlimited && availableNanos <= 0 && plan === null && keys.length > 0;
  return (
    <>
      {row.disabled ? <Notice kind="bad">{say(OVERVIEW.accountDisabled)}</Notice> : null}
      {isEmpty ? (
        <Notice kind="warn">
          {say(OVERVIEW.lowBalance)} <a href="/app/billing">{say(OVERVIEW.addFunds)}</a>
        </Notice>
      ) : null}
      {plan !== null && soon(row.planExpiresAt) ? (
        <Notice kind="warn">{say(OVERVIEW.planSoonOver, { time: format.time(row.planExpiresAt ?? 0) })}</Notice>
      ) : null}
      {keys
        .filter((key) => !key.disabled && soon(key.expiresAt))
        .map((key) => (
          <Notice kind="warn">
            {say(OVERVIEW.keyExpires, { name: key.name, time: format.time(key.expiresAt ?? 0) })}
          </Notice>
        ))}
    </>
  );
}

interface Step {
  readonly text: (typeof OVERVIEW)["stepKey"];
  readonly path: string;
  readonly isDone: boolean;
  readonly receipt?: string | undefined;
}

interface Known {
  readonly account: Overview;
  readonly keys: readonly ApiKey[];
  readonly charges: readonly Charge[];
}

/** Each step is read from what the account has; nothing is stored about them. */
function stepsOf({ account: { account, plan }, keys, charges }: Known): readonly Step[] {
  const answered = charges.find(({ state }) => state === "settled");
  const connected = charges.some(({ keyId }) => keyId !== null && !isPlaygroundKey(keyId));
  return [
    { text: OVERVIEW.stepKey, path: "/app/keys/new", isDone: keys.length > 0 },
    {
      text: OVERVIEW.stepFunds,
      path: "/app/billing",
      isDone: account.unlimited || plan !== null || account.balanceNanos > 0 || charges.length > 0,
    },
    { text: OVERVIEW.stepConnect, path: "/app/keys", isDone: connected },
    {
      text: OVERVIEW.stepAnswer,
      path: "/app/playground",
      isDone: answered !== undefined,
      ...(answered === undefined ? {} : { receipt: `/app/requests/${answered.id}` }),
    },
  ];
}

function Checklist({ visit: { say }, steps }: { visit: OwnVisit; steps: readonly Step[] }) {
  return (
    <section class="card">
      <h2>{say(OVERVIEW.checklist)}</h2>
      <ol class="checklist">
        {steps.map(({ text, path, isDone, receipt }) => (
          <li class={isDone ? "done" : undefined}>
            {isDone ? (
              <>
                {say(text)} <span class="state ok">{say(OVERVIEW.done)}</span>
                {receipt === undefined ? null : <a href={receipt}> {say(OVERVIEW.seeReceipt)}</a>}
              </>
            ) : (
              <a href={path}>{say(text)}</a>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Connect({ visit, keys }: { visit: OwnVisit; keys: readonly ApiKey[] }) {
  const { say, origin } = visit;
  const first = keys.find((key) => !key.disabled);
  return (
    <section class="card">
      <h2>{say(OVERVIEW.connect)}</h2>
      <p>
        {say(OVERVIEW.connectHow)} <a href="/docs/clients">{say(CLIENTS.title)}</a>
      </p>
      <dl class="facts">
        <div>
          <dt>{say(OVERVIEW.baseUrl)}</dt>
          <dd>
            <Copyable visit={visit} text={`${origin}/v1`} what={say(OVERVIEW.baseUrl)} />
          </dd>
        </div>
        <div>
          <dt>{say(OVERVIEW.yourKey)}</dt>
          <dd>
            {first === undefined ? (
              <a href="/app/keys/new">{say(OVERVIEW.makeKey)}</a>
            ) : (
              <a href={`/app/keys/${first.id}`}>
                <code>{first.prefix}…</code>
              </a>
            )}
          </dd>
        </div>
      </dl>
    </section>
  );
}

export const OVERVIEW_PAGES: readonly Page[] = [{ path: "/app", access: "people", get: overview }];
