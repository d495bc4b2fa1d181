import { describe, expect, it } from "vitest";
import type { Permit } from "../../src/health/breaker.ts";
import type { FleetBreakerState } from "../../src/health/report.ts";
import { LocalBreaker } from "../../src/health/local-breaker.ts";
import { TUNING } from "../support/isolate.ts";

/** A breaker with a clock in seconds, and with no jitter: chance is always in the middle. */
function setUp() {
  const breaker = new LocalBreaker(TUNING, () => 0.5);
  let nowMs = 1_000_000;
  const attempt = (end: "answered" | "failed" | "nothing", { panic = false, tookS = 0 } = {}): Permit | undefined => {
    const startedAtMs = nowMs;
    const permit = breaker.claim(nowMs, panic);
    nowMs += tookS * 1000;
    if (permit === undefined) return undefined;
    if (end === "answered") breaker.succeed(permit, startedAtMs, nowMs);
    else if (end === "failed") breaker.fail({ permit, startedAtMs, nowMs, why: "error" });
    else breaker.release(permit, startedAtMs);
    return permit;
  };
  return {
    breaker,
    attempt,
    now: () => nowMs,
    wait: (seconds: number) => void (nowMs += seconds * 1000),
    follow: (fleet: Omit<FleetBreakerState, "why">) => breaker.follow({ why: "word", ...fleet }, nowMs),
    openBy: (count: number) => Array.from({ length: count }, () => attempt("failed")),
  };
}

describe("the local breaker", () => {
  it("opens after three failures in a row, and says why", () => {
    const { breaker, attempt, openBy } = setUp();
    openBy(2);
    attempt("answered");
    openBy(2);
    attempt("nothing");
    expect(breaker.state).toBe("closed");
    attempt("failed");
    expect(breaker.state).toBe("open");
    expect(breaker.lastTransition?.why).toBe("3 failures in a row, the last: error");
    expect(attempt("answered")).toBeUndefined();
  });

  it("backs off for 5 s, 10 s, 20 s, 30 s, 30 s, with one trial at each end", () => {
    const { attempt, openBy, wait } = setUp();
    openBy(3);
    for (const seconds of [5, 10, 20, 30, 30]) {
      wait(seconds - 0.01);
      expect(attempt("failed"), `before ${seconds} s`).toBeUndefined();
      wait(0.01);
      expect(attempt("failed"), `after ${seconds} s`).toBe("trial");
    }
  });

  it("shifts the back-off by up to 20 %", () => {
    const open = (luck: number) => {
      const breaker = new LocalBreaker(TUNING, () => luck);
      for (let n = 0; n < 3; n++) breaker.fail({ permit: "normal", startedAtMs: 0, nowMs: 0, why: "" });
      return breaker.nextChanceMs(0);
    };
    expect([open(0), open(0.999)]).toEqual([4000, expect.closeTo(6000, -2)]);
  });

  it("lets one trial in at a time, which lapses after 15 s", () => {
    const { breaker, openBy, wait, now } = setUp();
    openBy(3);
    wait(5);
    expect(breaker.claim(now(), false)).toBe("trial");
    expect(breaker.claim(now(), false)).toBeUndefined();
    const lapsed = now();
    wait(15);
    expect(breaker.claim(now(), false)).toBe("trial");
    // The end of the first trial does not allow another one.
    breaker.release("trial", lapsed);
    expect(breaker.claim(now(), false)).toBeUndefined();
    breaker.succeed("trial", now(), now());
    // The first trial's failure comes late, and describes the route as it was then.
    wait(1);
    breaker.fail({ permit: "trial", startedAtMs: lapsed, nowMs: now(), why: "timeout" });
    expect(breaker.state).toBe("half-open");
  });

  it("does not open for longer when a trial fails after its lease of 15 s", () => {
    const { attempt, openBy, wait } = setUp();
    openBy(3);
    wait(5);
    expect(attempt("failed", { tookS: 15 })).toBe("trial");
    expect(attempt("failed", { tookS: 14.9 })).toBe("trial");
    expect(attempt("failed")).toBeUndefined();
  });

  it("allows the next trial when one ends without an answer or a failure", () => {
    const { attempt, openBy, wait } = setUp();
    openBy(3);
    wait(5);
    expect(attempt("nothing")).toBe("trial");
    expect(attempt("answered")).toBe("trial");
  });

  it("closes after three trials that were answered, and ramps up over 30 s", () => {
    const { breaker, attempt, openBy, wait, now } = setUp();
    openBy(3);
    wait(5);
    attempt("answered");
    expect([breaker.state, breaker.lastTransition?.why]).toEqual(["half-open", "a trial was answered"]);
    attempt("answered");
    attempt("answered");
    expect(breaker.state).toBe("closed");
    expect(breaker.ramp(now())).toBe(TUNING.rampFloorShare);
    wait(15);
    expect(breaker.ramp(now())).toBe(0.5);
    wait(15);
    expect(breaker.ramp(now())).toBe(1);
  });

  it("opens for longer when it opens again soon, and for the shortest time after a minute", () => {
    const { attempt, openBy, wait, breaker, now } = setUp();
    openBy(3);
    wait(5);
    for (let n = 0; n < 3; n++) attempt("answered");
    wait(59);
    openBy(3);
    expect(breaker.nextChanceMs(now()) - now()).toBe(10_000);
    wait(10);
    for (let n = 0; n < 3; n++) attempt("answered");
    wait(61);
    openBy(3);
    expect(breaker.nextChanceMs(now()) - now()).toBe(5000);
  });

  it("ignores failures of attempts that began before it closed", () => {
    const { breaker, attempt, openBy, wait, now } = setUp();
    const before = now();
    openBy(3);
    wait(5);
    for (let n = 0; n < 3; n++) attempt("answered");
    for (let n = 0; n < 5; n++) breaker.fail({ permit: "normal", startedAtMs: before, nowMs: now(), why: "timeout" });
    expect(breaker.state).toBe("closed");
  });

  it("names the next chance: at once with a lease or when closed, else the end of the back-off", () => {
    const { breaker, follow, openBy, wait, now } = setUp();
    expect(breaker.nextChanceMs(now())).toBe(now());
    openBy(3);
    wait(2);
    expect(breaker.nextChanceMs(now())).toBe(now() + 3000);
    follow({ state: "half-open", leaseForMs: 15_000 });
    expect(breaker.nextChanceMs(now())).toBe(now());
  });

  it("does not restart its ramp for a trial that is answered after it closed", () => {
    const { breaker, attempt, follow, openBy, wait, now } = setUp();
    openBy(3);
    wait(5);
    attempt("answered");
    attempt("answered");
    const lateMs = now();
    expect(breaker.claim(lateMs, false)).toBe("trial");
    wait(12);
    follow({ state: "closed", closedForMs: 6000 });
    breaker.succeed("trial", lateMs, now());
    expect(breaker.ramp(now())).toBeCloseTo(0.2);
  });

  it("closes after three answers in a row, none of them from before a trial that failed", () => {
    const { breaker, attempt, openBy, wait } = setUp();
    openBy(3);
    wait(5);
    for (const end of ["answered", "answered", "failed"] as const) attempt(end);
    wait(10);
    for (const end of ["answered", "answered"] as const) attempt(end);
    expect(breaker.state).toBe("half-open");
    attempt("answered");
    expect(breaker.state).toBe("closed");
  });

  it("takes back the success of an answer that broke off", () => {
    const { breaker, openBy, now } = setUp();
    openBy(2);
    const before = breaker.succeed("normal", now(), now());
    breaker.takeBack(before);
    breaker.fail({ permit: "normal", startedAtMs: now(), nowMs: now(), why: "broke off" });
    expect(breaker.state).toBe("open");
  });
});

