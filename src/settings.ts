/** The Worker's bindings and variables, parsed once per isolate. README.md, "Configuration", describes each. */
import {
  _default,
  coerce,
  enum as oneOf,
  int,
  maximum,
  minimum,
  object,
  optional,
  pipe,
  positive,
  safeParse,
  string,
  transform,
  refine,
  regex,
  type infer as Infer,
  minLength,
  maxLength,
} from "zod/mini";
import { isTimeZone } from "./billing/calendar.ts";
import type { PasswordHasher } from "./access/password-hasher.ts";
import type { KeyWindow } from "./access/limits/key-window.ts";
import { readTuning } from "./core/read-tuning.ts";
import { HEALTH_TUNING } from "./health/tuning.ts";
import type { Outbox } from "./billing/outbox.ts";
import type { KeptAnswers } from "./access/retries/kept-answers.ts";
import type { UpstreamHealth } from "./health/upstream-health.ts";
import { ROUTING_TUNING } from "./routing/tuning.ts";
import type { TaskClockBase } from "./tasks/task-clock.ts";

export interface Env {
  readonly DB: D1Database;
  readonly IP_LIMITER: RateLimit;
  readonly KEY_WINDOWS: DurableObjectNamespace<KeyWindow>;
  readonly UPSTREAM_HEALTH: DurableObjectNamespace<UpstreamHealth>;
  readonly OUTBOXES: DurableObjectNamespace<Outbox>;
  readonly KEPT_ANSWERS: DurableObjectNamespace<KeptAnswers>;
  readonly PASSWORD_HASHERS: DurableObjectNamespace<PasswordHasher>;
  readonly TASK_CLOCKS: DurableObjectNamespace<TaskClockBase<unknown>>;
  /** Style sheet and script of the portal. */
  readonly ASSETS?: Fetcher;
  /** Sends mails from `MAIL_FROM`. */
  readonly EMAIL?: SendEmail;
  /** Keeps the results of tasks. */
  readonly RESULTS?: R2Bucket;
  readonly [variable: string]: unknown;
}

const wholeNumber = (fallback: number, most: number) =>
  _default(coerce.number().check(int(), positive(), maximum(most)), fallback);
const yesOrNo = (fallback: "true" | "false") =>
  pipe(
    _default(oneOf(["true", "false"]), fallback),
    transform((value: "true" | "false") => value === "true"),
  );

/** One variable, `ROUTING_TUNING`, sets the numbers of both tables. */
const TUNING = { ...ROUTING_TUNING, ...HEALTH_TUNING };

const DAY_MS = 86_400_000;
const MOST_REQUESTS = 10_000_000;

const BINDINGS = [
  "DB",
  "IP_LIMITER",
  "KEY_WINDOWS",
  "UPSTREAM_HEALTH",
  "OUTBOXES",
  "KEPT_ANSWERS",
  "PASSWORD_HASHERS",
] as const;
/** A deployment has all of a row or none. */
const TOGETHER = [
  ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"],
  ["TURNSTILE_SITE_KEY", "TURNSTILE_SECRET_KEY"],
  ["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"],
  ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"],
  ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"],
] as const;

/** 32 bytes in base64. */
const sealingKey = () => string().check(regex(/^[\w+/-]{43}=?$/));

