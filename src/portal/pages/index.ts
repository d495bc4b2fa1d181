/** Every page of the portal. A more exact path comes before one with parameters. */
import type { Page } from "../page.ts";
import { ACCOUNT_PAGES } from "./app/account.tsx";
import { BILLING_PAGES } from "./app/billing.tsx";
import { CREDENTIAL_PAGES } from "./app/credentials.tsx";
import { PLAYGROUND_PAGES } from "./app/playground.tsx";
import { REQUEST_PAGES } from "./app/requests.tsx";
import { SECOND_FACTOR_PAGES } from "./app/second-factor.tsx";
import { USAGE_PAGES } from "./app/usage.tsx";
import { KEY_PAGES } from "./app/keys.tsx";
import { NEW_KEY_PAGES } from "./app/new-key.tsx";
import { OVERVIEW_PAGES } from "./app/overview.tsx";
import { RESET_PAGES } from "./guest/reset.tsx";
import { SIGN_IN_PAGES } from "./guest/sign-in.tsx";
import { SIGN_UP_PAGES } from "./guest/sign-up.tsx";
import { HOME_PAGES } from "./guest/home.tsx";
import { PRICING_PAGES } from "./guest/pricing.tsx";
import { STATUS_PAGES } from "./guest/status.tsx";

export const PAGES: readonly Page[] = [
  ...HOME_PAGES,
  ...PRICING_PAGES,
  ...STATUS_PAGES,
  ...SIGN_IN_PAGES,
  ...SIGN_UP_PAGES,
  ...RESET_PAGES,
  ...OVERVIEW_PAGES,
  ...NEW_KEY_PAGES,
  ...KEY_PAGES,
  ...USAGE_PAGES,
  ...REQUEST_PAGES,
  ...BILLING_PAGES,
  ...PLAYGROUND_PAGES,
  ...ACCOUNT_PAGES,
  ...CREDENTIAL_PAGES,
  ...SECOND_FACTOR_PAGES,
];
