/** Which routes may serve a request, before any order. */
import { describe, expect, it } from "vitest";
import { Fault } from "../../src/core/fault.ts";
import type { Demand } from "../../src/operation/demand.ts";
import type { Capability } from "../../src/operation/operations.ts";
import { candidates, isAuto } from "../../src/routing/plan.ts";
import type { Model } from "../../src/routing/route.ts";
import { SERVING } from "../support/isolate.ts";
import { modelOf, routeOf } from "../support/routes.ts";

function demand(extra: Partial<Demand> = {}): Demand {
  const size = { maxOutput: undefined, promptBytes: 350, choices: 1, needs: new Map<Capability, number>() };
  const wishes = { model: undefined, fallbacks: [], stream: undefined, wantsUsage: false };
  return { operation: "chat", ...size, ...wishes, ...extra };
}

/** The ids of the routes that may serve. Each of the models has one route, on its wire. */
function served(models: Readonly<Record<string, Partial<Model> & { wire?: string }>>, asked: Demand): string[] {
  const known = Object.entries(models).map(([id, { wire = "openai.chat", ...model }]) => {
    const row = modelOf(id, model);
    return [row, routeOf(row, `to ${id}`, { wire })] as const;
  });
  const catalogue = {
    models: new Map(known.map(([model]) => [model.id, model])),
    routes: new Map(known.map(([model, route]) => [model.id, [route]])),
    aliases: new Map(),
  };
  return candidates(catalogue, asked, SERVING).map(({ id }) => id);
}

describe("a request for auto", () => {
  it.each([undefined, "auto", "auto:fast", "auto:cheap"])("is one for %s", (model) => {
    expect(isAuto(model)).toBe(true);
    expect(served({ a: {}, b: {}, off: { autoWeight: 0 } }, demand({ model }))).toEqual(["to a", "to b"]);
  });

  it("goes to models of an operation and a wire that can serve it", () => {
    const models = { a: {}, other: { operation: "complete" }, foreign: { wire: "another.wire" } } as const;
    expect(served(models, demand())).toEqual(["to a"]);
  });

  it("goes to models that have the capabilities it needs", () => {
    const models = { blind: {}, seeing: { capabilities: new Set(["image", "tools"] as const) } };
    expect(served(models, demand({ needs: new Map([["image", 1]]) }))).toEqual(["to seeing"]);
  });

  it("goes to models whose context holds prompt and output: 3.5 bytes to a token", () => {
    const models = { large: { contextLength: 150 }, small: { contextLength: 149 } };
    expect(served(models, demand({ maxOutput: 50 }))).toEqual(["to large"]);
    expect(served({ a: { contextLength: 100 }, b: { contextLength: 99 } }, demand())).toEqual(["to a"]);
  });

  it("goes to models that may answer at the length asked for, or to any if none may", () => {
    const models = { long: { maxOutput: 50 }, short: { maxOutput: 49 } };
    expect(served(models, demand({ maxOutput: 50 }))).toEqual(["to long"]);
    expect(served(models, demand({ maxOutput: 32_000 }))).toEqual(["to long", "to short"]);
    expect(served({ a: { contextLength: 120 } }, demand({ maxOutput: 32_000 }))).toEqual(["to a"]);
  });

  it("is refused by the limit that it exceeds, when no model can serve it", () => {
    const refusal = (models: Parameters<typeof served>[0], asked: Demand) => {
      try {
        return served(models, asked);
      } catch (error) {
        return error instanceof Fault ? [error.kind, error.text("en")] : error;
      }
    };
    expect(refusal({ blind: {} }, demand({ needs: new Map([["audio", 1]]) }))).toEqual([
      "model_endpoint_mismatch",
      expect.stringContaining("audio"),
    ]);
    expect(refusal({ a: { contextLength: 50 }, b: { contextLength: 80 } }, demand())).toEqual([
      "context_length_exceeded",
      expect.stringContaining("80 tokens"),
    ]);
    expect(refusal({}, demand({ needs: new Map([["audio", 1]]) })), "no model at all is an outage").toEqual([]);
  });
});

describe("a request for a model", () => {
  it("goes to its routes, whatever its weight for auto and its limits", () => {
    expect(isAuto("a")).toBe(false);
    const models = { a: { autoWeight: 0, contextLength: 1, maxOutput: 1 }, b: {} };
    expect(served(models, demand({ model: "a", maxOutput: 50 }))).toEqual(["to a"]);
    expect(served({ a: { wire: "another.wire" } }, demand({ model: "a" }))).toEqual([]);
  });

  it("is refused when the model is unknown, or has another operation", () => {
    const kind = (model: string) => {
      try {
        return served({ a: { operation: "complete" } }, demand({ model }));
      } catch (error) {
        return (error as { kind?: string }).kind;
      }
    };
    expect([kind("a"), kind("b")]).toEqual(["model_endpoint_mismatch", "model_not_found"]);
  });
});
