import type { Identity } from "../access/identify.ts";
import type { Services } from "../services.ts";
import type { DialectOptions } from "../wire/types.ts";
import type { GatewayContext } from "./types.ts";

/** The caller, noted in the request's record. @throws Fault `missing_key`, `invalid_key`, `account_disabled` */
export async function identify(context: GatewayContext, services: Services): Promise<Identity> {
  const { record } = context.var;
  const identity = await record.time(
    "key",
    services.keys.identify(context.req.raw.headers, (work) => context.executionCtx.waitUntil(work)),
  );
  context.set("identity", identity);
  record.fields.account = identity.accountId;
  record.fields.key = identity.keyId;
  return identity;
}

/** The key's own setting, else the site's. */
export function dialectOptions(context: GatewayContext, services: Services): DialectOptions {
  const dialect = context.var.identity?.errorDialect ?? services.settings.XLEI_ERROR_DIALECT;
  return { legacyCodes: dialect === "legacy" };
}
