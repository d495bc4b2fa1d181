import { describe, expect, it } from "vitest";
import type { Preferences } from "../../src/operation/preferences.ts";
import { allowedRoutes, inOrder } from "../../src/relay/preferred-routes.ts";
import { plain } from "../billing/prices.ts";
import { modelOf, routeOf, upstreamOf } from "../support/routes.ts";

const [cheap, dear] = [modelOf("cheap"), modelOf("dear")];
const via = (id: string, label: string | null, model = cheap) =>
  routeOf(model, id, { upstream: upstreamOf(id, { label }) });
const ROUTES = [via("a", "Azure"), via("d", "DeepSeek"), via("n", null), via("x", "azure", dear)];
const PRICES = new Map([
  [cheap, { version: 1, price: plain({ input: 1_000_000, output: 2_000_000 }), operator: undefined }],
  [dear, { version: 1, price: plain({ input: 9_000_000, output: 18_000_000 }), operator: undefined }],
]);
const WISHES: Preferences = {
  order: undefined,
  only: undefined,
  ignore: undefined,
  hasFallbacks: true,
  sort: undefined,
  maxPromptPrice: undefined,
  maxOutputPrice: undefined,
};

function allowed(wishes: Partial<Preferences>, ratioPpm = 1_000_000): string {
  const priced = { prices: PRICES, ratioPpm, attributes: undefined };
  return allowedRoutes(ROUTES, { ...WISHES, ...wishes }, priced)
    .map(({ id }) => id)
    .join("");
}

describe("the routes that a client's preferences leave", () => {
  it.each<[Partial<Preferences>, string]>([
    [{}, "adnx"],
    [{ only: ["azure"] }, "ax"],
    [{ only: ["deepseek", "unknown"] }, "d"],
    [{ ignore: ["azure", "unknown"] }, "dn"],
    [{ only: ["azure", "deepseek"], ignore: ["azure"] }, "d"],
    [{ order: ["deepseek"] }, "adnx"],
    [{ order: ["deepseek"], hasFallbacks: false }, "d"],
    [{ maxPromptPrice: 1 }, "adn"],
    [{ maxOutputPrice: 18 }, "adnx"],
    [{ maxOutputPrice: 17.9 }, "adn"],
  ])("for %j are %s", (wishes, ids) => {
    expect(allowed(wishes)).toBe(ids);
  });

  it("are compared by the price that the key pays", () => {
    expect(allowed({ maxPromptPrice: 1 }, 500_000)).toBe("adn");
    expect(allowed({ maxPromptPrice: 4.5 }, 500_000)).toBe("adnx");
    expect(() => allowed({ maxPromptPrice: 1 }, 1_100_000)).toThrow();
  });

  it("must be some", () => {
    expect(() => allowed({ only: ["unknown"] })).toThrowError(expect.objectContaining({ kind: "invalid_parameter" }));
    expect(() => allowed({ maxPromptPrice: 0 })).toThrowError(expect.objectContaining({ kind: "invalid_parameter" }));
  });

  it("come in the order of the client's labels, the others last", () => {
    const groups = (order?: string[]) =>
      inOrder(ROUTES, { ...WISHES, order }).map((group) => group.map(({ id }) => id).join(""));
    expect(groups()).toEqual(["adnx"]);
    expect(groups(["deepseek", "azure"])).toEqual(["d", "ax", "n"]);
    expect(groups(["unknown"])).toEqual(["adnx"]);
  });
});
