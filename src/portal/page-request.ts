import type { PageRequest } from "../accounts/paging.ts";
import type { Visit } from "./visit.ts";

/** No list loads more rows. */
const MOST_ROWS = 50;

/** The part of a list that the address asks for. */
export function pageRequest({ context }: Visit, limit: number = MOST_ROWS): PageRequest {
  const cursor = context.req.query("cursor");
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}
