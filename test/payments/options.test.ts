/** A payment service exists when all that it needs is there and well-formed, and not otherwise. */
import { describe, expect, it } from "vitest";
import { paymentOptions, type PaymentVariables } from "../../src/payments/options.ts";

const STRIPE: PaymentVariables = {
  CURRENCY: "USD",
  STRIPE_SECRET_KEY: "sk_live_abc",
  STRIPE_WEBHOOK_SECRET: "whsec_12345678",
};
const EPAY: PaymentVariables = {
  CURRENCY: "CNY",
  EPAY_URL: "https://pay.example.com/shop",
  EPAY_PID: "1000",
  EPAY_KEY: "0123456789",
};

const PRIVATE_KEY = `${"A".repeat(1600)}==`;
const PUBLIC_KEY = "B".repeat(392);

it("nothing is on by itself, and nothing is wrong then", () => {
  expect(paymentOptions({})).toMatchObject({ stripe: undefined, epay: undefined, problems: [] });
  expect(paymentOptions({ CURRENCY: "CNY", STRIPE_SECRET_KEY: "", EPAY_URL: " " })).toMatchObject({
    stripe: undefined,
    epay: undefined,
    problems: [],
  });
});

describe("Stripe", () => {
  it("is on with a key, a webhook's secret and a currency", () => {
    expect(paymentOptions(STRIPE)).toMatchObject({
      stripe: { livemode: true, currency: "usd", webhookSecrets: ["whsec_12345678"], apiUrl: "https://api.stripe.com" },
      problems: [],
    });
    expect(paymentOptions({ ...STRIPE, STRIPE_SECRET_KEY: "rk_test_abc" }).stripe).toMatchObject({ livemode: false });
    const changing = paymentOptions({ ...STRIPE, STRIPE_WEBHOOK_SECRET_OLD: "whsec_87654321" });
    expect(changing.stripe?.webhookSecrets).toEqual(["whsec_12345678", "whsec_87654321"]);
  });

  it.each<[what: string, change: PaymentVariables, problem: keyof PaymentVariables]>([
    ["no key", { STRIPE_SECRET_KEY: undefined }, "STRIPE_SECRET_KEY"],
    ["a publishable key", { STRIPE_SECRET_KEY: "pk_live_abc" }, "STRIPE_SECRET_KEY"],
    ["no webhook secret", { STRIPE_WEBHOOK_SECRET: undefined }, "STRIPE_WEBHOOK_SECRET"],
    ["an empty webhook secret", { STRIPE_WEBHOOK_SECRET: "" }, "STRIPE_WEBHOOK_SECRET"],
    ["only the prefix of one", { STRIPE_WEBHOOK_SECRET: "whsec_" }, "STRIPE_WEBHOOK_SECRET"],
    ["another kind of secret", { STRIPE_WEBHOOK_SECRET: "sk_live_12345678" }, "STRIPE_WEBHOOK_SECRET"],
    ["a wrong old secret", { STRIPE_WEBHOOK_SECRET_OLD: "x" }, "STRIPE_WEBHOOK_SECRET_OLD"],
    ["no currency", { CURRENCY: undefined }, "CURRENCY"],
    ["an address without encryption", { STRIPE_API_URL: "http://stripe.example.com" }, "STRIPE_API_URL"],
  ])("is off with %s, and the operator is told", (_, change, problem) => {
    expect(paymentOptions({ ...STRIPE, ...change })).toMatchObject({ stripe: undefined, problems: [problem] });
  });
});

describe("Epay", () => {
  it("is on with an address, a merchant and a key", () => {
    expect(paymentOptions(EPAY)).toMatchObject({
      epay: { url: "https://pay.example.com/shop/", methods: ["alipay", "wxpay"], rate: null, keys: { type: "MD5" } },
      problems: [],
    });
  });

  it("signs with RSA where it can, whatever else is set", () => {
    const keys = { EPAY_PRIVATE_KEY: PRIVATE_KEY, EPAY_PLATFORM_PUBLIC_KEY: PUBLIC_KEY };
    expect(paymentOptions({ ...EPAY, ...keys }).epay?.keys).toEqual({
      type: "RSA",
      privateKey: PRIVATE_KEY,
      platformKey: PUBLIC_KEY,
    });
  });

  it("needs a rate where the site counts in another currency", () => {
    expect(paymentOptions({ ...EPAY, CURRENCY: "USD", EPAY_RATE: "7.2" }).epay).toMatchObject({ rate: "7.2" });
    for (const rate of [undefined, "", "0", "-7", "seven"]) {
      expect(paymentOptions({ ...EPAY, CURRENCY: "USD", EPAY_RATE: rate })).toMatchObject({
        epay: undefined,
        problems: ["EPAY_RATE"],
      });
    }
    expect(paymentOptions({ ...EPAY, EPAY_RATE: "7.2" }).epay).toMatchObject({ rate: null });
  });

  it.each<[what: string, change: PaymentVariables, problem: keyof PaymentVariables]>([
    ["an address without encryption", { EPAY_URL: "http://pay.example.com" }, "EPAY_URL"],
    ["an address with a query", { EPAY_URL: "https://pay.example.com/?a=1" }, "EPAY_URL"],
    ["no merchant", { EPAY_PID: undefined }, "EPAY_PID"],
    ["no key", { EPAY_KEY: undefined }, "EPAY_KEY"],
    ["a short key", { EPAY_KEY: "short" }, "EPAY_KEY"],
    ["no address", { EPAY_URL: undefined }, "EPAY_URL"],
    ["half a pair of keys", { EPAY_PRIVATE_KEY: PRIVATE_KEY }, "EPAY_KEY"],
    [
      "keys with the lines BEGIN and END",
      { EPAY_PRIVATE_KEY: `-----BEGIN PRIVATE KEY-----\n${PRIVATE_KEY}`, EPAY_PLATFORM_PUBLIC_KEY: PUBLIC_KEY },
      "EPAY_KEY",
    ],
    ["odd methods", { EPAY_METHODS: "alipay,<b>" }, "EPAY_METHODS"],
    ["no currency", { CURRENCY: undefined, EPAY_RATE: "7" }, "CURRENCY"],
  ])("is off with %s, and the operator is told", (_, change, problem) => {
    expect(paymentOptions({ ...EPAY, ...change })).toMatchObject({ epay: undefined, problems: [problem] });
  });
});

it("amounts that are wrong fall back to the defaults, and the operator is told", () => {
  const wrong = paymentOptions({ TOP_UP_MIN: "none", TOP_UP_MAX: "-1", TOP_UP_PRESETS: "5, x, 20000,50" });
  expect(wrong).toMatchObject({ leastNanos: 1e9, mostNanos: 1e13, presetNanos: [5e9, 50e9] });
  expect(wrong.problems).toEqual(["TOP_UP_MIN", "TOP_UP_MAX"]);
  expect(paymentOptions({ TOP_UP_MIN: "50", TOP_UP_MAX: "20" }).problems).toEqual(["TOP_UP_MIN"]);
});
