/**
 * Which payment services are set up. A service whose variables are not all there and well-formed does not exist: no order can
 * be made, and its callbacks answer 404. The rest of the gateway works.
 */
import { parseNanos } from "../core/money.ts";

/** The Worker's variables about payments, as they were set. README.md, "Payments", describes each. */
export interface PaymentVariables {
  readonly CURRENCY?: string | undefined;
  readonly TOP_UP_MIN?: string | undefined;
  readonly TOP_UP_MAX?: string | undefined;
  readonly TOP_UP_PRESETS?: string | undefined;
  readonly STRIPE_SECRET_KEY?: string | undefined;
  readonly STRIPE_WEBHOOK_SECRET?: string | undefined;
  readonly STRIPE_WEBHOOK_SECRET_OLD?: string | undefined;
  readonly STRIPE_API_URL?: string | undefined;
  readonly EPAY_URL?: string | undefined;
  readonly EPAY_PID?: string | undefined;
  readonly EPAY_KEY?: string | undefined;
  readonly EPAY_PRIVATE_KEY?: string | undefined;
  readonly EPAY_PLATFORM_PUBLIC_KEY?: string | undefined;
  readonly EPAY_METHODS?: string | undefined;
  readonly EPAY_RATE?: string | undefined;
}

type Name = keyof PaymentVariables;

export interface StripeOptions {
  readonly secretKey: string;
  /** The one of now, and while it is changed that of before. */
  readonly webhookSecrets: readonly string[];
  readonly apiUrl: string;
  /** ISO 4217, lower case. */
  readonly currency: string;
  /** The key is not one of a test, so it moves real money. */
  readonly livemode: boolean;
}

/** With a shared key (MD5), or with a pair of keys (RSA). */
export type EpayKeys =
  | { readonly type: "MD5"; readonly key: string }
  | { readonly type: "RSA"; readonly privateKey: string; readonly platformKey: string };

export interface EpayOptions {
  /** Ends with `/`. */
  readonly url: string;
  readonly pid: string;
  readonly keys: EpayKeys;
  /** The platform's own words, such as `alipay`. */
  readonly methods: readonly string[];
  /** CNY for one unit of the site's currency; null = the site's currency is CNY. */
  readonly rate: string | null;
}

export interface PaymentOptions {
  readonly stripe: StripeOptions | undefined;
  readonly epay: EpayOptions | undefined;
  readonly leastNanos: number;
  readonly mostNanos: number;
  readonly presetNanos: readonly number[];
  /** The variables that are missing or wrong. */
  readonly problems: readonly Name[];
}

const DEFAULTS = {
  TOP_UP_MIN: "1",
  TOP_UP_MAX: "10000",
  TOP_UP_PRESETS: "10,50,100,500",
  EPAY_METHODS: "alipay,wxpay",
};

export function paymentOptions(variables: PaymentVariables): PaymentOptions {
  const problems = new Set<Name>();
  const amount = (name: keyof typeof DEFAULTS): number => {
    const nanos = parseNanos(variables[name] ?? DEFAULTS[name]);
    if (nanos !== undefined && nanos > 0) return nanos;
    problems.add(name);
    return parseNanos(DEFAULTS[name]) ?? 0;
  };
  const leastNanos = amount("TOP_UP_MIN");
  const mostNanos = amount("TOP_UP_MAX");
  const presets = (variables.TOP_UP_PRESETS ?? DEFAULTS.TOP_UP_PRESETS)
    .split(",")
    .map((text) => parseNanos(text.trim()));
  const presetNanos = presets.filter((nanos) => nanos !== undefined && nanos >= leastNanos && nanos <= mostNanos);
  if (leastNanos > mostNanos) problems.add("TOP_UP_MIN");
  return {
    stripe: stripeOptions(variables, problems),
    epay: epayOptions(variables, problems),
    leastNanos,
    mostNanos,
    presetNanos: presetNanos.filter((nanos) => nanos !== undefined),
    problems: [...problems],
  };
}

