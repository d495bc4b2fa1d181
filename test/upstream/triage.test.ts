/**
 * What refusals become, by status and by the bodies that vendors send.
 * @see https://platform.openai.com/docs/guides/error-codes
 * @see https://docs.anthropic.com/en/api/errors
 * @see https://ai.google.dev/gemini-api/docs/troubleshooting
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseForeign } from "../../src/core/json.ts";
import { sanitise } from "../../src/upstream/sanitise.ts";
import { errorOf, readRetryAfter, triage } from "../../src/upstream/triage.ts";

function read(status: number, body: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const { fault, outcome } = triage({ status, error: errorOf(parseForeign(text)) }, []);
  return { fault: fault.kind, outcome, message: fault.text("en"), param: fault.options.param };
}

function openai(message: string, code: string | null = null, type = "invalid_request_error") {
  return { error: { message, type, param: null, code } };
}

const CREDENTIAL = { fault: "upstream_error", outcome: "credential_refused" };
const FUNDS = { fault: "upstream_error", outcome: "out_of_funds" };
const BUSY = { fault: "upstream_rate_limited", outcome: "rate_limited" };
const MISSING = { fault: "no_route", outcome: "model_missing" };
const LONG = { fault: "context_length_exceeded", outcome: "refused_request" };
const POLICY = { fault: "content_policy", outcome: "refused_request" };
const BROKEN = { fault: "upstream_error", outcome: "error" };
const OVERLOADED = { fault: "overloaded", outcome: "error" };
const TIMEOUT = { fault: "upstream_timeout", outcome: "timeout" };
const REFUSED = { fault: "invalid_parameter", outcome: "refused_request" };

/** Google's refusal in its own shape. Its OpenAI-compatible endpoint sends the same in an array. */
const GEMINI_BAD_KEY = {
  error: {
    code: 400,
    message: "API key not valid. Please pass a valid API key.",
    status: "INVALID_ARGUMENT",
    details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }],
  },
};

