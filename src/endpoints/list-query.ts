/** How clients of OpenAI's form ask for a page of a list. */
import { invalid } from "../wire/invalid.ts";
import type { GatewayContext } from "./types.ts";

const MOST = 100;
const USUAL = 20;

interface PageQuery {
  readonly limit: number;
  readonly order: "asc" | "desc";
  /** The last one of the page before. */
  readonly after?: string;
}

/** @throws Fault `invalid_parameter` */
export function readPageQuery({ req }: GatewayContext): PageQuery {
  const { after, limit: asked, order = "desc" } = req.query();
  const limit = asked === undefined ? USUAL : Number(asked);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
    throw invalid("limit", `must be a whole number from 1 to ${MOST}`, `必须是 1 到 ${MOST} 的整数`);
  if (order !== "asc" && order !== "desc") throw invalid("order", "must be 'asc' or 'desc'", "必须是 'asc' 或 'desc'");
  return { limit, order, ...(after === undefined ? {} : { after }) };
}
