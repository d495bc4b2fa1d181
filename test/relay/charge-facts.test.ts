/** What a request costs whose client has left, and whose upstream was stopped before it said what it had used. */
import { describe, expect, it } from "vitest";
import { LocalCount } from "../../src/billing/usage-count.ts";
import type { Usage } from "../../src/core/units.ts";
import type { Demand } from "../../src/operation/demand.ts";
import { chargeFacts, unheardTokens, type Served } from "../../src/relay/charge-facts.ts";
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
