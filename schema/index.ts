export { accounts, apiKeys } from "./accounts.ts";
export { charges, dailyUsage, entries } from "./charges.ts";
export { audit } from "./audit.ts";
export { jobs } from "./jobs.ts";
export { operators } from "./operators.ts";
export { groups, plans, redeemCodes } from "./plans.ts";
export { prices } from "./prices.ts";
export { status } from "./status.ts";
export { models, routes, upstreamCredentials, upstreams } from "./upstreams.ts";
