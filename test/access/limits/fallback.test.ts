import { describe, expect, it } from "vitest";
import { FallbackLimiter } from "../../../src/access/limits/fallback.ts";
import { LocalLimiter } from "../../../src/access/limits/local.ts";

const checks = (subject: string) => ({ ip: { subject, limit: 5 }, key: { subject, limit: 2 } });

describe("FallbackLimiter", () => {
  const START_MS = 1_700_000_040_000;

  it("lets the second serve while the first is down, logs that once a minute, and logs the recovery", async () => {
    const lines: Readonly<Record<string, unknown>>[] = [];
    let nowMs = START_MS;
    let asked = 0;
    let down = true;
    const limiter = new FallbackLimiter({
      first: {
        async check() {
          asked++;
          if (down) throw new Error(`refused, command was: [["evalsha","secret 203.0.113.7"]]`);
          return { ip: { allowed: true, limit: 5 } };
        },
      },
      second: new LocalLimiter(() => nowMs),
      names: ["upstash", "embedded"],
      pauseMs: 5000,
      now: () => nowMs,
      log: (level, event, fields) => void lines.push({ level, event, ...fields }),
    });
    const verdicts = [];
    for (let request = 0; request < 4; request++) verdicts.push(await limiter.check(checks("x")));
    expect(verdicts.map(({ key }) => key?.allowed)).toEqual([true, true, false, false]);
    expect(asked, "a limiter that is down is not asked").toBe(1);

    nowMs += 5000;
    await limiter.check(checks("x"));
    expect(asked).toBe(2);
    expect(lines).toEqual([
      {
        level: "warn",
        event: "rate_limiter_down",
        limiter: "upstash",
        serving: "embedded",
        reason: "Error: refused",
      },
    ]);

    nowMs += 60_000;
    await limiter.check(checks("x"));
    expect(lines).toHaveLength(2);

    down = false;
    nowMs += 5000;
    await limiter.check(checks("x"));
    expect(lines.slice(2)).toEqual([{ level: "info", event: "rate_limiter_recovered", limiter: "upstash" }]);
  });
});
