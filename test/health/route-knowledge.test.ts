import { describe, expect, it } from "vitest";
import type { FleetRoute } from "../../src/health/report.ts";
import { RouteKnowledge } from "../../src/health/route-knowledge.ts";
import { route, START_MS, TUNING } from "../support/isolate.ts";

const { errorPriorAttempts, latencyForgetMs } = TUNING;
const unknown: FleetRoute = { breaker: { state: "closed", why: "" }, errorRate: 0, inflightElsewhere: 0 };

/** What one isolate knows of a route, with a clock in seconds. */
function setUp() {
  const knowledge = new RouteKnowledge(route({ id: "r" }), TUNING, () => 0.5);
  let nowMs = START_MS;
  return {
    knowledge,
    wait: (seconds: number) => void (nowMs += seconds * 1000),
    follow: (fleet: Partial<FleetRoute>) => knowledge.follow({ ...unknown, ...fleet }, nowMs),
    standing: () => knowledge.standing(nowMs),
    answered: (permit: "normal" | "trial" = "normal") => knowledge.answered(permit, nowMs, nowMs),
    failed: (permit: "normal" | "trial" | "forced" = "normal", tookS = 0) =>
      knowledge.failed({ permit, startedAtMs: nowMs - tookS * 1000, nowMs, why: "error" }),
    began: (ttftMs: number) => knowledge.began(ttftMs, nowMs),
    streamed: (outputTokens: number, outputMs: number) =>
      knowledge.finished({ ttftMs: 100, outputTokens, totalMs: 100 + outputMs }, nowMs),
    whole: (outputTokens: number | undefined, totalMs: number) =>
      knowledge.finished({ ttftMs: undefined, outputTokens, totalMs }, nowMs),
  };
}

describe("what an isolate reports of a route", () => {
  it("tells trials from other attempts, and leaves out trials that outlived their lease", () => {
    const { knowledge, answered, failed } = setUp();
    answered();
    for (let n = 0; n < 3; n++) failed();
    expect(knowledge.takeDelta()).toMatchObject({ answered: 1, failed: 3, trialsAnswered: 0, trialsFailed: 0 });
    expect(knowledge.takeDelta()).toBeUndefined();
    answered("trial");
    failed("trial", 14.9);
    failed("forced", 14.9);
    failed("forced", 15);
    expect(knowledge.takeDelta()).toMatchObject({ answered: 1, failed: 3, trialsAnswered: 1, trialsFailed: 2 });
  });

  it("leaves out failures of attempts that began before the breaker closed", () => {
    const { knowledge, answered, failed, wait } = setUp();
    for (let n = 0; n < 3; n++) failed();
    wait(5);
    for (let n = 0; n < 3; n++) answered("trial");
    knowledge.takeDelta();
    failed("normal", 1);
    expect(knowledge.takeDelta()).toBeUndefined();
  });

  it("has the tokens and times of streams, and not those of whole answers", () => {
    const { knowledge, began, streamed, whole } = setUp();
    began(512);
    began(512);
    streamed(100, 2000);
    streamed(50, 1000);
    streamed(1, 10);
    whole(100, 9000);
    expect(knowledge.takeDelta()).toMatchObject({ outputTokens: 150, outputMs: 3000, ttft: { 36: 2 } });
  });

  it("says why its breaker is not closed", () => {
    const { knowledge, failed } = setUp();
    expect(knowledge.report()).toEqual({ model: "model", inflight: 0 });
    for (let n = 0; n < 3; n++) failed();
    expect(knowledge.report().openWhy).toBe("3 failures in a row, the last: error");
  });
});

