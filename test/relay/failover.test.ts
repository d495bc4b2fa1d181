/** `contracts/errors.md`, "When every attempt failed", and which tries a failure leaves. */
import { describe, expect, it } from "vitest";
import { Fault, type FaultName } from "../../src/core/fault.ts";
import type { Try } from "../../src/relay/attempt.ts";
import { firstAnswer, MAX_ATTEMPTS, noAnswer, type FailedTry } from "../../src/relay/failover.ts";
import { AttemptFailure } from "../../src/upstream/failure.ts";
import type { Outcome } from "../../src/upstream/types.ts";
import { modelOf, routeOf, upstreamOf } from "../support/routes.ts";
import { chat } from "../../src/wire/openai/chat.ts";

/** A try written as `route` or `route/credential` or `route@upstream`. */
function tryOf(text: string): Try {
  const [name = "", upstreamId = text] = text.split("@");
  const [id = "", credential = "only"] = name.split("/");
  return {
    route: routeOf(modelOf("m"), id, { upstream: upstreamOf(upstreamId) }),
    credential: { id: credential, sealed: "" },
    wire: chat,
    translation: (request) => ({ request, answer: (body) => body }),
  };
}

function failure(outcome: Outcome, retryAfterMs?: number): AttemptFailure {
  const kinds: Partial<Record<Outcome, FaultName>> = {
    rate_limited: "upstream_rate_limited",
    timeout: "upstream_timeout",
    refused_request: "invalid_parameter",
    abandoned: "client_closed",
  };
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new AttemptFailure(new Fault(kinds[outcome] ?? "upstream_error", { reason: outcome, ...options }), outcome);
}

describe("noAnswer", () => {
  it.each<[string, readonly [route: string, outcome: Outcome][], FaultName]>([
    ["nothing to try", [], "no_route"],
    ["one too busy", [["a", "rate_limited"]], "upstream_rate_limited"],
    [
      "all too busy",
      [
        ["a", "rate_limited"],
        ["b", "rate_limited"],
      ],
      "upstream_rate_limited",
    ],
    ["one too slow", [["a", "timeout"]], "upstream_timeout"],
    [
      "all too slow",
      [
        ["a", "timeout"],
        ["b", "timeout"],
      ],
      "upstream_timeout",
    ],
    ["one with an error", [["a", "error"]], "upstream_error"],
    ["one with garbage", [["a", "garbage"]], "upstream_error"],
    [
      "one that knows no key of ours",
      [
        ["a/1", "credential_refused"],
        ["a/2", "credential_refused"],
      ],
      "upstream_error",
    ],
    ["one without funds", [["a", "out_of_funds"]], "upstream_error"],
    ["one that forbids", [["a", "forbidden"]], "upstream_error"],
    [
      "one with one key too busy and one refused",
      [
        ["a/1", "rate_limited"],
        ["a/2", "forbidden"],
      ],
      "upstream_error",
    ],
    ["one not reached", [["a", "unreachable"]], "no_route"],
    ["one without the model", [["a", "model_missing"]], "no_route"],
    [
      "several with errors",
      [
        ["a", "error"],
        ["b", "garbage"],
      ],
      "no_route",
    ],
    [
      "several, one too busy",
      [
        ["a", "rate_limited"],
        ["b", "error"],
      ],
      "no_route",
    ],
    [
      "several, one too slow",
      [
        ["a", "timeout"],
        ["b", "error"],
      ],
      "no_route",
    ],
    [
      "several not reached",
      [
        ["a", "unreachable"],
        ["b", "unreachable"],
      ],
      "no_route",
    ],
  ])("of %s", (_title, tries, kind) => {
    const failed = tries.map(([text, outcome]): FailedTry => ({ try: tryOf(text), failure: failure(outcome) }));
    expect(noAnswer(failed).kind).toBe(kind);
  });

  it("says when the first of them will be free, and why to the log alone", () => {
    const waits = [9000, 4000].map((ms, n): FailedTry => ({
      try: tryOf(`r${n}`),
      failure: failure("rate_limited", ms),
    }));
    expect(noAnswer(waits).headers()["retry-after"]).toBe("4");
    const [first] = waits;
    const mixed = noAnswer([...(first === undefined ? [] : [first]), { try: tryOf("b"), failure: failure("error") }]);
    expect(mixed.headers()["retry-after"]).toBe("9");
    expect(mixed.options.reason).toBe("rate_limited; error");
    expect(mixed.text("en")).not.toContain("rate_limited");
  });
});

describe("firstAnswer", () => {
  /** The tries that are made when they end as `outcomes` say, and what comes of it. */
  async function run(tries: readonly string[], outcomes: readonly (Outcome | "answered")[]) {
    const made: string[] = [];
    const ended = await firstAnswer(
      tries.map(tryOf),
      async ({ route, credential }) => {
        const outcome = outcomes[made.length] ?? "answered";
        made.push(credential.id === "only" ? route.id : `${route.id}/${credential.id}`);
        if (outcome !== "answered") throw failure(outcome);
        return "answer";
      },
      new AbortController().signal,
    ).catch((error: unknown) => (error as Fault).kind);
    return { made, ended };
  }

  it.each<[string, string[], (Outcome | "answered")[], string[], string]>([
    ["the first answers", ["a", "b"], ["answered"], ["a"], "answer"],
    ["the next answers", ["a", "b"], ["error"], ["a", "b"], "answer"],
    ["at most two more", ["a", "b", "c", "d"], ["error", "error", "error"], ["a", "b", "c"], "no_route"],
    ["one more after a time-out", ["a", "b", "c"], ["timeout", "error"], ["a", "b"], "no_route"],
    ["no more than three with one", ["a", "b", "c", "d"], ["error", "error", "timeout"], ["a", "b", "c"], "no_route"],
    ["the request's own fault", ["a", "b"], ["refused_request"], ["a"], "invalid_parameter"],
    ["the client is gone", ["a", "b"], ["abandoned"], ["a"], "client_closed"],
    ["another key of the route", ["a/1", "a/2", "b"], ["credential_refused"], ["a/1", "a/2"], "answer"],
    ["another key when too busy", ["a/1", "a/2", "b"], ["rate_limited"], ["a/1", "a/2"], "answer"],
    ["no other key for a failure of the route", ["a/1", "a/2", "b"], ["error"], ["a/1", "b"], "answer"],
    ["no other key for a missing model", ["a/1", "a/2", "b"], ["model_missing"], ["a/1", "b"], "answer"],
    ["no other route to what is not reached", ["a@x", "b@x", "c@y"], ["unreachable"], ["a", "c"], "answer"],
    ["another route of one upstream after an error", ["a@x", "b@x"], ["error"], ["a", "b"], "answer"],
    ["nothing to try", [], [], [], "no_route"],
  ])("tries on: %s", async (_title, tries, outcomes, made, ended) => {
    expect(await run(tries, outcomes)).toEqual({ made, ended });
  });

  it("makes no more than its limit in any case", async () => {
    const tries = Array.from({ length: 10 }, (_, n) => `r${n}`);
    const outcomes: Outcome[] = ["unreachable", "error", "garbage", "rate_limited", "forbidden", "model_missing"];
    for (const outcome of outcomes) {
      const { made } = await run(
        tries,
        Array.from({ length: 10 }, () => outcome),
      );
      expect(made.length, outcome).toBe(MAX_ATTEMPTS);
    }
  });
});