describe("triage", () => {
  it.each<[number, unknown, { fault: string; outcome: string }]>([
    [401, openai("Incorrect API key provided: sk-x", "invalid_api_key"), CREDENTIAL],
    [401, "", CREDENTIAL],
    [400, openai("Incorrect API key provided", "invalid_api_key"), CREDENTIAL],
    [400, GEMINI_BAD_KEY, CREDENTIAL],
    [400, [GEMINI_BAD_KEY], CREDENTIAL],
    [403, openai("Your account may not use this model"), { fault: "upstream_error", outcome: "forbidden" }],
    [402, "", FUNDS],
    [402, openai("Insufficient Balance", "invalid_request_error"), FUNDS],
    [429, openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"), FUNDS],
    [429, openai("No credit", "credit_balance_exhausted"), FUNDS],
    [400, { code: 4, description: "quota_not_enough", type: "upstream_error" }, FUNDS],
    [403, { code: 4, description: "quota_not_enough", type: "upstream_error" }, FUNDS],
    [400, { code: 4, description: "prompt_is_required", type: "upstream_error" }, REFUSED],
    [400, { code: "x", description: "quota_not_enough" }, REFUSED],
    [429, openai("Limit", "organization_spend_limit_exceeded"), FUNDS],
    [429, openai("Limit", "project_spend_limit_exceeded"), FUNDS],
    [429, openai("Limit", "organization_usage_limit_exceeded"), FUNDS],
    [429, { error: { type: "rate_limit_error", message: "Limit", error_code: "enforced_spend_limit_reached" } }, FUNDS],
    [429, openai("Slow", "rate_limit_exceeded"), BUSY],
    [429, openai("Slow", "slow_down"), BUSY],
    [429, { type: "error", error: { type: "rate_limit_error", message: "Slow" } }, BUSY],
    [429, { error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Slow" } }, BUSY],
    [429, "<h1>Slow</h1>", BUSY],
    [404, openai("The model `x` does not exist", "model_not_found"), MISSING],
    [404, { error: { code: 404, message: "models/x is not found for API version v1", status: "NOT_FOUND" } }, MISSING],
    [404, "<h1>Not Found</h1>", MISSING],
    [400, openai("No such model", "model_not_found"), MISSING],
    [400, openai("Too long", "context_length_exceeded"), LONG],
    [400, openai("This model's maximum context length is 8192 tokens"), LONG],
    [400, { type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 9 > 8" } }, LONG],
    [400, { error: { code: 400, message: "The input token count exceeds the maximum of 8" } }, LONG],
    [413, openai("Too long", "context_length_exceeded"), LONG],
    [400, openai("Refused", "content_policy_violation"), POLICY],
    [400, openai("Refused", "moderation_blocked"), POLICY],
    [400, openai("Refused", "content_filter"), POLICY],
    [403, openai("Refused", "content_filter"), POLICY],
    [400, openai("Refused", "data_inspection_failed"), POLICY],
    [500, openai("Oops", "server_error"), BROKEN],
    [502, "", BROKEN],
    [520, "", BROKEN],
    [521, "", BROKEN],
    [522, "", BROKEN],
    [523, "", BROKEN],
    [503, openai("Busy"), OVERLOADED],
    [529, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, OVERLOADED],
    [529, "", OVERLOADED],
    [500, openai("Busy", "server_is_overloaded"), OVERLOADED],
    [422, openai("No such key", "invalid_api_key"), { fault: "unprocessable", outcome: "refused_request" }],
    [504, "", TIMEOUT],
    [408, "", TIMEOUT],
    [400, openai("Bad"), REFUSED],
    [400, "Bad", REFUSED],
    [413, openai("Large"), { fault: "body_too_large", outcome: "refused_request" }],
    [422, openai("Bad"), { fault: "unprocessable", outcome: "refused_request" }],
    [301, "", BROKEN],
    [304, "", BROKEN],
    [418, "", BROKEN],
  ])("reads %d %j", (status, body, expected) => {
    expect(read(status, body)).toMatchObject(expected);
  });

  it.each([
    "insufficient_quota",
    "Your credit balance is too low",
    "invalid_api_key",
    "Incorrect API key provided",
    "API_KEY_INVALID",
    "model_not_found",
    "The model `x` does not exist",
    "content_policy_violation",
    "overloaded_error",
    "rate_limit_exceeded",
  ])("takes the words %j in a message for the client's, not for the upstream's", (words) => {
    const message = `'${words}' is not one of ['system', 'user', 'assistant']`;
    expect(read(400, openai(message))).toMatchObject(REFUSED);
    expect(read(403, openai(message)).outcome).toBe("forbidden");
    expect(read(429, openai(message)).outcome).toBe("rate_limited");
    expect(read(500, openai(message)).fault).toBe("upstream_error");
  });

  it("reads a flagged prompt as the author's own refusal", () => {
    const message = "Your chosen model requires moderation and your input was flagged";
    const metadata = { reasons: ["violence"], flagged_input: "…", provider_name: "x" };
    expect(read(403, { error: { code: 403, message, metadata } })).toMatchObject(POLICY);
    expect(read(403, { error: { code: 403, message } }).outcome).toBe("forbidden");
  });

  it("passes on messages about the request, and no others", () => {
    expect(read(400, openai("'n' must be 1."))).toMatchObject({ message: "'n' must be 1." });
    expect(read(400, { error: "'n' must be 1." })).toMatchObject({ message: "'n' must be 1." });
    expect(read(400, { message: "'n' must be 1.", code: 5 })).toMatchObject({ message: "'n' must be 1." });
    expect(read(400, { error: { message: "'n' must be 1.", param: "n" } })).toMatchObject({ param: "n" });
    expect(read(400, { detail: "'n' must be 1." })).toMatchObject({ message: "'n' must be 1." });
    expect(read(400, { code: 4, description: "prompt_is_required" })).toMatchObject({ message: "prompt_is_required" });
    const problems = [
      { loc: ["body", "texts", 3, {}], msg: "Too long", type: "t" },
      { msg: "Too many" },
      { loc: [] },
      5,
    ];
    expect(read(422, { detail: problems })).toMatchObject({ message: "body.texts.3: Too long; Too many" });
    expect(read(400, { message: "Said.", detail: "More." })).toMatchObject({ message: "Said." });
    for (const detail of [5, [], [{ msg: 5 }], {}]) expect(read(422, { detail }).message).toMatch(/refused|accept/i);
    for (const status of [401, 402, 403, 404, 429, 500, 503, 504]) {
      const { message, param } = read(status, { error: { message: "A secret.", param: "secret" } });
      expect(`${message} ${param}`, String(status)).not.toMatch(/secret/i);
    }
  });

  it("never throws, whatever an upstream says", () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((error) => JSON.stringify({ error })),
    );
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), bodies, (status, text) => {
        const { fault } = triage({ status, error: errorOf(parseForeign(text)) }, []);
        expect(fault.text("en")).toMatch(/\S/);
        expect(fault.row.status).toBeGreaterThanOrEqual(400);
        expect([401, 402, 403]).not.toContain(fault.row.status);
        expect(fault.options.reason).toMatch(/^upstream status \d+, code [\w.-]*, type [\w.-]*$/);
      }),
    );
  });
});

