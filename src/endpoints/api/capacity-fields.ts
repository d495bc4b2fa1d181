/** The most that an upstream takes of a credential or a route, as the operator API writes it; null = no limit. */
import { nullable } from "zod/mini";
import { count, maybe, positiveCount } from "./fields.ts";

export const capacityFields = {
  requests_per_minute: maybe(positiveCount()),
  tokens_per_minute: maybe(positiveCount()),
  concurrent_requests: maybe(positiveCount()),
};

export const capacityView = {
  requests_per_minute: nullable(count()),
  tokens_per_minute: nullable(count()),
  concurrent_requests: nullable(count()),
};
