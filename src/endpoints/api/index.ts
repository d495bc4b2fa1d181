/** Every endpoint of our own API: one list for holders of keys, one for operators. */
import { openApi } from "./openapi.ts";
import { apiEndpoint, type ApiEndpoint } from "./api-endpoint.ts";
import { record, string, unknown } from "zod/mini";
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Services } from "../../services.ts";
import type { Settings } from "../../settings.ts";
import { identifyOperator } from "../caller.ts";
import type { Endpoint, GatewayContext } from "../types.ts";
import { accountEndpoints as ownAccountEndpoints } from "./account/own-account.ts";
import { chargeEndpoints as ownChargeEndpoints } from "./account/own-charges.ts";
import { orderEndpoints as ownOrderEndpoints } from "./account/own-orders.ts";
import { priceEndpoints as ownPriceEndpoints } from "./account/own-prices.ts";
import { taskEndpoints as ownTaskEndpoints } from "./account/own-tasks.ts";
import { usageEndpoints } from "./account/own-usage.ts";
import { widgetEndpoints } from "./account/widgets.ts";
import { accountEndpoints } from "./admin/admin-accounts.ts";
import { chargeEndpoints } from "./admin/admin-charges.ts";
import { auditEndpoints } from "./admin/admin-audit.ts";
import { codeEndpoints } from "./admin/admin-codes.ts";
import { entryEndpoints } from "./admin/admin-entries.ts";
import { healthEndpoints } from "./admin/admin-health.ts";
import { invariantEndpoints } from "./admin/admin-invariants.ts";
import { orderEndpoints } from "./admin/admin-orders.ts";
import { outboxEndpoints } from "./admin/admin-outbox.ts";
import { keyEndpoints } from "./admin/admin-keys.ts";
import { aliasEndpoints, modelEndpoints, routeEndpoints } from "./admin/admin-models.ts";
import { groupEndpoints, planEndpoints } from "./admin/admin-plans.ts";
import { operatorEndpoints } from "./admin/admin-operators.ts";
import { priceEndpoints } from "./admin/admin-prices.ts";
import { sealingEndpoints } from "./admin/admin-sealing.ts";
import { taskEndpoints } from "./admin/admin-tasks.ts";
import { routeTestEndpoints } from "./admin/route-test.ts";
import { credentialEndpoints, upstreamEndpoints } from "./admin/admin-upstreams.ts";
import { serve } from "./serve-api.ts";

const ACCOUNT_API: readonly ApiEndpoint[] = [
  ...ownAccountEndpoints,
  ...usageEndpoints,
  ...ownChargeEndpoints,
  ...ownTaskEndpoints,
  ...ownPriceEndpoints,
  ...ownOrderEndpoints,
  ...widgetEndpoints,
];

const OPERATOR_API: readonly ApiEndpoint[] = [
  ...accountEndpoints,
  ...keyEndpoints,
  ...entryEndpoints,
  ...orderEndpoints,
  ...chargeEndpoints,
  ...taskEndpoints,
  ...invariantEndpoints,
  ...outboxEndpoints,
  ...upstreamEndpoints,
  ...credentialEndpoints,
  ...sealingEndpoints,
  ...healthEndpoints,
  ...modelEndpoints,
  ...aliasEndpoints,
  ...routeEndpoints,
  ...routeTestEndpoints,
  ...priceEndpoints,
  ...groupEndpoints,
  ...planEndpoints,
  ...codeEndpoints,
  ...operatorEndpoints,
  ...auditEndpoints,
];

/** Describes the account API to everyone, and the whole API to operators. */
const DOCUMENT: ApiEndpoint = apiEndpoint({
  method: "GET",
  path: "/api/openapi.json",
  summary: "This document; with an operator's token it describes the operator API, too",
  tag: "document",
  access: "anyone",
  result: record(string(), unknown()),
  handle: async ({ context, services }) =>
    (await isOperator(context, services)) ? wholeDocument() : accountDocument(),
});

/** The account API, as everyone may read it. */
export const accountDocument = once(() => openApi([...ACCOUNT_API, DOCUMENT]));
/** The same with the operator API. */
export const wholeDocument = once(() => openApi([...ACCOUNT_API, ...OPERATOR_API, DOCUMENT]));

/** Without `ADMIN_TOKEN` the operator API does not exist: its paths answer 404. */
export function apiEndpoints({ ADMIN_TOKEN }: Settings): Endpoint[] {
  const offered = [...ACCOUNT_API, ...(ADMIN_TOKEN === undefined ? [] : OPERATOR_API), DOCUMENT];
  return offered.flatMap((each) =>
    [each.path, ...(each.aliases ?? [])].map((path) => ({ method: each.method, path, handle: serve(each) })),
  );
}

async function isOperator(context: GatewayContext, services: Services): Promise<boolean> {
  if (services.settings.ADMIN_TOKEN === undefined) return false;
  try {
    await identifyOperator(context, services);
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

/** Builds the document when it is first asked for. */
function once(build: () => JsonObject): () => JsonObject {
  let built: JsonObject | undefined;
  return () => (built ??= build());
}
