/** The Xlei surface: Chinese unless the client asks otherwise, and an unknown model is a bad request. */
import { openaiDialect } from "../openai/dialect.ts";
import type { Dialect } from "../types.ts";

export const xleiDialect: Dialect = {
  ...openaiDialect,
  language: "zh",
  status: (fault) => (fault.kind === "model_not_found" ? 400 : fault.row.status),
};
