/** `/admin`: in one page, what needs the operator, and how the last day went. */
import { countOpenTasks } from "../../../accounts/task-list.ts";
import { siteFigures } from "../../../accounts/site-report.ts";
import { allRows } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Notice } from "../../parts/frame.tsx";
import { Table } from "../../parts/table.tsx";
import { ADMIN } from "../../text/admin-text.ts";
import { TASKS } from "../../text/tasks-text.ts";
import { FAULTS } from "../../../core/fault.ts";
import type { OwnVisit } from "../../visit.ts";
import { problemsOf } from "./problems.ts";

const DAY_MS = 86_400_000;
async function dashboard(visit: OwnVisit): Promise<Content> {
  const { services, say, format, context } = visit;
  if (services.settings.ADMIN_TOKEN === undefined) {
    return { title: ADMIN.dashboard, body: <Notice kind="warn">{say(ADMIN.needsToken)}</Notice> };
  }
  const listed = allRows(visit, "upstreams");
  const [upstreams, problems, figures, openTasks, status] = await Promise.all([
    listed,
    problemsOf(visit, listed),
    siteFigures(services, services.now() - DAY_MS),
    countOpenTasks(services),
    services.status.current(context.env.defer),
  ]);
  const all = [
    ...problems,
    ...(status === undefined ? [{ text: say(ADMIN.noSchedule), path: "/healthz" }] : []),
    ...(figures.writtenOff > 0
      ? [
          {
            text: say(ADMIN.lossesToday, { amount: format.amount(figures.writtenOff) }),
            path: "/admin/requests?hours=24",
          },
        ]
      : []),
  ];
  return {
    title: ADMIN.dashboard,
    body: (
      <>
        {upstreams.length === 0 ? <FirstSteps visit={visit} /> : null}
        <section>
          <h2>{say(ADMIN.wrong)}</h2>
          {all.length === 0 ? (
            <p class="state ok">{say(ADMIN.allWell)}</p>
          ) : (
            <ul class="problems">
              {all.map((problem) => (
                <li>
                  <a href={problem.path}>{problem.text}</a>
                </li>
              ))}
            </ul>
          )}
        </section>
        <section>
          <h2>{say(ADMIN.figures)}</h2>
          <dl class="figures">
            {(
              [
                [ADMIN.requests, format.number(figures.requests)],
                [ADMIN.success, figures.requests === 0 ? "–" : format.percent(figures.answered / figures.requests)],
                [ADMIN.revenue, format.amount(figures.revenue)],
                [ADMIN.cost, format.amount(figures.cost)],
                [ADMIN.margin, format.amount(figures.revenue - figures.cost)],
                [TASKS.open, <a href="/admin/tasks">{format.number(openTasks)}</a>],
              ] as const
            ).map(([name, value]) => (
              <div>
                <dt>{say(name)}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <Table
            visit={visit}
            caption={ADMIN.topModels}
            rows={figures.models}
            empty={ADMIN.none}
            columns={[
              { title: ADMIN.model, isHead: true, cell: ({ model }) => model },
              { title: ADMIN.requests, isNumber: true, cell: (row) => format.number(row.requests) },
              { title: ADMIN.revenue, isNumber: true, cell: (row) => format.amount(row.revenue) },
            ]}
          />
          <h3>{say(ADMIN.failures)}</h3>
          <Table
            visit={visit}
            caption={ADMIN.failures}
            rows={figures.faults}
            empty={ADMIN.noFailures}
            columns={[
              { title: ADMIN.fault, isHead: true, cell: ({ fault }) => <code>{fault}</code> },
              { title: ADMIN.status, isNumber: true, cell: ({ fault }) => statusOf(fault) },
              { title: ADMIN.requests, isNumber: true, cell: (row) => format.number(row.requests) },
            ]}
          />
        </section>
      </>
    ),
  };
}

function statusOf(fault: string): string {
  return Object.hasOwn(FAULTS, fault) ? String(FAULTS[fault as keyof typeof FAULTS].status) : "";
}

function FirstSteps({ visit: { say } }: { visit: OwnVisit }) {
  return (
    <section class="card">
      <h2>{say(ADMIN.noUpstream)}</h2>
      <p>{say(ADMIN.steps)}</p>
      <p>
        <a class="button" href="/admin/upstreams/new">
          {say(ADMIN.newUpstream)}
        </a>
      </p>
    </section>
  );
}

export const DASHBOARD_PAGES: readonly Page[] = [{ path: "/admin", access: "operators", get: dashboard }];
