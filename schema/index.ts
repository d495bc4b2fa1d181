export { accounts, apiKeys } from "./accounts.ts";
export { prices } from "./prices.ts";
export { models, routes, upstreamCredentials, upstreams } from "./upstreams.ts";