describe("what an isolate knows of a route", () => {
  it("has the worse of its own error rate and the object's", () => {
    const { follow, standing, answered, failed } = setUp();
    answered();
    failed();
    const own = 1 / (2 + errorPriorAttempts);
    expect(standing().errorRate).toBeCloseTo(own, 5);
    follow({ errorRate: own / 2 });
    expect(standing().errorRate).toBeCloseTo(own, 5);
    follow({ errorRate: own * 2 });
    expect(standing().errorRate).toBeCloseTo(own * 2, 5);
  });

  it("does not count an answer that broke off as one", () => {
    const { knowledge, standing, answered, failed } = setUp();
    knowledge.takeBack(answered(), START_MS);
    failed();
    expect(standing().errorRate).toBeCloseTo(1 / (1 + errorPriorAttempts), 5);
    expect(knowledge.takeDelta()).toMatchObject({ answered: 0, failed: 1 });
  });

  it("forgets its errors when the breaker closes", () => {
    const { standing, answered, failed, follow, wait } = setUp();
    for (let n = 0; n < 3; n++) failed();
    wait(5);
    for (let n = 0; n < 2; n++) answered("trial");
    expect(standing().errorRate).toBeGreaterThan(0);
    answered("trial");
    expect(standing().errorRate).toBe(0);
    wait(1);
    for (let n = 0; n < 3; n++) failed();
    wait(1);
    follow({ breaker: { state: "closed", why: "", closedForMs: 0 } });
    expect(standing().errorRate).toBe(0);
  });

  it("has the requests in flight of all isolates", () => {
    const { knowledge, follow, standing } = setUp();
    knowledge.inflight = 2;
    follow({ inflightElsewhere: 5 });
    expect(standing().inflight).toBe(7);
  });

  it("joins its own measurements with the object's, each by the number of its samples", () => {
    const { follow, standing, began, streamed, wait } = setUp();
    for (let n = 0; n < 2; n++) began(100);
    streamed(100, 1000);
    follow({
      ttftMs: { value: 400, confidence: 0.5, mass: 3 },
      tokensPerSecond: { value: 20, confidence: 1, mass: 1 },
    });
    expect(standing().ttftMs).toEqual({ value: expect.closeTo(280), confidence: 1 });
    expect(standing().tokensPerSecond?.value).toBeCloseTo(60);
    // After hours no sample counts.
    wait(36_000);
    follow({ ttftMs: { value: 400, confidence: 0, mass: 0 } });
    expect(standing().ttftMs).toMatchObject({ value: 100, confidence: 0 });
  });

  it("trusts the object's measurements less with each second, and not at all after a minute", () => {
    const { follow, standing, wait } = setUp();
    follow({ ttftMs: { value: 400, confidence: 0.5, mass: 3 }, inflightElsewhere: 5 });
    wait(30);
    expect(standing().ttftMs?.confidence).toBeCloseTo(0.5 * Math.exp(-30_000 / latencyForgetMs));
    wait(29.9);
    expect(standing().inflight).toBe(5);
    wait(0.1);
    expect(standing()).toMatchObject({ ttftMs: undefined, inflight: 0 });
  });

  it("takes the time of a whole answer without its tokens, at the route's speed where that is known", () => {
    const { standing, streamed, whole } = setUp();
    streamed(100, 1000);
    whole(100, 1400);
    expect(standing().ttftMs?.value).toBeCloseTo(400);
    const fast = setUp();
    fast.whole(undefined, 400);
    expect(fast.standing().ttftMs).toBeUndefined();
    fast.whole(1000, 400);
    expect(fast.standing().ttftMs?.value).toBe(1);
  });

  it("has as time to the first event at least what half of the waiting streams have waited, if three wait", () => {
    const { knowledge, standing, began, wait } = setUp();
    began(100);
    for (const seconds of [1, 2, 3]) knowledge.waiting.stream.add({ sinceMs: START_MS + seconds * 1000 });
    const [first] = knowledge.waiting.stream;
    wait(5);
    expect(standing().ttftMs).toEqual({ value: 3000, confidence: 1 });
    if (first !== undefined) knowledge.waiting.stream.delete(first);
    expect(standing().ttftMs?.value).toBeCloseTo(100);
  });
});