describe("sanitise", () => {
  const SECRETS = [
    { word: "upstream-key", replacement: "[key]" },
    { word: "llm.vendor.test:8443", replacement: "[host]" },
    { word: "vendor-model-x", replacement: "public-model" },
    { word: "A+ Vendor (EU)", replacement: "[upstream]" },
  ];

  it.each([
    ["The model vendor-model-x does not take it", "The model public-model does not take it"],
    ["The model VENDOR-MODEL-X does not take it", "The model public-model does not take it"],
    ["Key upstream-key of A+ Vendor (EU)", "Key [key] of [upstream]"],
    ["See https://docs.vendor.test/errors#5.", "See [url]"],
    ["No answer from llm.vendor.test:8443", "No answer from [host]"],
    ["No answer from api.vendor.com", "No answer from [host]"],
    ["No answer from 10.1.2.3:8080", "No answer from [host]"],
    ["No answer from gw-7.relay.internal", "No answer from [host]"],
    ["dial tcp: lookup llm.svc.cluster.local: no such host", "dial tcp: lookup [host]: no such host"],
    ["No answer from api.vendor.de or llm.co.id", "No answer from [host] or [host]"],
    ["No answer from new-api.freshending", "No answer from [host]"],
    ["No answer from eu2.vendor.anything", "No answer from [host]"],
    ["No answer from vendor.anything:8443 or localhost:3000", "No answer from [host] or [host]"],
    ["dial tcp [fd00:1:2::7]:443", "dial tcp [[host]]:443"],
    ["Use gpt-4.1-mini or claude-3.5-sonnet", "Use gpt-4.1-mini or claude-3.5-sonnet"],
    ["Unknown member tools[0].function.parameters.type", "Unknown member tools[0].function.parameters.type"],
    [
      "Invalid messages.0.content and response_format.json_schema.name",
      "Invalid messages.0.content and response_format.json_schema.name",
    ],
    ["Unknown message.id, e.g. at 12:30:45", "Unknown message.id, e.g. at 12:30:45"],
    ["Key sk-proj-abcdef123456 of org-abcdef", "Key [id] of [id]"],
    ["Key sk-abc***xyz", "Key [id]"],
    ["Write to help@vendor.test", "Write to [email]"],
    ["Request 0123456789abcdef0123456789abcdef", "Request [id]"],
    ["'temperature' must be between 0 and 2.5", "'temperature' must be between 0 and 2.5"],
    ["请检查参数 messages[0].content", "请检查参数 messages[0].content"],
  ])("shows %j as %j", (message, shown) => {
    expect(sanitise(message, SECRETS)).toBe(shown);
  });

  it("lets no secret through in any message, and none without end", () => {
    const pieces = fc.array(
      fc.oneof(fc.constantFrom(...SECRETS.map(({ word }) => word)), fc.string({ unit: "grapheme" })),
    );
    fc.assert(
      fc.property(pieces, fc.constantFrom("", " ", ": "), (parts, between) => {
        const shown = sanitise(parts.join(between), SECRETS);
        for (const { word } of SECRETS) expect(shown).not.toContain(word);
        expect(shown.length).toBeLessThanOrEqual(1000);
      }),
    );
    expect(sanitise("x ".repeat(100_000), SECRETS).length).toBeLessThanOrEqual(1000);
  });

  it.each(["a", "a-", "a.", "1:", "a@", "-"])("take no longer than they are long: %s and so on", (part) => {
    // Were the time that of the square, this would take a minute.
    const long = part.repeat(300_000);
    expect(sanitise(long, SECRETS, long.length).length).toBeLessThanOrEqual(long.length);
  });
});

describe("a short secret", () => {
  it("is replaced where it is a whole word, and stays in longer words", () => {
    const secrets = [{ word: "o1", replacement: "public-model" }];
    expect(sanitise("O1 is not proto1 or o12", secrets)).toBe("public-model is not proto1 or o12");
  });
});

describe("readRetryAfter", () => {
  const NOW = Date.parse("2026-01-01T00:00:00Z");

  it.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "7200" }, 900_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after-ms": "250" }, 250],
    [{ "retry-after-ms": "250", "retry-after": "7" }, 250],
    [{ "retry-after-ms": "soon", "retry-after": "7" }, 7000],
    [{ "retry-after-ms": "-1", "retry-after": "7" }, 7000],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, 30_000],
    [{ "retry-after": "Thu, 01 Jan 2025 00:00:30 GMT" }, undefined],
    [{ "retry-after": "0" }, undefined],
    [{ "retry-after": "-5" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "Infinity" }, undefined],
    [{ "retry-after": "1e999" }, undefined],
    [{ "retry-after-ms": "Infinity" }, undefined],
  ])("of %j is %s ms", (headers, waitMs) => {
    expect(readRetryAfter(new Headers(headers), NOW)).toBe(waitMs);
  });

  it("is a possible wait, or none, for every text", () => {
    const values = fc.oneof(
      fc.string().map((text) => text.replaceAll(/[^\u0020-\u007e]/g, "")),
      fc.double().map(String),
    );
    fc.assert(
      fc.property(values, values, (ms, seconds) => {
        const waitMs = readRetryAfter(new Headers({ "retry-after-ms": ms, "retry-after": seconds }), NOW);
        expect(waitMs === undefined || (waitMs > 0 && Number.isFinite(waitMs)), `${waitMs}`).toBe(true);
      }),
    );
  });
});
