import { unknownStatus, type StatusDocument } from "../health/status-document.ts";
import { publicRoutes } from "../routing/catalogue.ts";
import type { Visit } from "./visit.ts";

/** The public status of each model; before the first one was built, a document that knows nothing. */
export async function readStatus({ services, context }: Visit): Promise<StatusDocument> {
  const { defer } = context.env;
  const document = await services.status.current(defer);
  if (document !== undefined) return document;
  const { catalogue, prices } = services.relay;
  const [known, priceOf] = await Promise.all([catalogue.current(defer), prices.current(defer)]);
  return unknownStatus(publicRoutes(known, (model) => priceOf(model) !== undefined).keys());
}
