import { describe, expect, it } from "vitest";
import { Admissions } from "../../src/access/admission.ts";
import type { Identity, KeyStore } from "../../src/access/key-store.ts";
import { Fault } from "../../src/core/fault.ts";
import { LocalLimiter } from "../../src/access/limits/local.ts";

describe("Admissions", () => {
  const now = () => 1_700_000_040_000;
  const time = async <Result>(_: string, step: Promise<Result>) => step;
  const identity: Identity = {
    keyId: "",
    accountId: "account",
    keyDisabled: false,
    accountDisabled: false,
    expiresAtMs: null,
    defaultStream: null,
    errorDialect: null,
    managesAccount: false,
    requestsPerMinute: null,
    ratioPpm: 1_000_000,
    groupDisabled: false,
    planExpiresAtMs: null,
    groupId: null,
    allowedModels: null,
    allowedIps: null,
    planTier: null,
    standing: {} as Identity["standing"],
  };

  it.each([
    [undefined, 4],
    [null, 4],
    [2, 2],
    [6, 6],
    [0, 0],
  ])("takes a key's own number %s before the site's", async (requestsPerMinute, expected) => {
    const caller = {
      ...identity,
      keyId: crypto.randomUUID(),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    };
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
        time,
      });
      expect(found, "known even when refused, for the dialect and the log").toBe(caller);
      if (refusal === undefined) passed++;
      else expect(refusal.kind).toBe("rate_limited_key");
    }
    expect(passed).toBe(expected);
  });

  /** Admissions whose keys must be looked up, and what happens behind it. */
  function gateOf(ipLimit: number, { isUnknown = false, isHeld = false } = {}) {
    const embedded = new LocalLimiter(now);
    const happened: string[] = [];
    const identify: KeyStore["identify"] = async (_, { beforeLookUp, whenAdmitted }) => {
      if (isHeld) whenAdmitted(async () => happened.push("read again"));
      else {
        await beforeLookUp();
        happened.push("looked up");
      }
      if (isUnknown) throw new Fault("invalid_key");
      return identity;
    };
    const admissions = new Admissions({
      keys: { identify } as unknown as KeyStore,
      limiters: { embedded, main: embedded },
      limits: { ip: ipLimit, key: 3 },
      now,
    });
    const admit = async () => {
      const { refusal } = await admissions.admit({
        headers: new Headers(),
        key: "sk-key",
        defer: (work) => void work,
        time,
      });
      return refusal?.kind ?? "passes";
    };
    return { admissions, admit, happened };
  }

  it("looks no key up for an address that is over its limit", async () => {
    const { admit, happened } = gateOf(2, { isUnknown: true });
    const kinds = [await admit(), await admit(), await admit(), await admit()];
    expect(kinds).toEqual(["invalid_key", "invalid_key", "rate_limited_ip", "rate_limited_ip"]);
    expect(happened).toEqual(["looked up", "looked up"]);
  });

  it.each([true, false])("counts each request once against its address, its key held: %s", async (isHeld) => {
    const { admit } = gateOf(2, { isHeld });
    expect([await admit(), await admit(), await admit()]).toEqual(["passes", "passes", "rate_limited_ip"]);
  });

  it("reads a held key again only behind a request that has passed", async () => {
    const { admit, happened } = gateOf(100, { isHeld: true });
    for (let request = 0; request < 5; request++) await admit();
    expect(happened).toEqual(["read again", "read again", "read again"]);
  });

  it("limits all keys of an account together, where accounts have a limit", async () => {
    const kindsWith = async (account: number | undefined) => {
      const limiter = new LocalLimiter(now);
      let key = 0;
      const admissions = new Admissions({
        keys: { identify: async () => ({ ...identity, keyId: `key ${key++}` }) } as unknown as KeyStore,
        limiters: { embedded: limiter, main: limiter },
        limits: { ip: 1000, key: 2, account },
        now,
      });
      const visit = { headers: new Headers(), key: "sk-key", defer: () => undefined, time };
      const kinds: unknown[] = [];
      for (let request = 0; request < 5; request++) kinds.push((await admissions.admit(visit)).refusal?.kind);
      return kinds;
    };
    const refused = "rate_limited_account";
    expect(await kindsWith(3)).toEqual([undefined, undefined, undefined, refused, refused]);
    expect(await kindsWith(undefined)).toEqual(Array.from({ length: 5 }, () => undefined));
  });

  it("limits what is open to everyone by address", async () => {
    const { admissions } = gateOf(1);
    const visit = { headers: new Headers(), defer: () => undefined, time };
    await admissions.admitAnyone(visit);
    await expect(admissions.admitAnyone(visit)).rejects.toThrow("rate_limited_ip");
  });
});
