/** Every endpoint of our own API: one list for holders of keys, one for the operator. */
import { openApi } from "./openapi.ts";
import { apiEndpoint, type ApiEndpoint } from "./api-endpoint.ts";
import { record, string, unknown } from "zod/mini";
import type { Settings } from "../../settings.ts";
import type { Endpoint } from "../types.ts";
import { accountEndpoints as ownAccountEndpoints } from "./account/own-account.ts";
import { chargeEndpoints as ownChargeEndpoints } from "./account/own-charges.ts";
import { priceEndpoints as ownPriceEndpoints } from "./account/own-prices.ts";
import { usageEndpoints } from "./account/own-usage.ts";
import { widgetEndpoints } from "./account/widgets.ts";
import { accountEndpoints } from "./admin/admin-accounts.ts";
import { chargeEndpoints } from "./admin/admin-charges.ts";
import { codeEndpoints } from "./admin/admin-codes.ts";
import { entryEndpoints } from "./admin/admin-entries.ts";
import { healthEndpoints } from "./admin/admin-health.ts";
import { invariantEndpoints } from "./admin/admin-invariants.ts";
import { keyEndpoints } from "./admin/admin-keys.ts";
import { modelEndpoints, routeEndpoints } from "./admin/admin-models.ts";
import { groupEndpoints, planEndpoints } from "./admin/admin-plans.ts";
import { priceEndpoints } from "./admin/admin-prices.ts";
import { routeTestEndpoints } from "./admin/route-test.ts";
import { credentialEndpoints, upstreamEndpoints } from "./admin/admin-upstreams.ts";
import { serve } from "./serve-api.ts";

const ACCOUNT_API: readonly ApiEndpoint[] = [
  ...ownAccountEndpoints,
  ...usageEndpoints,
  ...ownChargeEndpoints,
  ...ownPriceEndpoints,
  ...widgetEndpoints,
];

const OPERATOR_API: readonly ApiEndpoint[] = [
  ...accountEndpoints,
  ...keyEndpoints,
  ...entryEndpoints,
  ...chargeEndpoints,
  ...invariantEndpoints,
  ...upstreamEndpoints,
  ...credentialEndpoints,
  ...healthEndpoints,
  ...modelEndpoints,
  ...routeEndpoints,
  ...routeTestEndpoints,
  ...priceEndpoints,
  ...groupEndpoints,
  ...planEndpoints,
  ...codeEndpoints,
];

/** Without `ADMIN_TOKEN` the operator API does not exist: its paths answer 404. */
export function apiEndpoints({ ADMIN_TOKEN }: Settings): Endpoint[] {
  const offered = [...ACCOUNT_API, ...(ADMIN_TOKEN === undefined ? [] : OPERATOR_API)];
  let built: Record<string, unknown> | undefined;
  const document: ApiEndpoint = apiEndpoint({
    method: "GET",
    path: "/api/openapi.json",
    summary: "This document",
    tag: "document",
    access: "anyone",
    result: record(string(), unknown()),
    handle: async () => (built ??= openApi([...offered, document])),
  });
  return [...offered, document].flatMap((each) =>
    [each.path, ...(each.aliases ?? [])].map((path) => ({ method: each.method, path, handle: serve(each) })),
  );
}
