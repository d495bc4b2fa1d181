/** What a request costs whose client has left, and whose upstream was stopped before it said what it had used. */
import { describe, expect, it, vi } from "vitest";
import { LocalCount } from "../../src/billing/usage-count.ts";
import type { Usage } from "../../src/core/units.ts";
import type { Demand } from "../../src/operation/demand.ts";
import { chargeFacts, unheardTokens, type Served } from "../../src/relay/charge-facts.ts";
import { operatorCost } from "../../src/relay/operator-cost.ts";
import { plain } from "../billing/prices.ts";
import { modelOf, routeOf } from "../support/routes.ts";

const MODEL = modelOf("thinker", { contextLength: 8000 });
const DEMAND: Demand = {
  operation: "chat",
  model: "thinker",
  fallbacks: [],
  maxOutput: undefined,
  promptBytes: 400,
  choices: 1,
  needs: new Map(),
};

describe("the tokens that nobody heard of", () => {
  it("are those of a second, for each choice, up to the longest answer", () => {
    expect(unheardTokens(MODEL, DEMAND, 1000)).toBe(50);
    expect(unheardTokens(MODEL, { ...DEMAND, choices: 3 }, 1000)).toBe(150);
    expect(unheardTokens({ ...MODEL, maxTokensPerSecond: 10 }, DEMAND, 1000), "a slow model").toBe(10);
    expect(unheardTokens({ ...MODEL, maxTokensPerSecond: 500 }, DEMAND, 1000), "a fast model").toBe(50);
    expect(unheardTokens(MODEL, { ...DEMAND, maxOutput: 20 }, 1000), "the client's cap").toBe(20);
    expect(unheardTokens({ ...MODEL, maxOutput: 30 }, DEMAND, 1000), "the model's").toBe(30);
    expect(unheardTokens(MODEL, DEMAND, 1_000_000), "the context").toBe(8000);
  });

  function facts(unheard: number | undefined, { said = "", reported }: { said?: string; reported?: Usage } = {}) {
    const delivered = new LocalCount(() => 100);
    delivered.output.add(said);
    const served: Served = {
      route: routeOf(MODEL, "route"),
      version: { version: 1, price: plain({ input: 1000, output: 2000 }), operator: undefined },
      ratioPpm: 1_000_000,
      demand: DEMAND,
      delivered,
    };
    return chargeFacts(served, { reported, isWhole: false, hiddenTokens: 0, unheardTokens: unheard, lostCostNanos: 0 });
  }

  it("are the operator's loss, with the prompt where nothing was delivered", () => {
    expect(facts(500)).toMatchObject({
      usage: { input: 100, reasoning: 500 },
      amountNanos: 100 + 1000,
      payableNanos: 0,
      estimated: true,
    });
  });

  it("cost the client nothing beyond what was delivered or reported", () => {
    const { usage, amountNanos, payableNanos } = facts(500, { said: "Good morning" });
    expect(payableNanos).toBe(100 + 2 * (usage.output ?? 0));
    expect(amountNanos).toBe((payableNanos ?? 0) + 1000);
    expect(facts(500, { reported: { input: 90, output: 7 } })).toMatchObject({ amountNanos: 1104, payableNanos: 104 });
  });

  it("are none where the upstream was heard to its end", () => {
    expect(facts(undefined, { said: "Good morning" })).not.toHaveProperty("payableNanos");
  });
});

describe("what a request costs the operator", () => {
  const usage = { input: 100, cachedRead: 50, output: 10 };
  const listed = {
    version: 1,
    price: plain({ input: 1000, output: 2000 }),
    operator: plain({ input: 600, output: 900 }),
  };
  const costOn = (costs: object[] | string | null, version = listed) =>
    operatorCost(
      routeOf(MODEL, "route", { costs: costs === null || typeof costs === "string" ? costs : JSON.stringify(costs) }),
      version,
      () => usage,
    );

  it("is what the route's own rates say, else those of its model", () => {
    expect(costOn(null)).toBe(90 + 9);
    expect(
      costOn([
        { unit: "input", costNanos: 100 },
        { unit: "output", costNanos: 200 },
      ]),
    ).toBe(15 + 2);
    const cached = { unit: "cachedRead", costNanos: 20 };
    expect(costOn([{ unit: "input", costNanos: 100 }, { unit: "output", costNanos: 0 }, cached])).toBe(10 + 1);
  });

  it("is unknown where nobody says it, and the model's where the route's cannot be read", () => {
    expect(costOn(null, { ...listed, operator: undefined as never })).toBeUndefined();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(costOn("{")).toBe(99);
    expect(String(warn.mock.lastCall)).toContain("route_costs_unreadable");
  });
});

describe("a recording", () => {
  const RECORDING = { ms: 60_000, leastMs: 1000, mostMs: 600_000, isGuess: true };

  function heard(reported: Usage | undefined, recording = RECORDING, rates = { durationMs: 5000 } as object) {
    const demand: Demand = { ...DEMAND, operation: "transcribe", recording, units: { durationMs: recording.ms } };
    const served: Served = {
      route: routeOf(MODEL, "route"),
      version: { version: 1, price: plain(rates), operator: undefined },
      ratioPpm: 1_000_000,
      demand,
      delivered: new LocalCount(() => 0, recording),
    };
    return chargeFacts(served, { reported, isWhole: true, hiddenTokens: 0, lostCostNanos: 0 });
  }

  it("costs more than was held for, where it is longer than its file seemed to be", () => {
    expect(heard({ durationMs: 90_000 })).toMatchObject({
      amountNanos: 450_000,
      unheldNanos: 150_000,
      estimated: false,
    });
    expect(heard({ durationMs: 40_000 })).toMatchObject({ amountNanos: 200_000, estimated: false });
    expect(heard({ durationMs: 40_000 })).not.toHaveProperty("unheldNanos");
  });

  it("is an estimate where its length is a guess that costs something", () => {
    expect(heard({})).toMatchObject({ amountNanos: 300_000, estimated: true });
    expect(heard({}, { ...RECORDING, isGuess: false })).toMatchObject({ amountNanos: 300_000, estimated: false });
    expect(heard({ input: 1, inputAudio: 9, output: 2 }, RECORDING, { input: 1000 })).toMatchObject({
      estimated: false,
    });
    expect(heard({ durationMs: 1e9 }, { ...RECORDING, isGuess: false })).toMatchObject({ estimated: true });
  });
});
