import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { jobs } from "../../schema/index.ts";
import { runLongJob, type LongJob } from "../../src/jobs/long-jobs.ts";
import { db } from "./support.ts";

const HOUR = 3_600_000;
/** A whole hour. */
const START = 1_800_000 * 1_000_000;
const PLENTY = { queries: 1000, ms: 1000 };

let nowMs = START;
let seen: string[] = [];

/** Takes a millisecond for each of its three steps. */
function job(
  step: LongJob["step"] = async (cursor) => (cursor === "b" ? undefined : cursor === "" ? "a" : "b"),
): LongJob {
  return {
    name: "test",
    everyMs: HOUR,
    offsetMs: 600_000,
    queriesPerStep: 9,
    async step(cursor) {
      seen.push(cursor);
      nowMs++;
      return step(cursor);
    },
  };
}

async function stepsAt(atMs: number, budget = PLENTY, one = job()): Promise<string[]> {
  nowMs = atMs;
  seen = [];
  await runLongJob(env.DB, one, { ...budget, now: () => nowMs });
  return seen;
}

const progress = async () => (await db.select().from(jobs).where(eq(jobs.name, "test")))[0];

beforeEach(async () => {
  await db.delete(jobs);
});

describe("a long job", () => {
  it("goes through one round in each of its times", async () => {
    expect(await stepsAt(START)).toEqual(["", "a", "b"]);
    expect(await progress()).toMatchObject({ roundAt: START - HOUR + 600_000, cursor: null });
    expect(await stepsAt(START + 599_000)).toEqual([]);
    expect(await stepsAt(START + 600_000)).toEqual(["", "a", "b"]);
    expect(await stepsAt(START + 1_000_000)).toEqual([]);
  });

  it("stops when its queries are used up, and goes on from there", async () => {
    const oneStep = { queries: 19, ms: 1000 };
    expect(await stepsAt(START, oneStep)).toEqual([""]);
    expect(await stepsAt(START + 60_000, oneStep)).toEqual(["a"]);
    expect(await stepsAt(START + 120_000, { queries: 20, ms: 1000 })).toEqual(["b"]);
    expect(await stepsAt(START + 180_000)).toEqual([]);
  });

  it("stops when its time is up", async () => {
    expect(await stepsAt(START, { queries: 1000, ms: 2 })).toEqual(["", "a"]);
    expect(await stepsAt(START + 60_000, { queries: 1000, ms: 2 })).toEqual(["b"]);
  });

  it("makes a step at least, however little is left", async () => {
    expect(await stepsAt(START, { queries: 1, ms: 0 })).toEqual([""]);
  });

  it("repeats the step that failed, and a round that is late ends before the next begins", async () => {
    const failing = job(async (cursor) => {
      if (cursor === "a") throw new Error("killed");
      return "a";
    });
    await expect(stepsAt(START, PLENTY, failing)).rejects.toThrow("killed");
    expect(await stepsAt(START + 5 * HOUR)).toEqual(["a", "b"]);
    expect(await stepsAt(START + 5 * HOUR + 60_000)).toEqual(["", "a", "b"]);
  });
});
