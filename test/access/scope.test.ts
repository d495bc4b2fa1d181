import { describe, expect, it } from "vitest";
import { checkAddress, checkModel, mayUseModel, mayUseUpstream, type Scope } from "../../src/access/scope.ts";
import { Fault } from "../../src/core/fault.ts";

const OPEN: Scope = { groupId: null, allowedModels: null, allowedIps: null, planTier: null };

function outcomeOf(step: () => void): string {
  try {
    step();
    return "passes";
  } catch (error) {
    return error instanceof Fault ? error.kind : String(error);
  }
}

describe("checkAddress", () => {
  it.each<[readonly string[] | null, string | null, string]>([
    [null, null, "passes"],
    [null, "203.0.113.7", "passes"],
    [["203.0.113.0/24", "2001:db8::/32"], "203.0.113.7", "passes"],
    [["203.0.113.0/24", "2001:db8::/32"], "2001:db8::1", "passes"],
    [["203.0.113.0/24"], "203.0.114.7", "key_scope_denied"],
    [["203.0.113.0/24"], null, "key_scope_denied"],
    [["not a block"], "203.0.113.7", "key_scope_denied"],
    [[], "203.0.113.7", "key_scope_denied"],
  ])("of a key for %j, used from %s: %s", (allowedIps, address, outcome) => {
    expect(outcomeOf(() => checkAddress({ ...OPEN, allowedIps }, address))).toBe(outcome);
  });
});

describe("a model", () => {
  it.each<[Partial<Scope>, string]>([
    [{}, "passes"],
    [{ allowedModels: new Set(["m"]) }, "passes"],
    [{ allowedModels: new Set(["n"]) }, "key_scope_denied"],
    [{ allowedModels: new Set() }, "key_scope_denied"],
    [{ planTier: 2 }, "passes"],
    [{ planTier: 1 }, "tier_not_allowed"],
    [{ planTier: 3, allowedModels: new Set(["n"]) }, "key_scope_denied"],
  ])("of tier 2 under %j: %s", (scope, outcome) => {
    const model = { id: "m", tier: 2 };
    expect(outcomeOf(() => checkModel({ ...OPEN, ...scope }, model))).toBe(outcome);
    expect(mayUseModel({ ...OPEN, ...scope }, model)).toBe(outcome === "passes");
  });
});

describe("an upstream", () => {
  it.each<[string | null, readonly string[] | null, boolean]>([
    [null, null, true],
    ["g", null, true],
    ["g", ["g", "h"], true],
    ["i", ["g", "h"], false],
    [null, ["g"], false],
    ["g", [], false],
  ])("for a key of group %s, reserved for %j: %s", (groupId, groups, expected) => {
    expect(mayUseUpstream({ ...OPEN, groupId }, groups === null ? null : new Set(groups))).toBe(expected);
  });
});