describe("the local breaker in a panic", () => {
  it("stays passable until ten failures in a row, then is tried at growing intervals", () => {
    const { attempt, openBy, wait } = setUp();
    openBy(3);
    for (let n = 3; n < 10; n++) expect(attempt("failed", { panic: true })).toBe("forced");
    const failsAfter = (seconds: number) => {
      wait(seconds - 0.01);
      expect(attempt("failed", { panic: true }), `before ${seconds} s`).toBeUndefined();
      wait(0.01);
      return attempt("failed", { panic: true });
    };
    expect(failsAfter(1)).toBe("forced");
    expect(failsAfter(2)).toBe("forced");
    // By then its back-off is over, so the next attempt is a trial.
    wait(4);
    expect(attempt("answered", { panic: true })).toBe("trial");
    expect(attempt("answered", { panic: true })).toBe("trial");
  });

  it("lets attempts in side by side until ten failures in a row, then one at a time", () => {
    const { breaker, attempt, openBy, wait, now } = setUp();
    openBy(3);
    expect([breaker.claim(now(), true), breaker.claim(now(), true)]).toEqual(["forced", "forced"]);
    for (let n = 3; n < 10; n++) attempt("failed", { panic: true });
    breaker.follow({ state: "open", why: "word", openForMs: 60_000 }, now());
    wait(1);
    expect([breaker.claim(now(), true), breaker.claim(now(), true)]).toEqual(["forced", undefined]);
    // An attempt whose end is never reported keeps others out for 15 s.
    wait(14.99);
    expect(breaker.claim(now(), true)).toBeUndefined();
    wait(0.01);
    expect(breaker.claim(now(), true)).toBe("forced");
  });

  it("counts failures from the start after an answer", () => {
    const { attempt, openBy } = setUp();
    openBy(3);
    for (let n = 3; n < 9; n++) attempt("failed", { panic: true });
    attempt("answered", { panic: true });
    for (let n = 0; n < 9; n++) expect(attempt("failed", { panic: true })).toBe("forced");
    expect(attempt("failed", { panic: true })).toBe("forced");
    expect(attempt("failed", { panic: true })).toBeUndefined();
  });

  it("names the next forced attempt as the next chance when it comes before the end of the back-off", () => {
    const { breaker, openBy, attempt, now } = setUp();
    openBy(3);
    for (let n = 3; n < 10; n++) attempt("failed", { panic: true });
    expect(breaker.nextChanceMs(now())).toBe(now() + 1000);
  });

  it("begins with the shortest interval again after an answer", () => {
    const { breaker, attempt, follow, openBy, wait, now } = setUp();
    openBy(3);
    follow({ state: "open", openForMs: 600_000 });
    for (let n = 3; n < 10; n++) attempt("failed", { panic: true });
    wait(1);
    attempt("failed", { panic: true });
    expect(breaker.nextChanceMs(now())).toBe(now() + 2000);
    wait(2);
    attempt("answered", { panic: true });
    for (let n = 0; n < 10; n++) attempt("failed", { panic: true });
    expect(breaker.nextChanceMs(now())).toBe(now() + 1000);
  });

  it("also counts time-outs that outlive a lease, and those that began before the opening", () => {
    const { breaker, attempt, openBy, wait, now } = setUp();
    const beforeMs = now();
    openBy(3);
    const late = (permit: Permit) =>
      breaker.fail({ permit, startedAtMs: beforeMs, nowMs: beforeMs + 30_000, why: "timeout" });
    expect(breaker.claim(now(), true)).toBe("forced");
    wait(30);
    for (let n = 3; n < 6; n++) late("normal");
    for (let n = 6; n < 9; n++) late("forced");
    breaker.follow({ state: "open", why: "word", openForMs: 60_000 }, now());
    expect(attempt("nothing", { panic: true })).toBe("forced");
    late("forced");
    expect(attempt("failed", { panic: true })).toBeUndefined();
  });

  it("does not count failures of attempts that began before an answer", () => {
    const { breaker, attempt, openBy, wait, now } = setUp();
    const beforeMs = now();
    openBy(3);
    wait(30);
    breaker.follow({ state: "open", why: "word", openForMs: 60_000 }, now());
    expect(attempt("answered", { panic: true })).toBe("forced");
    const answeredMs = now();
    wait(15);
    for (let n = 0; n < 40; n++) {
      const startedAtMs = n < 20 ? beforeMs : answeredMs;
      breaker.fail({ permit: n % 2 ? "normal" : "forced", startedAtMs, nowMs: now(), why: "timeout" });
    }
    expect(attempt("nothing", { panic: true })).toBe("forced");
  });

  it("lengthens no interval for failures of attempts that began before the opening", () => {
    const { breaker, attempt, openBy, now } = setUp();
    const startedAtMs = now();
    openBy(3);
    for (let n = 3; n < 12; n++) breaker.fail({ permit: "normal", startedAtMs, nowMs: now(), why: "timeout" });
    expect(attempt("failed", { panic: true })).toBe("forced");
    expect(attempt("failed", { panic: true })).toBeUndefined();
  });

  it("closes after three answers in a row, none of them from before a forced attempt that failed", () => {
    const { breaker, attempt, openBy } = setUp();
    openBy(3);
    for (const end of ["answered", "answered", "failed", "answered", "answered"] as const)
      attempt(end, { panic: true });
    expect(breaker.state).toBe("half-open");
    attempt("answered", { panic: true });
    expect(breaker.state).toBe("closed");
  });

  it("closes by forced attempts that are answered", () => {
    const { breaker, attempt, openBy } = setUp();
    openBy(3);
    for (let n = 0; n < 3; n++) expect(attempt("answered", { panic: true })).toBe("forced");
    expect(breaker.state).toBe("closed");
  });
});

