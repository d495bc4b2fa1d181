import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fault } from "../../src/core/fault.ts";
import type { Ask, Capability } from "../../src/operation/operation.ts";
import type { Catalogue } from "../../src/routing/catalogue.ts";
import { candidates, plan, type Serving } from "../../src/routing/plan.ts";
import { modelOf, routeOf } from "../support/routes.ts";
import type { Model, Route } from "../../src/routing/types.ts";

const CHAT: Serving = { operations: ["chat"], wires: ["openai.chat"] };
const COMPLETE: Serving = { operations: ["complete", "chat"], wires: ["openai.completions", "openai.chat"] };

const ASK: Ask = {
  operation: "chat",
  model: undefined,
  stream: undefined,
  wantsUsage: false,
  maxOutput: undefined,
  promptBytes: 35,
  choices: 1,
  needs: new Map(),
};

function catalogue(...routes: Route[]): Catalogue {
  return {
    models: new Map(routes.map(({ model: of }) => [of.id, of])),
    routes: Map.groupBy(routes, ({ model: of }) => of.id),
  };
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How often each is first, of `draws`. */
function shares(routes: readonly Route[], byAuto: boolean, key: (route: Route) => string, draws = 10_000) {
  const random = seeded(7);
  const counts = new Map<string, number>();
  for (let draw = 0; draw < draws; draw++) {
    const [first] = plan(routes, CHAT, byAuto, random);
    if (first !== undefined) counts.set(key(first), (counts.get(key(first)) ?? 0) + 1 / draws);
  }
  return (of: string) => counts.get(of) ?? 0;
}

const idsOf = (routes: readonly Route[]) => routes.map(({ id }) => id);

describe("candidates", () => {
  const plain = modelOf("plain");
  const pinned = modelOf("pinned", { autoWeight: 0 });
  const continuer = modelOf("continuer", { operation: "complete" });
  const all = catalogue(
    routeOf(plain, "p1"),
    routeOf(plain, "p2", { wire: "vendor.unheard-of" }),
    routeOf(pinned, "n1"),
    routeOf(continuer, "c1", { wire: "openai.completions" }),
  );

  it("of a name are its routes on wires that serve, and of no other model", () => {
    expect(idsOf(candidates(all, { ...ASK, model: "plain" }, CHAT))).toEqual(["p1"]);
    expect(idsOf(candidates(all, { ...ASK, model: "pinned" }, CHAT))).toEqual(["n1"]);
    expect(idsOf(candidates(all, { ...ASK, model: "continuer" }, COMPLETE))).toEqual(["c1"]);
  });

  it("of auto, or of no name, are those of models marked for it", () => {
    expect(idsOf(candidates(all, { ...ASK, model: "auto" }, CHAT))).toEqual(["p1"]);
    expect(idsOf(candidates(all, ASK, COMPLETE))).toEqual(["p1", "c1"]);
  });

  it.each([
    ["gpt-99", "model_not_found"],
    ["constructor", "model_not_found"],
    ["AUTO", "model_not_found"],
    ["continuer", "model_endpoint_mismatch"],
  ])("of %s are none: %s", (name, kind) => {
    const refused = expect(() => candidates(all, { ...ASK, model: name }, CHAT));
    refused.toThrow(Fault);
    refused.toThrow(kind);
  });

  it.each<[string, Partial<Model>, Partial<Ask>, boolean]>([
    ["nothing known, all asked", {}, { promptBytes: 1e9, maxOutput: 1e9 }, true],
    ["an image", {}, { needs: new Map<Capability, number>([["image", 1]]) }, false],
    ["an image", { capabilities: new Set(["image"]) }, { needs: new Map<Capability, number>([["image", 1]]) }, true],
    [
      "an image and tools",
      { capabilities: new Set(["image"]) },
      {
        needs: new Map<Capability, number>([
          ["image", 1],
          ["tools", 1],
        ]),
      },
      false,
    ],
    ["voice in the answer alone", {}, { needs: new Map<Capability, number>([["audio", 0]]) }, false],
    ["a prompt of the whole context", { contextLength: 100 }, { promptBytes: 350 }, true],
    ["a prompt beyond it", { contextLength: 100 }, { promptBytes: 354 }, false],
    ["a prompt and an output beyond it", { contextLength: 100 }, { promptBytes: 175, maxOutput: 51 }, false],
    ["the greatest output", { maxOutput: 100 }, { maxOutput: 100 }, true],
    ["an output beyond it", { maxOutput: 100 }, { maxOutput: 101 }, false],
  ])("of auto fit: %s", (_title, of, asked, fits) => {
    const only = catalogue(routeOf(modelOf("only", of), "o1"));
    expect(candidates(only, { ...ASK, ...asked }, CHAT).length).toBe(fits ? 1 : 0);
    // A name pins the model: its upstream judges.
    expect(candidates(only, { ...ASK, ...asked, model: "only" }, CHAT).length).toBe(1);
  });
});

describe("plan", () => {
  const plain = modelOf("plain");

  it("keeps every route once, the higher priority first, whatever chance says", () => {
    const routes = fc.array(
      fc.record({ weight: fc.integer({ min: -1, max: 5 }), priority: fc.integer({ min: -2, max: 2 }) }),
    );
    fc.assert(
      fc.property(routes, fc.integer(), fc.boolean(), (rows, seed, byAuto) => {
        const before = rows.map((row, index) => routeOf(plain, `r${index}`, row));
        const after = plan(before, CHAT, byAuto, seeded(seed));
        expect(idsOf(after).toSorted()).toEqual(idsOf(before).toSorted());
        const priorities = after.map(({ priority }) => priority);
        expect(priorities).toEqual(priorities.toSorted((a, b) => b - a));
      }),
    );
  });

  it("is the same for the same chance", () => {
    const routes = ["a", "b", "c", "d"].map((id) => routeOf(plain, id));
    expect(plan(routes, CHAT, false, seeded(3))).toEqual(plan(routes, CHAT, false, seeded(3)));
  });

  it("draws the first within a priority by weight", () => {
    const share = shares(
      [routeOf(plain, "a", { weight: 10 }), routeOf(plain, "b", { weight: 30 })],
      false,
      ({ id }) => id,
    );
    expect(share("a")).toBeCloseTo(0.25, 1);
    expect(share("b")).toBeCloseTo(0.75, 1);
  });

  it("keeps what has no weight for last", () => {
    const routes = [routeOf(plain, "never", { weight: 0 }), routeOf(plain, "a"), routeOf(plain, "b")];
    for (let seed = 0; seed < 100; seed++) {
      expect(plan(routes, CHAT, false, seeded(seed)).at(-1)?.id, String(seed)).toBe("never");
    }
  });

  it("draws models of auto by their weights against each other", () => {
    const [a, b] = [modelOf("a", { autoWeight: 10 }), modelOf("b", { autoWeight: 30 })];
    const share = shares([routeOf(a, "a1"), routeOf(b, "b1")], true, (first) => first.model.id);
    expect(share("a")).toBeCloseTo(0.25, 1);
    const named = shares([routeOf(a, "a1"), routeOf(b, "b1")], false, (first) => first.model.id);
    expect(named("a")).toBeCloseTo(0.5, 1);
  });

  // `auto_weight` is a "share of `auto` requests against other models": how many routes a model has does not change it.
  it("gives a model of auto no greater share for having more routes", () => {
    const [a, b] = [modelOf("a", { autoWeight: 50 }), modelOf("b", { autoWeight: 50 })];
    const routes = [routeOf(a, "a1"), routeOf(b, "b1"), routeOf(b, "b2"), routeOf(b, "b3")];
    expect(shares(routes, true, (first) => first.model.id)("a")).toBeCloseTo(0.5, 1);
  });

  it("has the client's own wire before one that must be translated", () => {
    const routes = [
      routeOf(plain, "chat", { weight: 1000 }),
      routeOf(plain, "native", { wire: "openai.completions", weight: 1 }),
    ];
    for (let seed = 0; seed < 100; seed++) expect(plan(routes, COMPLETE, false, seeded(seed))[0]?.id).toBe("native");
  });
});
