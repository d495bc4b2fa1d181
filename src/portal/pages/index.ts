/** Every page of the portal. A more exact path comes before one with parameters. */
import type { Page } from "../page.ts";
import { ACCOUNT_PAGES as ADMIN_ACCOUNT_PAGES } from "./admin/account-page.tsx";
import { ACCOUNT_KEY_PAGES } from "./admin/account-key.tsx";
import { ACCOUNT_LIST_PAGES } from "./admin/accounts-pages.tsx";
import { ADMIN_ORDER_PAGES } from "./admin/orders-pages.tsx";
import { ROUTE_TEST_PAGES } from "./admin/route-test-page.tsx";
import { AUDIT_PAGES } from "./admin/audit-page.tsx";
import { CATALOGUE_PAGES } from "./admin/catalogue-pages.tsx";
import { CODE_PAGES } from "./admin/codes-pages.tsx";
import { DASHBOARD_PAGES } from "./admin/dashboard.tsx";
import { PRICE_PAGES } from "./admin/prices-page.tsx";
import { REQUEST_PAGES as ADMIN_REQUEST_PAGES } from "./admin/requests-pages.tsx";
import { ADMIN_TASK_PAGES } from "./admin/tasks-pages.tsx";
import { SETTING_PAGES } from "./admin/settings-pages.tsx";
import { UPSTREAM_MODEL_PAGES } from "./admin/upstream-models.tsx";
import { UPSTREAM_PAGES } from "./admin/upstreams.tsx";
import { SETUP_PAGES } from "./guest/setup.tsx";
import { ACCOUNT_PAGES } from "./app/account.tsx";
import { ORDER_PAGES } from "./app/orders.tsx";
import { TOP_UP_PAGES } from "./app/top-up.tsx";
import { BILLING_PAGES } from "./app/billing.tsx";
import { CREDENTIAL_PAGES } from "./app/credentials.tsx";
import { ELSEWHERE_PAGES } from "./app/elsewhere.tsx";
import { PLAYGROUND_PAGES } from "./app/playground.tsx";
import { REQUEST_PAGES } from "./app/requests.tsx";
import { SECOND_FACTOR_PAGES } from "./app/second-factor.tsx";
import { TASK_PAGES } from "./app/tasks.tsx";
import { USAGE_PAGES } from "./app/usage.tsx";
import { KEY_PAGES } from "./app/keys.tsx";
import { NEW_KEY_PAGES } from "./app/new-key.tsx";
import { OVERVIEW_PAGES } from "./app/overview.tsx";
import { RESET_PAGES } from "./guest/reset.tsx";
import { SIGN_IN_PAGES } from "./guest/sign-in.tsx";
import { SIGN_UP_PAGES } from "./guest/sign-up.tsx";
import { VERIFY_PAGES } from "./guest/verify.tsx";
import { AGENT_PAGES } from "./docs/agent-pages.ts";
import { SEARCH_PAGES } from "./docs/search-page.tsx";
import { DOC_PAGE_ROWS } from "./docs/docs-pages.tsx";
import { OPENAPI_PAGES } from "./docs/openapi-page.ts";
import { REFERENCE_PAGES } from "./docs/reference-page.tsx";
import { HOME_PAGES } from "./guest/home.tsx";
import { PRICING_PAGES } from "./guest/pricing.tsx";
import { STATUS_PAGES } from "./guest/status.tsx";

/** A more exact path comes before one with parameters: `…/models` of an upstream before the upstream. */
const ADMIN_PAGES: readonly Page[] = [
  ...DASHBOARD_PAGES,
  ...UPSTREAM_MODEL_PAGES,
  ...UPSTREAM_PAGES,
  ...ROUTE_TEST_PAGES,
  ...CATALOGUE_PAGES,
  ...PRICE_PAGES,
  ...CODE_PAGES,
  ...ACCOUNT_LIST_PAGES,
  ...ACCOUNT_KEY_PAGES,
  ...ADMIN_ACCOUNT_PAGES,
  ...ADMIN_REQUEST_PAGES,
  ...ADMIN_TASK_PAGES,
  ...ADMIN_ORDER_PAGES,
  ...SETTING_PAGES,
  ...AUDIT_PAGES,
];

export const PAGES: readonly Page[] = [
  ...HOME_PAGES,
  ...PRICING_PAGES,
  ...STATUS_PAGES,
  ...SEARCH_PAGES,
  ...OPENAPI_PAGES,
  ...REFERENCE_PAGES,
  ...DOC_PAGE_ROWS,
  ...AGENT_PAGES,
  ...SIGN_IN_PAGES,
  ...SIGN_UP_PAGES,
  ...RESET_PAGES,
  ...VERIFY_PAGES,
  ...OVERVIEW_PAGES,
  ...NEW_KEY_PAGES,
  ...KEY_PAGES,
  ...USAGE_PAGES,
  ...REQUEST_PAGES,
  ...TASK_PAGES,
  ...BILLING_PAGES,
  ...TOP_UP_PAGES,
  ...ORDER_PAGES,
  ...PLAYGROUND_PAGES,
  ...ACCOUNT_PAGES,
  ...CREDENTIAL_PAGES,
  ...ELSEWHERE_PAGES,
  ...SECOND_FACTOR_PAGES,
  ...SETUP_PAGES,
  ...ADMIN_PAGES,
];
