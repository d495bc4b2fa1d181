/**
 * Errors as the relays of midjourney-proxy tell them. Clients look at `code` and `description`; most of them read the body alone.
 * @see https://github.com/novicezk/midjourney-proxy
 */
import type { Fault, FaultName } from "../../core/fault.ts";
import type { Language } from "../../core/language.ts";
import type { Dialect } from "../types.ts";

/** A request that cannot be served; the answer's code where no other is listed. */
const REFUSED = 4;
const NO_ACCOUNT = 3;
const FAILED = 5;
const QUEUE_FULL = 23;
const BANNED = 24;
const LIMITED = 30;

const CODES: Readonly<Partial<Record<FaultName, number>>> = {
  no_route: NO_ACCOUNT,
  internal_error: FAILED,
  upstream_error: FAILED,
  upstream_timeout: FAILED,
  maintenance: FAILED,
  concurrency_limited: QUEUE_FULL,
  overloaded: QUEUE_FULL,
  content_policy: BANNED,
  rate_limited_key: LIMITED,
  rate_limited_account: LIMITED,
  rate_limited_ip: LIMITED,
  upstream_rate_limited: LIMITED,
};

/** The words of this family, which programs compare. All other faults are told in sentences. */
const WORDS: Readonly<Partial<Record<FaultName, string>>> = {
  bad_json: "bind_request_body_failed",
  model_not_found: "unknown_relay_action",
  model_endpoint_mismatch: "unknown_action",
  insufficient_balance: "quota_not_enough",
  key_quota_exhausted: "quota_not_enough",
  daily_limit_reached: "quota_not_enough",
  resource_not_found: "task_no_found",
  not_ready: "task_status_not_success",
  upstream_error: "do_request_failed",
  upstream_timeout: "do_request_failed",
};

const STATUSES: Readonly<Partial<Record<FaultName, number>>> = {
  // A proxy answers so, and clients take its reason from the body.
  content_policy: 200,
  model_not_found: 400,
  resource_not_found: 400,
};

export const midjourneyDialect: Dialect = {
  language: "en",
  status: ({ kind, row }) => STATUSES[kind] ?? row.status,
  body(fault, language) {
    const { promptEn, bannedWord } = fault.options.values ?? {};
    const isBanned = fault.kind === "content_policy";
    return {
      code: CODES[fault.kind] ?? REFUSED,
      description: descriptionOf(fault, language),
      type: "upstream_error",
      result: null,
      ...(isBanned ? { properties: { promptEn: promptEn ?? "", bannedWord: bannedWord ?? "" } } : {}),
    };
  },
};

const FACES = "sour_base64_and_target_base64_is_required";

function descriptionOf(fault: Fault, language: Language): string {
  const { kind, options } = fault;
  const { param = "prompt" } = options;
  if (kind === "missing_input") {
    return /^(source|target)Base64$/.test(param) ? FACES : `${snakeCase(param)}_is_required`;
  }
  if (kind === "invalid_parameter" && param === "action") return "unknown_action";
  if (kind === "invalid_parameter" || kind === "unsupported_feature") return `invalid_request: ${fault.text(language)}`;
  return WORDS[kind] ?? fault.text(language);
}

/** `taskId` is `task_id`. */
function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
