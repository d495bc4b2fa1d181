import { describe, expect, it } from "vitest";
import type { Offer } from "../../src/billing/estimate.ts";
import { RATIO_ONE } from "../../src/billing/price.ts";
import { RealtimeMeter } from "../../src/relay/realtime/realtime-meter.ts";
import { NOTHING_ADDED } from "../../src/operation/realtime/conversation-size.ts";
import { plain } from "../billing/prices.ts";
import { modelOf } from "../support/routes.ts";

const [CONTEXT, LONGEST] = [32_000, 4000];
const PRICE = plain({ input: 4000, inputAudio: 32_000, output: 16_000, outputAudio: 64_000 });
/** The longest answer, at its dearest. */
const ANSWER = LONGEST * 64;
/** What vendors put around a prompt. */
const AROUND = 500 * 4;

function meterOf({ onlyHears = false, price = PRICE }: { onlyHears?: boolean; price?: Offer["price"] } = {}) {
  const limits = modelOf("talker", { operation: "realtime", contextLength: CONTEXT, maxOutput: LONGEST });
  return new RealtimeMeter({ limits, price, ratioPpm: RATIO_ONE }, onlyHears);
}

const ONE = { item: "one", text: "one two three" };
const said = (bytes: number) => ({ ...NOTHING_ADDED, bytes });
const spoken = (soundMs: number) => ({ ...NOTHING_ADDED, soundMs });

describe("what must be held", () => {
  it("is nothing before anybody asks, and an answer for each that is asked for or made", () => {
    const meter = meterOf();
    meter.add(said(1000));
    expect(meter.needNanos).toBe(0);
    meter.asked();
    expect(meter.needNanos).toBe(1000 * 4 + AROUND + ANSWER);
    meter.asked();
    // Each may read the other's answer, as sound.
    const both = 2 * (1000 * 4 + AROUND + ANSWER + LONGEST * 32);
    expect(meter.needNanos).toBe(both);
    meter.began("one");
    expect(meter.needNanos).toBe(both);
    meter.ended("one", { input: 0, output: 0 });
    expect(meter.needNanos).toBe(1000 * 4 + AROUND + ANSWER);
    meter.refused();
    expect(meter.needNanos).toBe(0);
  });

  it("is as before where a request for an answer did not go upstream", () => {
    const meter = meterOf();
    meter.asked();
    const before = meter.needNanos;
    const added = { bytes: 1000, soundMs: 10_000, pictures: 1, pieces: 1 };
    meter.asked(added);
    expect(meter.needNanos).toBeGreaterThan(2 * before);
    meter.takeBack(added);
    expect(meter.needNanos).toBe(before);
  });

  it("covers an answer that comes unasked once somebody has spoken", () => {
    const meter = meterOf();
    meter.add(spoken(10_000));
    expect(meter.needNanos).toBe(10 * 50 * 32 + AROUND + ANSWER);
  });

  it("is no more than the model's context for each", () => {
    const meter = meterOf();
    meter.add(spoken(36_000_000));
    meter.add(said(10_000_000));
    expect(meter.needNanos).toBe(CONTEXT * 32 + ANSWER);
  });

  it("covers pictures as dear as the whole context where nobody says how large they are", () => {
    const meter = meterOf();
    meter.add({ ...NOTHING_ADDED, pictures: 1 });
    meter.asked();
    expect(meter.needNanos).toBe(CONTEXT * 4 + ANSWER);
  });

  it("covers what is written down, from the beginning of the conversation", () => {
    const meter = meterOf({ onlyHears: true });
    meter.add(spoken(2000));
    expect(meter.needNanos).toBe(100 * 32 + 20 * 16);
    meter.transcribed(ONE, { inputAudio: 20, output: 5 });
    expect(meter.needNanos).toBe(100 * 32 + 20 * 16);
    const late = meterOf();
    late.add(spoken(2000));
    const before = late.needNanos;
    late.transcribes(0);
    expect(late.needNanos - before).toBe(100 * 32 + 20 * 16);
  });

  it("keeps what was used, and what an answer adds to the next", () => {
    const meter = meterOf();
    meter.asked();
    meter.began("one");
    meter.ended("one", { input: 10, output: 20, outputAudio: 30 });
    const used = 10 * 4 + 20 * 16 + 30 * 64;
    expect(meter.needNanos).toBe(used);
    meter.asked();
    expect(meter.needNanos).toBe(used + 20 * 4 + 30 * 32 + AROUND + ANSWER);
  });

  it("forgets what was asked for when told", () => {
    const meter = meterOf();
    meter.asked();
    expect([meter.isWaiting, meter.isAnswering]).toEqual([true, true]);
    meter.forget();
    expect([meter.isWaiting, meter.isAnswering, meter.needNanos]).toEqual([false, false, 0]);
  });
});

describe("what was used", () => {
  it("is nothing, not zero, where nothing was", () => {
    const meter = meterOf();
    meter.asked();
    meter.began("one");
    expect(meter.usage(true)).toBeUndefined();
    meter.ended("one", undefined);
    expect(meter.usage(true)).toBeUndefined();
  });

  it("is the sum of what the answers report, also of one that nobody saw begin", () => {
    const meter = meterOf();
    meter.ended("one", { input: 1, cachedRead: 2, output: 3 });
    meter.ended("two", { input: 10, inputAudio: 20, output: 30, outputAudio: 40 });
    expect(meter.usage(false)).toEqual({
      usage: { input: 11, cachedRead: 2, inputAudio: 20, output: 33, outputAudio: 40 },
      estimated: false,
    });
  });

  it("is our own count of an answer that is not whole, once all is over", () => {
    const meter = meterOf();
    meter.add(said(350));
    meter.began("one");
    meter.made("one", { output: "one two three four", reasoning: "", soundMs: 2000 });
    expect(meter.usage(false)).toBeUndefined();
    expect(meter.usage(true)).toEqual({
      usage: { input: 100, inputAudio: 0, output: 4, outputAudio: 50 },
      estimated: true,
    });
  });

  it("is our own count where a report cannot be true, and says why", () => {
    const meter = meterOf();
    meter.began("one");
    meter.made("one", { output: "one two three four", reasoning: "" });
    expect(meter.ended("one", { input: 5, inputAudio: 0, output: 9_000_000 })).toContain("output is 9000000");
    expect(meter.usage(false)).toEqual({ usage: { input: 5, inputAudio: 0, output: 4 }, estimated: true });
  });

  it("of a transcription is no longer than what was said, and no number that cannot be", () => {
    const meter = meterOf({ onlyHears: true, price: plain({ durationMs: 1000 }) });
    meter.add(spoken(3000));
    meter.transcribed(ONE, { durationMs: 900_000 });
    meter.transcribed(ONE, { inputAudio: Number.NaN });
    meter.transcribed(ONE, { input: -4 });
    meter.transcribed(ONE, {});
    expect(meter.usage(true)).toEqual({ usage: { durationMs: 3000 }, estimated: false });
  });

  it("of a transcription is as dear as its sound where seconds have no price", () => {
    const meter = meterOf({ onlyHears: true });
    meter.add(spoken(3000));
    meter.transcribed(ONE, { durationMs: 2000 });
    expect(meter.usage(true)).toEqual({ usage: { inputAudio: 50 }, estimated: false });
  });
});
