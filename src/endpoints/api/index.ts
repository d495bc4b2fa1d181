/** Every operation of our own API, and the endpoints that serve them. */
import { openApi } from "./openapi.ts";
import { operation, type ApiOperation } from "./operation.ts";
import { record, string, unknown } from "zod/mini";
import type { Settings } from "../../env.ts";
import type { Endpoint } from "../types.ts";
import { accountOperations as ownAccountOperations } from "./account/account.ts";
import { chargeOperations } from "./account/charges.ts";
import { usageOperations } from "./account/usage.ts";
import { widgetOperations } from "./account/widgets.ts";
import { accountOperations } from "./admin/accounts.ts";
import { bookOperations } from "./admin/books.ts";
import { codeOperations } from "./admin/codes.ts";
import { entryOperations } from "./admin/entries.ts";
import { healthOperations } from "./admin/health.ts";
import { keyOperations } from "./admin/keys.ts";
import { modelOperations, routeOperations } from "./admin/models.ts";
import { groupOperations, planOperations } from "./admin/plans.ts";
import { priceOperations } from "./admin/prices.ts";
import { routeTestOperations } from "./admin/route-test.ts";
import { credentialOperations, upstreamOperations } from "./admin/upstreams.ts";
import { serve } from "./serve.ts";

const ACCOUNT_API: readonly ApiOperation[] = [
  ...ownAccountOperations,
  ...usageOperations,
  ...chargeOperations,
  ...widgetOperations,
];

const OPERATOR_API: readonly ApiOperation[] = [
  ...accountOperations,
  ...keyOperations,
  ...entryOperations,
  ...bookOperations,
  ...upstreamOperations,
  ...credentialOperations,
  ...healthOperations,
  ...modelOperations,
  ...routeOperations,
  ...routeTestOperations,
  ...priceOperations,
  ...groupOperations,
  ...planOperations,
  ...codeOperations,
];

/** Without an operator's token the operator API does not exist: its paths are unknown ones. */
export function apiEndpoints({ ADMIN_TOKEN }: Settings): Endpoint[] {
  const offered = [...ACCOUNT_API, ...(ADMIN_TOKEN === undefined ? [] : OPERATOR_API)];
  let built: Record<string, unknown> | undefined;
  const document: ApiOperation = operation({
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