const Variables = object({
  CREDENTIALS_KEY: sealingKey(),
  /** While the key is changed: the key of before, which still opens what it sealed. */
  CREDENTIALS_KEY_PREVIOUS: optional(sealingKey()),
  /** Without it there is no operator API. */
  ADMIN_TOKEN: optional(string().check(minLength(24))),
  MAX_BODY_BYTES: wholeNumber(10_485_760, 100 * 1024 * 1024),
  MAX_UPLOAD_BYTES: wholeNumber(27_262_976, 100 * 1024 * 1024),
  FIRST_EVENT_MS: wholeNumber(30_000, DAY_MS),
  FIRST_OUTPUT_MS: wholeNumber(180_000, DAY_MS),
  IDLE_MS: wholeNumber(60_000, DAY_MS),
  ANSWER_MS: wholeNumber(300_000, DAY_MS),
  TOTAL_MS: wholeNumber(900_000, DAY_MS),
  /** Of conversations over a socket: the longest silence of both sides, and the longest conversation. */
  REALTIME_IDLE_MS: wholeNumber(900_000, DAY_MS),
  REALTIME_TOTAL_MS: wholeNumber(3_600_000, DAY_MS),
  KEEP_ALIVE_MS: wholeNumber(15_000, DAY_MS),
  /** Of tasks: those of one account that are not finished, and the longest one. */
  MAX_OPEN_TASKS: wholeNumber(20, 1000),
  TASK_TOTAL_MS: wholeNumber(DAY_MS, 7 * DAY_MS),
  /** How long the binding `RESULTS` keeps what they made; they are known for longer. */
  RESULT_DAYS: wholeNumber(7, 3649),
  ALLOW_PRIVATE_UPSTREAMS: yesOrNo("false"),
  REQUIRE_MODEL: yesOrNo("false"),
  LEGACY_DEFAULTS: yesOrNo("false"),
  BILLING_TIMEZONE: _default(string().check(refine(isTimeZone)), "Asia/Shanghai"),
  MAX_OPEN_REQUESTS: wholeNumber(50, 1000),
  WRITE_OFF_LIMIT_NANOS: wholeNumber(1_000_000_000, Number.MAX_SAFE_INTEGER),
  LEASE_MS: wholeNumber(60_000, DAY_MS),
  CHECKPOINT_MS: wholeNumber(20_000, DAY_MS),
  RETENTION_DAYS: wholeNumber(30, 3650),
  /** How long responses and conversations are kept for clients that ask for it; 0 = not at all. */
  STATE_DAYS: _default(coerce.number().check(int(), minimum(0), maximum(3650)), 30),
  STATE_BYTES_PER_ACCOUNT: wholeNumber(20 * 1024 * 1024, 1024 * 1024 * 1024),
  ROUTING_TUNING: pipe(
    optional(string().check(refine(isTuning))),
    transform((text) => readTuning(text, TUNING).tuning),
  ),
  PROBES: yesOrNo("true"),
  PROBE_IDLE: yesOrNo("false"),
  XLEI_ERROR_DIALECT: _default(oneOf(["current", "legacy"]), "current"),
  IP_REQUESTS_PER_MINUTE: wholeNumber(500, MOST_REQUESTS),
  KEY_REQUESTS_PER_MINUTE: wholeNumber(100, MOST_REQUESTS),
  /** Absent = accounts have no limit beside those of their keys. */
  ACCOUNT_REQUESTS_PER_MINUTE: optional(coerce.number().check(int(), positive(), maximum(MOST_REQUESTS))),
  /** Signs the cookies of people who are signed in: 32 random bytes in base64 or more. Without it there is no portal. */
  SESSION_SECRET: optional(string().check(minLength(43))),
  /** Who may sign up; operators may change it in the portal. */
  SIGN_UP: _default(oneOf(["closed", "invite", "open"]), "closed"),
  SITE_NAME: _default(string().check(minLength(1), maxLength(60)), "Token Gateway"),
  /** ISO 4217, such as `CNY`; absent = amounts are shown without a currency. */
  CURRENCY: optional(string().check(regex(/^[A-Z]{3}$/))),
  /** A service that takes mails as JSON (`from`, `to`, `subject`, `text`); absent = the binding `EMAIL` sends them, or nobody. */
  MAIL_URL: optional(string().check(regex(/^https?:\/\/\S+$/))),
  MAIL_TOKEN: optional(string().check(regex(/^\S+$/))),
  MAIL_FROM: optional(string().check(minLength(3), maxLength(320))),
  /** Cloudflare Turnstile, before an account is made. */
  TURNSTILE_SITE_KEY: optional(string().check(regex(/^\S+$/))),
  TURNSTILE_SECRET_KEY: optional(string().check(regex(/^\S+$/))),
  /** Where its script and its check are. */
  TURNSTILE_URL: _default(string().check(regex(/^https?:\/\/[^\s/]+$/)), "https://challenges.cloudflare.com"),
  /** Signing in with GitHub, Google, or one provider of OpenID Connect. */
  GITHUB_CLIENT_ID: optional(string().check(regex(/^\S+$/))),
  GITHUB_CLIENT_SECRET: optional(string().check(regex(/^\S+$/))),
  GOOGLE_CLIENT_ID: optional(string().check(regex(/^\S+$/))),
  GOOGLE_CLIENT_SECRET: optional(string().check(regex(/^\S+$/))),
  OIDC_ISSUER: optional(string().check(regex(/^https?:\/\/\S+$/))),
  OIDC_CLIENT_ID: optional(string().check(regex(/^\S+$/))),
  OIDC_CLIENT_SECRET: optional(string().check(regex(/^\S+$/))),
  OIDC_NAME: _default(string().check(minLength(1), maxLength(40)), "OpenID Connect"),
  /** Links into apps beside ours, as JSON; `portal/clients/templates.ts` reads it. */
  IMPORT_TEMPLATES: optional(string()),
  /** In development: links that a mail would hold are written to the log. */
  DEV_LOG_LINKS: yesOrNo("false"),
  /** Payments. `payments/options.ts` reads them: a mistake switches a payment service off, and nothing else. */
  TOP_UP_MIN: optional(string()),
  TOP_UP_MAX: optional(string()),
  TOP_UP_PRESETS: optional(string()),
  STRIPE_SECRET_KEY: optional(string()),
  STRIPE_WEBHOOK_SECRET: optional(string()),
  STRIPE_WEBHOOK_SECRET_OLD: optional(string()),
  STRIPE_API_URL: optional(string()),
  EPAY_URL: optional(string()),
  EPAY_PID: optional(string()),
  EPAY_KEY: optional(string()),
  EPAY_PRIVATE_KEY: optional(string()),
  EPAY_PLATFORM_PUBLIC_KEY: optional(string()),
  EPAY_METHODS: optional(string()),
  EPAY_RATE: optional(string()),
  UPSTASH_REDIS_REST_URL: optional(string().check(regex(/^https?:\/\/\S+$/))),
  UPSTASH_REDIS_REST_TOKEN: optional(string().check(regex(/^\S+$/))),
  UPSTASH_TIMEOUT_MS: wholeNumber(300, 10_000),
});

