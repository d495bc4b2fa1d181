import { describe, expect, it } from "vitest";
import { readSettings, type Env } from "../src/settings.ts";
import { CREDENTIALS_KEY } from "./support/seed.ts";

/** The least that a deployment has. Only the presence of bindings is checked. */
const env = {
  DB: {},
  IP_LIMITER: {},
  KEY_WINDOWS: {},
  UPSTREAM_HEALTH: {},
  OUTBOXES: {},
  KEPT_ANSWERS: {},
  PASSWORD_HASHERS: {},
  CREDENTIALS_KEY,
} as unknown as Env;

const problems = (vars: Record<string, unknown>) => {
  const read = readSettings({ ...env, ...vars });
  return "problems" in read ? read.problems : [];
};

describe("readSettings", () => {
  it("requires both Upstash variables or neither, and each in its form", () => {
    const url = "https://eu1-example.upstash.io";
    expect(problems({})).toEqual([]);
    expect(problems({ UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: "token" })).toEqual([]);
    expect(problems({ UPSTASH_REDIS_REST_URL: url })).toEqual(["UPSTASH_REDIS_REST_TOKEN"]);
    expect(problems({ UPSTASH_REDIS_REST_TOKEN: "token" })).toEqual(["UPSTASH_REDIS_REST_URL"]);
    expect(problems({ UPSTASH_REDIS_REST_URL: "redis://x", UPSTASH_REDIS_REST_TOKEN: "token" })).toEqual([
      "UPSTASH_REDIS_REST_URL",
    ]);
  });

  it("requires whole numbers above 0 for the limits", () => {
    for (const wrong of ["0", "-1", "1.5", "many"]) {
      expect(problems({ KEY_REQUESTS_PER_MINUTE: wrong, IP_REQUESTS_PER_MINUTE: wrong }), wrong).toEqual([
        "IP_REQUESTS_PER_MINUTE",
        "KEY_REQUESTS_PER_MINUTE",
      ]);
    }
  });

  it("requires a lease of at least two checkpoints", () => {
    expect(problems({ LEASE_MS: "40000", CHECKPOINT_MS: "20000" })).toEqual([]);
    expect(problems({ LEASE_MS: "39999", CHECKPOINT_MS: "20000" })).toEqual(["LEASE_MS"]);
    expect(problems({ CHECKPOINT_MS: "60000" })).toEqual(["LEASE_MS"]);
  });

  it("names a binding that the deployment lacks", () => {
    expect(problems({ KEY_WINDOWS: undefined })).toEqual(["KEY_WINDOWS"]);
  });
});
