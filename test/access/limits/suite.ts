/** The tests that every limiter must pass. Run by `embedded.worker.test.ts` and `test/e2e/limits/upstash.test.ts`. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addressCheck } from "../../../src/access/limits/address.ts";
import { WINDOW_MS, type AddressCheck, type RateLimiter, type Verdict } from "../../../src/access/limits/types.ts";

export interface Candidate {
  /** Makes the limiter of another isolate: the limiters share only the storage. */
  readonly create: () => RateLimiter;
  /** The limit of addresses, which some limiters have fixed. */
  readonly ipLimit: number;
}

/** The start of a minute, long past. Limiters read `Date`, which stands still in these tests. */
const START_MS = 1_700_000_040_000;

const unique = () => crypto.randomUUID();

/** A check of a new address against a wide limit. */
const anyone = () => ({ subject: unique(), limit: 1_000_000 });

async function askKey(limiter: RateLimiter, subject: string, limit: number): Promise<Verdict> {
  const { key } = await limiter.check({ ip: anyone(), key: { subject, limit } });
  if (key === undefined) throw new Error("no verdict on the key");
  return key;
}

async function askAddress(limiter: RateLimiter, subject: string, limit: number): Promise<Verdict> {
  return (await limiter.check({ ip: { subject, limit } })).ip;
}

async function times<Result>(count: number, run: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let done = 0; done < count; done++) results.push(await run());
  return results;
}

const allowed = (verdicts: readonly Verdict[]) => verdicts.filter((verdict) => verdict.allowed).length;