/** The default values of Xlei's earlier API description, which `LEGACY_DEFAULTS` turns on. */
export const LEGACY_VALUES = { max_tokens: 1000, temperature: 0.7 } as const;

/** Each name is known, and each value is a positive number. */
function isTuning(text: string): boolean {
  const { wrong, unknown } = readTuning(text, TUNING);
  return wrong.length + unknown.length === 0;
}

export type Settings = Infer<typeof Variables>;

/** The settings, or the names of the variables that are missing or wrong. Never a value, because it may be a secret. */
export function readSettings(env: Env): { settings: Settings } | { problems: string[] } {
  const result = safeParse(Variables, env);
  const problems = result.success ? [] : result.error.issues.map((issue) => String(issue.path[0]));
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- a deployment may lack a binding
  problems.push(...BINDINGS.filter((name) => env[name] === undefined));
  if (result.success && result.data.LEASE_MS < 2 * result.data.CHECKPOINT_MS) problems.push("LEASE_MS");
  if (env.RESULTS !== undefined && result.success && result.data.RESULT_DAYS >= result.data.RETENTION_DAYS)
    problems.push("RESULT_DAYS");
  if (env.EMAIL !== undefined && env["MAIL_FROM"] === undefined) problems.push("MAIL_FROM");
  for (const names of TOGETHER) {
    const missing = names.filter((name) => env[name] === undefined);
    if (missing.length < names.length) problems.push(...missing);
  }
  return result.success && problems.length === 0 ? { settings: result.data } : { problems: [...new Set(problems)] };
}