/** Without a well-formed secret anybody could write webhooks. */
function stripeOptions(variables: PaymentVariables, problems: Set<Name>): StripeOptions | undefined {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: secret, STRIPE_WEBHOOK_SECRET_OLD: old } = variables;
  if (!isSet(secretKey) && !isSet(secret)) return undefined;
  const { CURRENCY: currency, STRIPE_API_URL: apiUrl = "https://api.stripe.com" } = variables;
  const wrong: Name[] = [];
  if (!matches(secretKey, /^[rs]k_(test|live)_\w+$/)) wrong.push("STRIPE_SECRET_KEY");
  if (!matches(secret, /^whsec_\S{8,}$/)) wrong.push("STRIPE_WEBHOOK_SECRET");
  if (isSet(old) && !matches(old, /^whsec_\S{8,}$/)) wrong.push("STRIPE_WEBHOOK_SECRET_OLD");
  if (!isSafeUrl(apiUrl)) wrong.push("STRIPE_API_URL");
  if (!isSet(currency)) wrong.push("CURRENCY");
  for (const name of wrong) problems.add(name);
  if (wrong.length > 0 || secretKey === undefined || secret === undefined || currency === undefined) return undefined;
  const webhookSecrets = [secret, ...(isSet(old) ? [old] : [])];
  return {
    secretKey,
    webhookSecrets,
    apiUrl,
    currency: currency.toLowerCase(),
    livemode: !secretKey.includes("_test_"),
  };
}

function epayOptions(variables: PaymentVariables, problems: Set<Name>): EpayOptions | undefined {
  const { EPAY_URL: url, EPAY_PID: pid, CURRENCY: currency, EPAY_RATE: rate } = variables;
  if (!isSet(url) && !isSet(pid)) return undefined;
  const methods = (variables.EPAY_METHODS ?? DEFAULTS.EPAY_METHODS).split(",").map((method) => method.trim());
  const keys = epayKeys(variables);
  const isForeign = currency !== "CNY";
  const wrong: Name[] = [];
  // The key of the older protocol stands in addresses.
  if (!isSet(url) || !isSafeUrl(url)) wrong.push("EPAY_URL");
  if (!matches(pid, /^\w+$/)) wrong.push("EPAY_PID");
  if (keys === undefined) wrong.push("EPAY_KEY");
  if (!methods.every((method) => /^[a-z]\w*$/i.test(method))) wrong.push("EPAY_METHODS");
  if (!isSet(currency)) wrong.push("CURRENCY");
  if (isForeign && !((parseNanos(rate ?? "") ?? 0) > 0)) wrong.push("EPAY_RATE");
  for (const name of wrong) problems.add(name);
  if (wrong.length > 0 || url === undefined || pid === undefined || keys === undefined) return undefined;
  return { url: url.replace(/\/*$/, "/"), pid, keys, methods, rate: isForeign ? (rate ?? null) : null };
}

function epayKeys(variables: PaymentVariables): EpayKeys | undefined {
  const { EPAY_KEY: key, EPAY_PRIVATE_KEY: privateKey, EPAY_PLATFORM_PUBLIC_KEY: platformKey } = variables;
  if (isSet(privateKey) || isSet(platformKey)) {
    return isKey(privateKey) && isKey(platformKey) ? { type: "RSA", privateKey, platformKey } : undefined;
  }
  return isSet(key) && key.length >= 8 ? { type: "MD5", key } : undefined;
}

/** Base64 without the lines `BEGIN` and `END`. */
function isKey(value: string | undefined): value is string {
  return value !== undefined && /^[A-Za-z0-9+/]{100,}={0,2}$/.test(value);
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== "";
}

function matches(value: string | undefined, pattern: RegExp): boolean {
  return value !== undefined && pattern.test(value);
}

/** https; plain http only on this machine. */
function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash } = new URL(text);
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1";
  return (protocol === "https:" || (protocol === "http:" && isLocal)) && search === "" && hash === "";
}
