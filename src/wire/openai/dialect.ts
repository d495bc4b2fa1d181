/**
 * OpenAI's error object together with Xlei's three fields: one body that clients of both surfaces understand.
 * @see https://platform.openai.com/docs/guides/error-codes
 */
import type { Dialect } from "../types.ts";

/** Xlei's earlier code for rate limits; today's code is 429. */
export const LEGACY_RATE_LIMIT = 2004;

export const openaiDialect: Dialect = {
  language: "en",
  status: (fault) => fault.row.status,
  body(fault, language, { legacyCodes }) {
    const { row, options } = fault;
    const message = fault.text(language);
    const rateLimited = row.number === 429;
    return {
      error: {
        message,
        type: row.type,
        param: options.param ?? null,
        code: row.code,
        ...(rateLimited ? { legacy_code: LEGACY_RATE_LIMIT } : {}),
      },
      code: rateLimited && legacyCodes ? LEGACY_RATE_LIMIT : row.number,
      message,
      data: null,
    };
  },
};
