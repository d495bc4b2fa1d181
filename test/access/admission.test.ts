import { describe, expect, it } from "vitest";
import { Admissions } from "../../src/access/admission.ts";
import type { Identity, KeyStore } from "../../src/access/key-store.ts";
import { LocalLimiter } from "../../src/access/limits/local.ts";

describe("Admissions", () => {
  const identity: Identity = {
    keyId: "",
    accountId: "account",
    keyDisabled: false,
    accountDisabled: false,
    expiresAtMs: null,
    defaultStream: null,
    errorDialect: null,
    requestsPerMinute: null,
    ratioPpm: 1_000_000,
    groupDisabled: false,
    planExpiresAtMs: null,
    groupId: null,
    allowedModels: null,
    allowedIps: null,
    planTier: null,
  };

  it.each([
    [undefined, 4],
    [null, 4],
    [2, 2],
    [6, 6],
    [0, 0],
  ])("uses a key's own limit %s before the site's", async (requestsPerMinute, expected) => {
    const caller = {
      ...identity,
      keyId: crypto.randomUUID(),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    };
    const now = () => 1_700_000_040_000;
    const limiter = new LocalLimiter(now);
    const admissions = new Admissions({
      keys: { identify: async () => caller } as unknown as KeyStore,
      limiters: { embedded: limiter, main: limiter },
      limits: { ip: 1000, key: 4 },
      now,
    });
    let passed = 0;
    for (let request = 0; request < 10; request++) {
      const { refusal, identity: found } = await admissions.admit({
        headers: new Headers(),
        key: "sk-key",
        defer: () => undefined,
        time: async (_, step) => step,
      });
      expect(found, "the caller is known even when refused, for the dialect and the log").toBe(caller);
      if (refusal === undefined) passed++;
      else expect(refusal.kind).toBe("rate_limited_key");
    }
    expect(passed).toBe(expected);
  });
});
