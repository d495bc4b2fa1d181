/** `/admin/audit`: who changed what, and when. */
import { listApi, text, timeIn } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Filters } from "../../parts/filters.tsx";
import { Table } from "../../parts/table.tsx";
import { ADMIN_ACCOUNTS } from "../../text/admin-accounts-text.ts";
import { ADMIN } from "../../text/admin-text.ts";
import type { OwnVisit } from "../../visit.ts";

async function list(visit: OwnVisit): Promise<Content> {
  const { say, format, context } = visit;
  const { cursor, operator = "" } = context.req.query();
  const who = operator.trim();
  const { rows, next } = await listApi(visit, "audit", { cursor, operator: who === "" ? undefined : who });
  return {
    title: ADMIN.audit,
    body: (
      <>
        <p>{say(ADMIN.auditIntro)}</p>
        <Filters
          visit={visit}
          submit={ADMIN_ACCOUNTS.find}
          filters={[{ name: "operator", label: ADMIN_ACCOUNTS.by }]}
        />
        <Table
          visit={visit}
          caption={ADMIN.audit}
          rows={rows}
          next={next}
          empty={ADMIN.none}
          columns={[
            {
              title: ADMIN_ACCOUNTS.time,
              titleValues: { zone: format.timeZone },
              isHead: true,
              cell: (row) => format.time(timeIn(row, "at") ?? 0),
            },
            { title: ADMIN_ACCOUNTS.by, cell: (row) => text(row, "operator") },
            { title: ADMIN.action, cell: (row) => <code>{text(row, "action")}</code> },
            { title: ADMIN.target, cell: (row) => <code>{text(row, "target")}</code> },
            { title: ADMIN.details, cell: (row) => <code>{JSON.stringify(row["details"])}</code> },
            { title: ADMIN.address, cell: (row) => text(row, "address") },
          ]}
        />
      </>
    ),
  };
}

export const AUDIT_PAGES: readonly Page[] = [{ path: "/admin/audit", access: "operators", get: list }];
