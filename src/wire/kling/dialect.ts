/**
 * Kling's errors: its numbers, and the HTTP status of the fault.
 * @see https://app.klingai.com/global/dev/document-api/apiReference/commonInfo
 */
import type { FaultName } from "../../core/fault.ts";
import type { Dialect } from "../types.ts";

const INVALID = 1201;

/** Numbers that the status alone does not tell. */
const NUMBERS: Readonly<Partial<Record<FaultName, number>>> = {
  invalid_key: 1002,
  account_disabled: 1100,
  key_quota_exhausted: 1102,
  daily_limit_reached: 1102,
  route_not_found: 1202,
  content_policy: 1301,
  concurrency_limited: 1303,
};

const BY_STATUS: Readonly<Record<number, number>> = {
  401: 1000,
  402: 1101,
  403: 1103,
  404: 1203,
  405: 1202,
  429: 1302,
  499: 5000,
  500: 5000,
  501: 1202,
  502: 5000,
  503: 5001,
  504: 5002,
};

export const klingDialect: Dialect = {
  language: "en",
  status: (fault) => fault.row.status,
  body: (fault, language, { requestId }) => ({
    code: NUMBERS[fault.kind] ?? BY_STATUS[fault.row.status] ?? INVALID,
    message: fault.text(language),
    request_id: requestId,
  }),
};