describe("the local breaker and the object's breaker", () => {
  it("opens with it, and waits for a lease", () => {
    const { breaker, follow, attempt, wait } = setUp();
    follow({ state: "open", openForMs: 5000 });
    expect([breaker.state, breaker.lastTransition?.why]).toEqual(["open", "opened elsewhere: word"]);
    wait(6);
    expect(attempt("answered")).toBeUndefined();
    follow({ state: "half-open", leaseForMs: 15_000 });
    expect(attempt("answered")).toBe("trial");
    // One lease, one trial.
    expect(attempt("answered")).toBeUndefined();
  });

  it("ends its lease with a trial that fails", () => {
    const { follow, attempt, wait } = setUp();
    follow({ state: "half-open", leaseForMs: 15_000 });
    expect(attempt("failed")).toBe("trial");
    wait(4.9);
    expect(attempt("failed")).toBeUndefined();
  });

  it("is as strict as the stricter of the two: the later end of a back-off counts", () => {
    const { breaker, follow, openBy, now } = setUp();
    openBy(3);
    const own = breaker.lastTransition;
    follow({ state: "open", openForMs: 1000 });
    expect(breaker.nextChanceMs(now())).toBe(now() + 5000);
    follow({ state: "open", openForMs: 9000 });
    expect(breaker.nextChanceMs(now())).toBe(now() + 9000);
    expect(breaker.lastTransition).toBe(own);
  });

  it("opens again with it, and then needs three answers again", () => {
    const { breaker, follow, attempt } = setUp();
    follow({ state: "half-open", leaseForMs: 15_000 });
    attempt("answered");
    follow({ state: "half-open", leaseForMs: 15_000 });
    expect(breaker.state).toBe("half-open");
    attempt("answered");
    follow({ state: "open", openForMs: 5000 });
    expect([breaker.state, breaker.lastTransition?.why]).toEqual(["open", "opened elsewhere: word"]);
    for (let n = 0; n < 2; n++) {
      follow({ state: "half-open", leaseForMs: 15_000 });
      attempt("answered");
    }
    expect(breaker.state).toBe("half-open");
  });

  it("lets a lease lapse", () => {
    const { follow, attempt, wait } = setUp();
    follow({ state: "half-open", leaseForMs: 15_000 });
    wait(15);
    follow({ state: "half-open" });
    expect(attempt("answered")).toBeUndefined();
  });

  it("makes a trial of its own when the object is silent past its back-off and a lease's time", () => {
    const { follow, attempt, wait } = setUp();
    follow({ state: "open", openForMs: 5000 });
    wait(19.9);
    expect(attempt("failed")).toBeUndefined();
    wait(0.1);
    expect(attempt("failed")).toBe("trial");
    expect(attempt("failed")).toBeUndefined();
  });

  it("stays open after failures that it saw itself when the object knows of none", () => {
    const { breaker, follow, openBy, attempt, wait, now } = setUp();
    openBy(3);
    follow({ state: "closed" });
    expect([breaker.state, breaker.ramp(now())]).toEqual(["open", 1]);
    wait(5);
    expect(attempt("answered")).toBe("trial");
  });

  it("goes by its own back-off, not by the object's earlier one, when the object is closed", () => {
    const { follow, openBy, attempt, wait } = setUp();
    openBy(3);
    follow({ state: "open", openForMs: 5000 });
    follow({ state: "half-open", leaseForMs: 15_000 });
    follow({ state: "closed", closedForMs: 60_000 });
    expect(attempt("answered")).toBeUndefined();
    wait(5);
    expect(attempt("answered")).toBe("trial");
  });

  it("closes when others closed it after its own last failure, and ramps with them", () => {
    const { breaker, follow, openBy, wait, now } = setUp();
    openBy(3);
    wait(4);
    follow({ state: "closed", closedForMs: 5000 });
    expect(breaker.state).toBe("open");
    follow({ state: "closed", closedForMs: 3000 });
    expect(breaker.state).toBe("closed");
    expect(breaker.ramp(now())).toBeCloseTo(0.1);
  });

  it("starts from nothing when others closed it", () => {
    const { breaker, attempt, follow, openBy, wait, now } = setUp();
    openBy(3);
    follow({ state: "open", openForMs: 5000 });
    for (let n = 3; n < 11; n++) attempt("failed", { panic: true });
    wait(20);
    // A trial is under way when the object says that the route works.
    expect(breaker.claim(now(), false)).toBe("trial");
    follow({ state: "closed", closedForMs: 0 });
    openBy(2);
    expect(breaker.state).toBe("closed");
    openBy(1);
    expect(breaker.nextChanceMs(now())).toBe(now() + 10_000);
    wait(10);
    expect(attempt("nothing")).toBe("trial");
    follow({ state: "open", openForMs: 60_000 });
    for (let n = 3; n < 10; n++) attempt("failed", { panic: true });
    expect(breaker.nextChanceMs(now())).toBe(now() + 1000);
  });

  it("ramps in an isolate that started after it opened", () => {
    const { breaker, follow, now } = setUp();
    follow({ state: "closed", closedForMs: 6000 });
    expect([breaker.state, breaker.ramp(now())]).toEqual(["closed", 0.2]);
  });
});
