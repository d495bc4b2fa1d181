/** The audit log. Nobody can change or delete its rows. */
import { nullable, object, optional, record, strictObject, string, unknown } from "zod/mini";
import { listAudit } from "../../../accounts/audit-log.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { id, label, time, toIso } from "../fields.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { viewOf } from "../views.ts";

const auditView = object({
  id: id(),
  at: time(),
  operator: string(),
  /** The endpoint. */
  action: string(),
  /** The path of what was written, below `/admin/api`. */
  target: string(),
  /** The fields that were sent, without secrets. */
  details: record(string(), unknown()),
  request_id: string(),
  address: nullable(string()),
});

export const auditEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "GET",
    path: "/admin/api/audit",
    summary: "List what operators wrote, the latest first",
    tag: "audit",
    access: "read",
    query: strictObject({ operator: optional(label()), ...pageFields }),
    result: pageOf(auditView),
    handle: async ({ query, services }) =>
      pageView(await listAudit(services, query.operator, query), ({ at, details, ...row }) =>
        viewOf(auditView, row, { at: toIso(at), details: JSON.parse(details) as unknown }),
      ),
  }),
];