export function limiterSuite(name: string, { create, ipLimit }: Candidate): void {
  describe(`${name}: keys`, () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it("allows exactly the limit, and says what remains", async () => {
      const [limiter, subject] = [create(), unique()];
      const verdicts = await times(7, async () => askKey(limiter, subject, 5));
      expect(verdicts.map((verdict) => verdict.allowed)).toEqual([true, true, true, true, true, false, false]);
      expect(verdicts.map(({ remaining }) => remaining)).toEqual([4, 3, 2, 1, 0, 0, 0]);
      expect(verdicts.every(({ limit }) => limit === 5)).toBe(true);
      for (const { resetAtMs = 0 } of verdicts) {
        expect(resetAtMs).toBeGreaterThan(START_MS);
        expect(resetAtMs).toBeLessThanOrEqual(START_MS + WINDOW_MS + 1);
      }
    });

    it("allows exactly the limit of 100 parallel requests, through several isolates", async () => {
      const [limiters, subject] = [[create(), create(), create()], unique()];
      const verdicts = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => askKey(limiters[index % 3] ?? create(), subject, 40)),
      );
      expect(allowed(verdicts)).toBe(40);
    });

    it("keeps subjects apart, and keys from addresses of the same name", async () => {
      const [limiter, one, two] = [create(), unique(), unique()];
      await times(3, async () => askKey(limiter, one, 3));
      expect(await askKey(limiter, one, 3)).toMatchObject({ allowed: false });
      expect(await askKey(limiter, two, 3)).toMatchObject({ allowed: true, remaining: 2 });
      expect(await askAddress(limiter, one, ipLimit)).toMatchObject({ allowed: true });
    });

    it("allows the whole limit again when the window has passed", async () => {
      const [limiter, subject] = [create(), unique()];
      await times(6, async () => askKey(limiter, subject, 5));
      vi.setSystemTime(START_MS + 2 * WINDOW_MS);
      expect(allowed(await times(6, async () => askKey(limiter, subject, 5)))).toBe(5);
    });

    it("counts the last minute by the part that the window still covers", async () => {
      const [limiter, subject] = [create(), unique()];
      await times(8, async () => askKey(limiter, subject, 10));
      vi.setSystemTime(START_MS + 1.5 * WINDOW_MS);
      expect(allowed(await times(10, async () => askKey(limiter, subject, 10)))).toBe(6);
    });

    it("lets a request pass at the time that its refusal named", async () => {
      const [limiter, subject] = [create(), unique()];
      await times(10, async () => askKey(limiter, subject, 10));
      const { allowed: passed, resetAtMs = 0 } = await askKey(limiter, subject, 10);
      expect(passed).toBe(false);
      vi.setSystemTime(resetAtMs + WINDOW_MS / 10);
      expect(await askKey(limiter, subject, 10)).toMatchObject({ allowed: true });
    });

    it("applies a raised limit of a key at once", async () => {
      const subject = unique();
      await times(3, async () => askKey(create(), subject, 3));
      expect(await askKey(create(), subject, 3)).toMatchObject({ allowed: false });
      expect(await askKey(create(), subject, 10)).toMatchObject({ allowed: true, remaining: 6 });
    });
  });

  describe(`${name}: addresses`, () => {
    it("allows exactly the limit of parallel requests", async () => {
      const limiter = create();
      await inOneMinute(async () => {
        const subject = unique();
        const verdicts = await Promise.all(
          Array.from({ length: ipLimit * 2 }, async () => askAddress(limiter, subject, ipLimit)),
        );
        return allowed(verdicts);
      }, ipLimit);
    });

    it("counts an IPv6 network of 64 bits as one, and its neighbour apart", async () => {
      const limiter = create();
      await inOneMinute(async () => {
        const network = `2001:db8:${randomGroup()}`;
        const ask = async (address: string) => (await limiter.check({ ip: checkOf(address, ipLimit) })).ip;
        await times(ipLimit, async () => ask(`${network}:1::${randomGroup()}`));
        return [await ask(`${network.toUpperCase()}:0001:ffff::1`), await ask(`${network}:2::1`)].map(
          (verdict) => verdict.allowed,
        );
      }, [false, true]);
    });

    it("counts an IPv6 network of 48 bits as one, with four times the limit", async () => {
      const limiter = create();
      await inOneMinute(async () => {
        const network = `2001:db8:${randomGroup()}`;
        const ask = async (part: number) =>
          (await limiter.check({ ip: checkOf(`${network}:${part.toString(16)}::1`, ipLimit) })).ip;
        // Each request comes from another /64.
        return allowed(await Promise.all(Array.from({ length: 6 * ipLimit }, async (_, part) => ask(part))));
      }, 4 * ipLimit);
    });

    it("does not let one network of 64 bits use up the limit of its neighbours", async () => {
      const limiter = create();
      await inOneMinute(async () => {
        const network = `2001:db8:${randomGroup()}`;
        const ask = async (part: number) => (await limiter.check({ ip: checkOf(`${network}:${part}::1`, ipLimit) })).ip;
        await times(6 * ipLimit, async () => ask(1));
        return (await ask(2)).allowed;
      }, true);
    });
  });

  describe(`${name}: accounts`, () => {
    it("have a limit of their own, beside those of their keys", async () => {
      const [limiter, subject] = [create(), unique()];
      await inOneMinute(async () => {
        const account = `${subject}${unique()}`;
        const verdicts = await times(8, async () =>
          limiter.check({
            ip: anyone(),
            key: { subject: unique(), limit: 2 },
            account: { subject: account, limit: 5 },
          }),
        );
        return verdicts.map((verdict) => verdict.account?.allowed);
      }, [true, true, true, true, true, false, false, false]);
      const { account } = await limiter.check({ ip: anyone(), key: { subject, limit: 2 } });
      expect(account).toBeUndefined();
    });
  });
}

function checkOf(address: string, limit: number): AddressCheck {
  return addressCheck(new Headers({ "cf-connecting-ip": address }), limit);
}

/** Some limiters count by a clock that no test can set: a run during which a minute ended is repeated. */
async function inOneMinute<Result>(run: () => Promise<Result>, expected: Result): Promise<void> {
  for (;;) {
    const minute = Math.floor(Date.now() / WINDOW_MS);
    const result = await run();
    if (Math.floor(Date.now() / WINDOW_MS) !== minute) continue;
    expect(result).toEqual(expected);
    return;
  }
}

function randomGroup(): string {
  return (1 + Math.floor(Math.random() * 0xff_fe)).toString(16);
}
