/** The lists at the side: the documentation, what people may do with their account, and what operators may do. */
import type { Text } from "../../core/language.ts";
import type { Person } from "../auth/person.ts";
import { LISTED_PAGES } from "../docs/index.ts";
import { GROUPS } from "../docs/types.ts";
import { ADMIN_ACCOUNTS } from "../text/admin-accounts-text.ts";
import { ADMIN } from "../text/admin-text.ts";
import { FRAME } from "../text/frame-text.ts";
import { ORDERS } from "../text/orders-text.ts";

export interface NavItem {
  readonly path: string;
  readonly title: Text;
  /** Stands above the items of one group. */
  readonly group?: Text;
}

export const AREAS = {
  docs: LISTED_PAGES.map(({ path, title, group }) => ({ path, title, group: GROUPS[group] })),
  app: [
    { path: "/app", title: FRAME.overview },
    { path: "/app/keys", title: FRAME.keys },
    { path: "/app/usage", title: FRAME.usage },
    { path: "/app/requests", title: FRAME.requests },
    { path: "/app/tasks", title: FRAME.tasks },
    { path: "/app/billing", title: FRAME.billing },
    { path: "/app/playground", title: FRAME.playground },
    { path: "/app/account", title: FRAME.account },
  ],
  admin: [
    { path: "/admin", title: FRAME.dashboard },
    { path: "/admin/upstreams", title: ADMIN.upstreams },
    { path: "/admin/models", title: ADMIN.models },
    { path: "/admin/routes", title: ADMIN.routes },
    { path: "/admin/prices", title: ADMIN.prices },
    { path: "/admin/accounts", title: ADMIN_ACCOUNTS.accounts },
    { path: "/admin/requests", title: ADMIN.requests },
    { path: "/admin/tasks", title: FRAME.tasks },
    { path: "/admin/orders", title: ORDERS.payments },
    { path: "/admin/plans", title: ADMIN.plans },
    { path: "/admin/groups", title: ADMIN.groupList },
    { path: "/admin/codes", title: ADMIN.codes },
    { path: "/admin/settings", title: ADMIN.settings },
    { path: "/admin/audit", title: ADMIN.audit },
  ],
} as const satisfies Record<string, readonly NavItem[]>;

export type Area = keyof typeof AREAS;

/** undefined = the page has no list at its side. */
export function areaOf(path: string, person: Person | undefined): Area | undefined {
  if (path === "/docs" || path.startsWith("/docs/")) return "docs";
  if (person === undefined) return undefined;
  if (path === "/admin" || path.startsWith("/admin/")) return person.role === "operator" ? "admin" : undefined;
  return path === "/app" || path.startsWith("/app/") ? "app" : undefined;
}
